"""Hums: tones and noise that sound on, drift and beat: engines, fields, drones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.waves import HOP_FRAMES as TICK_FRAMES
from menura.dsp.waves import accumulate, draw_curve, find_places, make_table, read_table
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TOP = 0.45
_TICKS = BLOCK_FRAMES // TICK_FRAMES
_KNOTS = 8
"""Slow courses have so many values each block, straight between them."""
_COURSE = 0.86
"""Deviation of a course between its values."""


class Hum:
    """Voices and bands of noise over each other, each with a slow life of its own.

    Args:
        table: of the variant: `voices` (hz, partials, fall_db, odd, db, stray in semitones,
            drift_db, lfo_hz, lfo: depth 0 to 1, bright_db: more at full intensity), `bands`
            (points, db, drift_db, lfo_hz, lfo, bright_db), `octaves` (largest to smallest),
            `drift_per_s`, `channels`.
        wish: intensity makes it brighter and its beating faster, size lowers it.
        rng: draws what differs.
    """

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        self.channels = int(table.get("channels", 1))
        hard = wish.intensity - 0.5
        pitch = 2 ** (float(table["octaves"]) * (0.5 - wish.size) + 0.04 * rng.normal())
        voices, bands = list(table["voices"]), list(table["bands"])
        own = [2 ** (v.get("stray", 0.1) * rng.normal() / 12) for v in voices]
        self._hz = np.array([v["hz"] for v in voices]) * pitch * own
        self._phase = rng.random(len(voices))
        self._tables = [_wave(v, hz, hard, rng) for v, hz in zip(voices, self._hz, strict=True)]
        self._sides = np.arange(len(voices)) % self.channels
        self._stray = np.array([v.get("wander", 0.05) for v in voices])
        layers = [*voices, *bands]
        self._drift_db = np.array([layer.get("drift_db", 2.0) for layer in layers])
        self._lfo = np.array([layer.get("lfo", 0.0) for layer in layers])
        self._lfo_hz = np.array([layer.get("lfo_hz", 1.0) for layer in layers])
        self._lfo_hz *= 2 ** (hard + 0.1 * rng.normal(size=len(layers)))
        self._lfo_phase = rng.random(len(layers))
        wanted_db = np.array([x["db"] + x.get("bright_db", 0.0) * hard for x in layers])
        power = 10 ** (wanted_db / 10)
        # Of a course in dB, and of 1 - depth (1 + cos) / 2, the mean power is known.
        swing = np.exp(2 * (_COURSE * self._drift_db * np.log(10) / 20) ** 2)
        swing *= (1 - self._lfo / 2) ** 2 + self._lfo**2 / 8
        spread = np.where(np.arange(len(layers)) < len(voices), self.channels, 1)
        together = float(power.sum())
        self._size = np.sqrt(power * spread / (together * swing)) * 10 ** (LEVEL_DBFS / 20)
        rows = 2 * len(voices) + len(bands)
        per_s = float(table.get("drift_per_s", 0.5))
        self._courses = Course(per_s, RATE / BLOCK_FRAMES * _KNOTS, rng, rows=rows)
        self._last = self._courses.take(1)
        move = 2 ** (0.6 * hard) * pitch**0.5
        curves = [[(hz * move, db) for hz, db in band["points"]] for band in bands]
        self._noise = MovingNoise(make_shapes(curves, RATE), BLOCK_FRAMES, self.channels, rng)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32."""
        count = self._hz.size
        knots = np.concatenate([self._last, self._courses.take(_KNOTS)], axis=1)
        self._last = knots[:, -1:]
        drift = knots[count:]
        bands = drift[count:, 1:].T * self._drift_db[count:]
        # Levels of noise are set at its own steps, of tones at ticks.
        noise = 10 ** (bands / 20) * self._size[count:]
        hops = np.arange(_KNOTS) * (HOP_FRAMES / RATE)
        noise *= self._flutter(slice(count, None), hops).T
        block = self._noise.next(np.asarray(noise, np.float64))
        at = np.linspace(0, _KNOTS, _TICKS + 1)
        whole = np.minimum(at.astype(np.int64), _KNOTS - 1)
        share = at - whole
        smooth = knots[: 2 * count, whole] * (1 - share) + knots[: 2 * count, whole + 1] * share
        level = 10 ** (smooth[count:] * (self._drift_db[:count, np.newaxis] / 20))
        level *= self._size[:count, np.newaxis]
        level *= self._flutter(slice(0, count), np.arange(_TICKS + 1) * (TICK_FRAMES / RATE))
        hz = self._hz[:, np.newaxis] * 2 ** (smooth[:count] * self._stray[:, np.newaxis] / 12)
        for voice in range(count):
            phase = accumulate(hz[voice], RATE) + self._phase[voice]
            self._phase[voice] = phase[-1] % 1
            wave = read_table(self._tables[voice], find_places(phase))[:, 0]
            block[self._sides[voice]] += wave * draw_curve(level[voice])
        self._lfo_phase = (self._lfo_phase + self._lfo_hz * (BLOCK_FRAMES / RATE)) % 1
        return block

    def _flutter(self, which: slice, t: NDArray[Any]) -> NDArray[np.float64]:
        depth = self._lfo[which, np.newaxis]
        turn = self._lfo_phase[which, np.newaxis] + np.outer(self._lfo_hz[which], t)
        return np.asarray(1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * turn)), np.float64)


def _wave(
    voice: Mapping[str, Any], hz: float, hard: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one period of a voice, shape (TABLE_FRAMES, 1), with an rms of 1."""
    count = max(1, min(int(voice.get("partials", 1)), int(_TOP * RATE / (1.1 * hz))))
    order = np.arange(1, count + 1)
    size = 10 ** (-(float(voice.get("fall_db", 6.0)) - 3 * hard) / 20 * np.log2(order))
    size = size * 10 ** (rng.normal(0, 1.5, count) / 20)
    if voice.get("odd", False):
        size = np.where(order % 2, size, 0.0)
    size *= np.sqrt(2 / np.sum(size**2))
    return make_table((size * np.exp(2j * np.pi * rng.random(count)))[np.newaxis])
