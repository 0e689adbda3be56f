"""`Traffic`: cars and lorries that pass one by one, and the roar of all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.noise import Overlay
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE, Wish
from menura.engines.effects.sources.machines.parts import at_share
from menura.engines.effects.sources.registry import find
from menura.engines.effects.sources.vehicles.horns import blow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_HOP_S = HOP_FRAMES / RATE
_BLOCK_S = BLOCK_FRAMES / RATE
_REACH = 12.0
"""A vehicle is followed until its distance is so many times the nearest one."""


class Traffic:
    """A road by which one stands, two channels.

    Each vehicle passes in a line: its power goes with 1 / (d^2 + (v t)^2), its direction with the
    angle, and tyres and engine have their own spectra. In the mean a flow of n a second gives
    n pi / (v d) of the power that one has at a metre: so the bed's level is known.

    Args:
        table: of the source.
        wish: intensity: how many pass; size: how heavy they are.
        rng: draws all there is to draw.
    """

    channels = 2

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        self._voice, self._rng = voice, rng
        curves = [voice["wash"], voice["tyres"], voice["engine"]]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, 2, rng)
        self._per_s = at_share(voice["per_minute"], wish.intensity) / 60
        self._heavy = float(np.clip(voice["heavy"] + 0.5 * (wish.size - 0.5), 0.02, 0.6))
        self._speed, self._away = float(voice["speed_m_s"]), float(voice["away_m"])
        engine = 10 ** (float(voice["engine_db"]) / 10)
        mean = self._per_s * np.pi / (self._speed * self._away)
        mean *= (1 - self._heavy + self._heavy * 4) * (1 + engine) * np.exp(0.5 * 0.3**2)
        wash = 10 ** (at_share(voice["wash_db"], wish.intensity) / 10)
        level = 10 ** (LEVEL_DBFS / 10)
        self._unit = level / (1 + wash) / mean
        self._wash = float(np.sqrt(level * wash / (1 + wash)))
        self._engine = engine
        self._horns = Overlay(2, BLOCK_FRAMES)
        self._horns_per_s = at_share(voice.get("horns_per_minute", 0.0), wish.intensity) / 60
        self._now = 0.0
        # Rows: when it is nearest, distance, speed, power of tyres and of the engine.
        self._passing = np.zeros((0, 5))
        reach_s = _REACH * self._away / self._speed
        self._ahead_s = -reach_s
        self._reach_s = reach_s
        self._call(2 * reach_s)

    def _call(self, seconds: float) -> None:
        """Lets come what comes near within the next seconds."""
        count = int(self._rng.poisson(self._per_s * seconds))
        when = self._ahead_s + seconds * self._rng.random(count)
        self._ahead_s += seconds
        way = np.where(self._rng.random(count) < 0.5, -1.0, 1.0)
        away = self._away * np.where(way > 0, 0.8, 1.25)
        speed = way * self._speed * self._rng.uniform(0.75, 1.25, count)
        heavy = np.where(self._rng.random(count) < self._heavy, 4.0, 1.0)
        power = heavy * np.exp(0.3 * self._rng.standard_normal(count))
        engine = self._engine * power * np.exp(0.5 * self._rng.standard_normal(count) - 0.125)
        self._passing = np.vstack(
            [self._passing, np.stack([when, away, speed, power, engine], axis=1)]
        )

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        if self._ahead_s < self._now + _BLOCK_S + self._reach_s:
            self._call(_BLOCK_S)
        t = self._now + _HOP_S * np.arange(self._noise.hops)
        when, away, speed, tyres, engine = self._passing.T[..., np.newaxis]
        along = speed * (t - when)
        near = self._unit / (away**2 + along**2)
        right = 0.5 + 0.5 * along / np.sqrt(away**2 + along**2) * 0.9
        levels = np.empty((2, t.size, 3))
        levels[:, :, 0] = self._wash
        for channel, side in enumerate((1 - right, right)):
            levels[channel, :, 1] = np.sqrt(np.sum(2 * near * side * tyres, axis=0))
            levels[channel, :, 2] = np.sqrt(np.sum(2 * near * side * engine, axis=0))
        self._passing = self._passing[self._passing[:, 0] > self._now - self._reach_s]
        self._now += _BLOCK_S
        block = self._noise.next(levels)
        if self._horns_per_s:
            self._hoot()
            block += self._horns.next()
        return block

    def _hoot(self) -> None:
        """Lets somebody blow a horn, some streets off."""
        if self._rng.random() > self._horns_per_s * _BLOCK_S:
            return
        wish = Wish(variant="car", length_s=float(self._rng.uniform(0.3, 0.9)))
        sound = blow(find("horn").table, wish, self._rng)
        sound *= 10 ** (self._rng.uniform(-46, -34) / 20) / np.sqrt(np.mean(sound**2))
        angle = self._rng.uniform(0.2, 1.4)
        both = np.stack([np.cos(angle) * sound, np.sin(angle) * sound])
        self._horns.add(self._horns.position + int(self._rng.integers(BLOCK_FRAMES)), both)
