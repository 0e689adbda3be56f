"""What tests of drums measure on their sound."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import instrument_measures
import numpy as np
from instrument_measures import RATE

from menura.engines.music.instruments.drums import create
from menura.engines.music.score import Event

if TYPE_CHECKING:
    from menura.engines.music.instruments.drums.kit import Kit


@functools.cache
def kit(name: str) -> Kit:
    return create(name, RATE)


def hit(
    name: str,
    key: int,
    velocity: float = 0.63,
    length_s: float = 4.0,
    articulation: str = "",
    *,
    seed: int = 0,
) -> np.ndarray:
    """Both channels."""
    event = Event(
        start_s=0.0, length_s=length_s, pitch=key, velocity=velocity, articulation=articulation
    )
    return kit(name).play(event, np.random.default_rng(seed))


def heard(name: str, key: int, velocity: float = 0.63, length_s: float = 4.0) -> np.ndarray:
    """Both channels as one."""
    return hit(name, key, velocity, length_s).mean(axis=0)


def level_dbfs(sound: np.ndarray) -> float:
    """Of the loudest 50 ms, both channels."""
    return instrument_measures.level_dbfs(sound, 0.05)


def centroid_hz(sound: np.ndarray) -> float:
    """Of the power of the first 100 ms."""
    first = np.pad(sound, (0, RATE))[: RATE // 10]
    power = np.abs(np.fft.rfft(first)) ** 2
    return float((power * np.fft.rfftfreq(first.size, 1 / RATE)).sum() / power.sum())


def band_levels_db(
    sound: np.ndarray, low_hz: float, high_hz: float, step_s: float = 0.05
) -> np.ndarray:
    """Level of a band over time, one figure each step."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(sound.size, 1 / RATE)
    band = np.fft.irfft(np.where((hz >= low_hz) & (hz < high_hz), spectrum, 0), sound.size)
    step = round(step_s * RATE)
    pieces = band[: band.size // step * step].reshape(-1, step)
    return 10 * np.log10((pieces**2).mean(axis=1) + 1e-14)


def t60_s(sound: np.ndarray, low_hz: float, high_hz: float, start_s: float, end_s: float) -> float:
    """From the slope of a band's level over a stretch."""
    step_s = min(0.05, (end_s - start_s) / 8)
    levels = band_levels_db(sound, low_hz, high_hz, step_s)
    times = (np.arange(levels.size) + 0.5) * step_s
    chosen = (times > start_s) & (times < end_s)
    return float(-60 / np.polyfit(times[chosen], levels[chosen], 1)[0])


def cycles_hz(sound: np.ndarray) -> np.ndarray:
    """Frequency of each cycle, between its rises through zero."""
    at = np.flatnonzero((sound[:-1] <= 0) & (sound[1:] > 0))
    before, after = sound[at], sound[at + 1]
    exact = at + before / (before - after)
    return RATE / np.diff(exact)
