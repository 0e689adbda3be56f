"""`Radio`: between the stations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import HOP_FRAMES as NOISE_HOP
from menura.dsp.moving import MovingNoise, make_shapes
from menura.dsp.noise import Shots, Wander
from menura.dsp.rotation import Harmonics
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.machines.parts import at_share
from menura.engines.effects.sources.machines.responses import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_NOISE = [
    (120.0, -20.0),
    (250.0, -3.0),
    (600.0, 0.0),
    (2800.0, -1.0),
    (4300.0, -6.0),
    (5200.0, -40.0),
]
_VOICE = [
    (250.0, -14.0),
    (450.0, 0.0),
    (900.0, -3.0),
    (1800.0, -8.0),
    (3000.0, -12.0),
    (4500.0, -30.0),
]
_CRACKLES = [
    {"hiss": [[300.0, 4000.0, 0.006, 0.0]], "pulse_ms": 0.15},
    {"hiss": [[200.0, 3000.0, 0.03, 0.0]], "pulse_ms": 0.2},
    {"hiss": [[400.0, 4200.0, 0.012, 0.0]], "pulse_ms": 0.12},
]
_WHISTLE_DB, _VOICE_DB, _CRACKLE_DB, _SPREAD_DB = -7.0, -3.0, -8.0, 4.0


class Radio:
    """A bed: noise through a narrow channel, atmospherics, and, as the dial turns, whistles.

    Args:
        table: of the source.
        wish: intensity: how much it crackles.
        rng: draws all there is to draw.
    """

    channels = 1

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        voice = table["voices"][wish.variant]
        self._noise = MovingNoise(make_shapes([_NOISE, _VOICE], RATE), BLOCK_FRAMES, 1, rng)
        shapes = np.stack([respond(crackle, 1.0, rng, 2048) for crackle in _CRACKLES])
        self._shots = Shots(shapes, RATE, BLOCK_FRAMES, 1, rng)
        self._per_s = at_share(voice["crackles_per_s"], wish.intensity)
        count = int(voice["whistles"])
        self._whistles = [Harmonics(np.array([1.0, 0.12]), rng) for _ in range(count)]
        hops = BLOCK_FRAMES // HOP_FRAMES
        self._dials = [Wander(0.55, RATE // HOP_FRAMES, hops + 1, rng) for _ in range(count)]
        self._cycles = rng.random(max(1, count))
        per_s = RATE // NOISE_HOP
        self._fade = Wander(1.2, per_s, self._noise.hops, rng)
        self._syllables = Wander(9.0, per_s, self._noise.hops, rng)
        self._station = Wander(0.5, per_s, self._noise.hops, rng)
        spread = _SPREAD_DB * np.log(10) / 20
        self._crackle = 10 ** (_CRACKLE_DB / 20) / np.sqrt(
            max(self._per_s, 9.0) / RATE * np.exp(2 * spread**2)
        )
        power = 1 + 10 ** (_CRACKLE_DB / 10) * min(1.0, self._per_s / 9.0)
        power += count * 0.55 * 10 ** (_WHISTLE_DB / 10) + (0.5 if count else 0) * 10 ** (
            _VOICE_DB / 10
        )
        self._size = np.float32(10 ** (LEVEL_DBFS / 20) / np.sqrt(power))

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        levels = np.zeros((self._noise.hops, 2))
        levels[:, 0] = np.exp(0.12 * self._fade.next())
        syllables, station = self._syllables.next(), self._station.next()
        if self._whistles:
            near = np.clip(station - 0.1, 0, 1.2)
            levels[:, 1] = 10 ** (_VOICE_DB / 20) * 2.2 * near * np.exp(0.9 * syllables - 0.6)
        block = self._noise.next(levels)
        block += self._shots.next(self._per_s, _SPREAD_DB) * np.float32(self._crackle)
        for i, (wave, dial) in enumerate(zip(self._whistles, self._dials, strict=True)):
            # The distance of two carriers, as the dial passes: down to nothing and up again.
            course = np.abs(dial.next().astype(np.float64)) * 2600
            cycles = np.concatenate([[0.0], np.cumsum(course[1:]) * HOP_FRAMES / RATE])
            cycles += self._cycles[i]
            self._cycles[i] = cycles[-1] % 1.0
            gain = np.clip(course / 250, 0, 1) ** 2 * np.clip(1.5 - course / 3000, 0, 1)
            block += wave.read(cycles) * draw_curve(gain * 10 ** (_WHISTLE_DB / 20))
        return block * self._size
