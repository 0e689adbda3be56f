"""`Flow`: water that runs, falls, boils or surrounds one: noise in bands, and swarms of bubbles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.water.swarm import Swarm, at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


class Flow:
    """A bed of water out of the table of its variant.

    Its bands have a level each (`db`), that wanders by `wander_db`, `per_s` times a second; its
    swarms have one, and come in clumps: `clump`, deviation of the logarithm of their number.
    Breath by breath if there is `breath` (every so many s, lasting so many s): what divers do.

    Args:
        table: of the source.
        wish: size moves bubbles and bands: twice the size at 1 as at 0.
        rng: draws all there is to draw.
    """

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        self._rng = rng
        self._channels = int(table["channels"])
        scale = float(2 ** (wish.size - 0.5))
        bands = voice["bands"]
        curves = [[(hz / scale, db) for hz, db in band["points"]] for band in bands]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, self._channels, rng)
        self._wander_db = np.array([float(b.get("wander_db", 1.0)) for b in bands])
        self._courses = [Course(float(b.get("per_s", 1.0)), RATE / HOP_FRAMES, rng) for b in bands]
        swarms = voice.get("swarms", [])
        self._swarms = [Swarm(s, wish.intensity, scale, self._channels, rng) for s in swarms]
        self._clump = np.array([float(s.get("clump", 0.2)) for s in swarms])
        self._clumps = [
            Course(float(s.get("clump_per_s", 1.5)), RATE / BLOCK_FRAMES, rng) for s in swarms
        ]
        self._breath = Breath(voice["breath"], rng) if "breath" in voice else None
        self._level(bands, swarms, wish.intensity)

    def _level(self, bands: list[Any], swarms: list[Any], intensity: float) -> None:
        noise = np.array([10 ** (at_share(b["db"], intensity) / 20) for b in bands])
        grains = np.array([10 ** (at_share(s["db"], intensity) / 20) for s in swarms])
        whole = float(np.sum(noise**2) + np.sum(grains**2))
        rms = 10 ** (LEVEL_DBFS / 20) / np.sqrt(whole)
        # A course is normal with (1 - s)^2 + s^2 of the variance between two values.
        share = np.linspace(0, 1, 65)
        smooth = share * share * (3 - 2 * share)
        variance = (1 - smooth) ** 2 + smooth**2
        swing = self._wander_db[:, np.newaxis] * np.log(10) / 20
        self._rms = rms * noise / np.sqrt(np.exp(2 * swing**2 * variance).mean(axis=1))
        crowd = np.exp(0.5 * self._clump[:, np.newaxis] ** 2 * variance).mean(axis=1)
        self._gains = (rms * grains).astype(np.float32)
        self._usual = 1 / crowd

    @property
    def channels(self) -> int:
        """1 or 2, by the source."""
        return self._channels

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32."""
        courses = np.stack([course.take(self._noise.hops)[0] for course in self._courses], axis=1)
        levels = self._rms * 10 ** (self._wander_db * courses / 20)
        block = self._noise.next(levels)
        breath = self._breath.next() if self._breath else 1.0
        for swarm, gain, clump, usual, course in zip(
            self._swarms, self._gains, self._clump, self._usual, self._clumps, strict=True
        ):
            busy = float(usual * np.exp(clump * course.take(1)[0, 0])) * breath
            block += swarm.next(busy) * gain
        return block


class Breath:
    """How strongly someone breathes out, with a mean of 1."""

    def __init__(self, table: Mapping[str, Any], rng: np.random.Generator) -> None:
        self._table, self._rng = table, rng
        self._blocks, self._length, self._every = 0, 1, 1
        self._strength = 1 / (np.mean(table["lasts_s"]) / np.mean(table["every_s"]))

    def next(self) -> float:
        """Returns the strength during the next block."""
        if self._blocks >= self._every:
            self._blocks = 0
        if self._blocks == 0:
            blocks_per_s = RATE / BLOCK_FRAMES
            self._every = round(self._rng.uniform(*self._table["every_s"]) * blocks_per_s)
            self._length = round(self._rng.uniform(*self._table["lasts_s"]) * blocks_per_s)
        share = self._blocks / max(1, self._length)
        self._blocks += 1
        # It sets in at once and ebbs: mean 1 while it lasts.
        return float(self._strength * (1.5 - share)) if share < 1 else 0.0
