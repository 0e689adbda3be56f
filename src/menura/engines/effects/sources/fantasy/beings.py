"""Beings: a ghost that moans, and an alien that chatters, both with a throat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.sweeps import sine, turns
from menura.dsp.throat import Tract, Voice, utter
from menura.dsp.waves import HOP_FRAMES
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TICKS_PER_S = RATE / HOP_FRAMES
_LONGER = 1.4
"""The throat of the largest against a usual one."""


def moan(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a ghost's moan, shape (frames,): a hollow "oo" that swells, slides and trembles."""
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    ticks = round(length_s * _TICKS_PER_S)
    x = np.linspace(0, 1, ticks + 1)
    pitch_hz = float(table["hz"]) * 2 ** (1.2 * (0.5 - wish.size) + rng.normal(0, 0.08))
    # Up a fourth or a sixth and down again, never straight.
    top = rng.uniform(4, 9) * (0.7 + 0.6 * wish.intensity)
    knots = np.array([0.0, 0.35 * top, top, 0.75 * top, rng.uniform(-4, -1)])
    semitones = np.interp(x, [0, 0.18, rng.uniform(0.35, 0.5), 0.7, 1.0], knots)
    width = max(3, ticks // 12)
    padded = np.pad(semitones, width, mode="edge")
    semitones = np.convolve(padded, np.hanning(width) / np.hanning(width).sum(), "same")
    semitones = semitones[width : width + ticks + 1]
    turn = np.cumsum(rng.uniform(4.6, 5.8) * (0.8 + 0.4 * x)) / _TICKS_PER_S
    tremble = np.sin(2 * np.pi * turn) * np.interp(x, [0, 0.3, 1], [0.05, 0.35, 0.7])
    rise = np.minimum(1, x * length_s / 0.25) * np.minimum(1, (1 - x) * length_s / 0.5)
    level = np.sin(rise * np.pi / 2) ** 2 * (1 + 0.2 * tremble)
    opened = np.interp(x, [0, 0.45, 1], [0.25, 0.75 + 0.5 * wish.intensity, 0.2])
    ones = np.ones(ticks + 1)
    voice = Voice(
        hz=pitch_hz * 2 ** ((semitones + tremble) / 12),
        level=level,
        breath=0.6 * level,
        tilt_hz=ones * (700 + 900 * wish.intensity),
        rough=0.015 * ones,
        double=0 * ones,
        gate=0.3 * ones,
        air_hz=2500.0,
    )
    long = _LONGER ** (2 * wish.size - 1)
    tract = Tract(back_m=0.09 * long * ones, front_m=0.10 * long * ones, ratio=opened, loss_hz=60.0)
    sound = utter(voice, tract, RATE, rng)
    sound[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    return finished(sound)


def chatter(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns an alien's chatter, shape (frames,): quick syllables of no human throat.

    A second voice a tritone or a fifth off comes out of the same throat, as of birds with two
    sides of a syrinx, and resonances move farther than a tongue could.
    """
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    base_hz = float(table["hz"]) * 2 ** (1.5 * (0.5 - wish.size) + rng.normal(0, 0.1))
    rate_hz = float(table["syllables_per_s"]) * 2 ** (wish.intensity - 0.5)
    ticks = round(length_s * _TICKS_PER_S)
    count = int(2 * length_s * rate_hz) + 8
    ends = np.cumsum(rng.uniform(0.6, 1.4, count)) / rate_hz
    at = np.arange(ticks + 1) / _TICKS_PER_S
    number = np.searchsorted(ends, at, "right")
    begins = np.concatenate([[0.0], ends])[number]
    x = (at - begins) / (ends[number] - begins)
    # Now and then it takes breath; each syllable has a contour of its own.
    spoken = rng.random(count) > 0.1
    spoken[0] = True
    gain = np.where(spoken, 10 ** (rng.normal(0, 2, count) / 20), 0.0)[number]
    level = gain * np.sin(np.pi * np.clip(x, 0.04, 1) ** 0.6) ** 1.2
    contour = rng.normal(0, 4, (3, count))[:, number]
    semitones = rng.normal(0, 5, count)[number] + _through(x, contour)
    interval = rng.choice([-6.0, 6.0, 7.0], count)[number]
    ones = np.ones(ticks + 1)
    voice = Voice(
        hz=base_hz * 2 ** (semitones / 12),
        level=level,
        breath=0.12 * level,
        tilt_hz=ones * 3500.0,
        rough=0.05 * ones,
        double=np.where(rng.random(count) < 0.3, 0.25, 0.0)[number],
        gate=0.5 * ones,
    )
    long = _LONGER ** (2 * wish.size - 1)
    tract = Tract(
        back_m=long * _through(x, rng.uniform(0.02, 0.10, (3, count))[:, number]),
        front_m=long * _through(x, rng.uniform(0.02, 0.09, (3, count))[:, number]),
        ratio=np.exp(_through(x, rng.normal(0, 1.0, (3, count))[:, number])),
    )
    sound = utter(voice, tract, RATE, rng)
    # What both sides modulate together has sums and differences of their pitches.
    other_hz = np.repeat(voice.hz[:-1] * 2 ** (interval[:-1] / 12), HOP_FRAMES)
    other = sine(turns(other_hz, RATE))
    sound[: other.size] *= 1 + np.float32(0.8) * other
    sound[-480:] *= np.linspace(1, 0, 480, dtype=np.float32)
    return finished(sound)


def _through(x: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns curves through three points each at 0, 1/2 and 1, shape as `x`."""
    first, middle, last = points
    early, late = np.clip(2 * x, 0, 1), np.clip(2 * x - 1, 0, 1)
    return np.asarray(first + (middle - first) * early + (last - middle) * late, np.float64)
