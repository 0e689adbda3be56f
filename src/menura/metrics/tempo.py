"""Tempo: the beat of a sound that keeps one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.metrics.onsets import HOP_S, onset_strength

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

LOWEST_BPM, HIGHEST_BPM = 30.0, 300.0
USUAL_BPM, SPREAD_OCTAVES = 115.0, 1.0
STEP_BPM = 0.05
HARMONICS = 4
LEAST_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoEstimate:
    """A tempo heard in a sound.

    Attributes:
        bpm: beats per minute.
        strength: how much of the onsets' movement keeps to it, 0 to 1.
    """

    bpm: float
    strength: float


def estimate_tempo(audio: Audio) -> TempoEstimate | None:
    """Returns the tempo of a sound; None if it is shorter than 3 s or nothing in it repeats.

    The onset strength's spectrum at the beat and its multiples, times its autocorrelation at the
    beat and its multiples (G. Peeters, "Template-based estimation of time-varying tempo", EURASIP
    JASP 2007), weighted with the tempi people tap (M. McKinney, D. Moelants, 2006).

    Args:
        audio: any sound of a steady tempo.
    """
    strength = onset_strength(audio).astype(np.float64)
    if strength.size * HOP_S < LEAST_S or strength.max(initial=0.0) <= 0:
        return None
    moving = strength - np.convolve(strength, np.ones(101) / 101, "same")
    moving *= np.hanning(moving.size)
    energy = float((moving**2).sum())
    if energy <= 0:
        return None
    size = 1 << int(np.ceil(np.log2(8 * moving.size)))
    spectrum = np.fft.rfft(moving, size)
    power = np.abs(spectrum) ** 2
    bpm = np.arange(LOWEST_BPM, HIGHEST_BPM, STEP_BPM)
    hz_step = 1 / (size * HOP_S)
    echo = np.fft.irfft(power)[: size // 2] / energy
    pulse = np.zeros(bpm.size)
    repeat = np.zeros(bpm.size)
    for k in range(1, HARMONICS + 1):
        pulse += _at(np.abs(spectrum), k * bpm / 60 / hz_step) / k**0.5
        repeat += _at(echo, k * 60 / bpm / HOP_S) / k
    prior = np.exp(-0.5 * (np.log2(bpm / USUAL_BPM) / SPREAD_OCTAVES) ** 2)
    score = pulse * np.clip(repeat, 0, None) * prior
    best = int(np.argmax(score))
    if score[best] <= 0:
        return None
    return TempoEstimate(
        bpm=round(float(bpm[best]), 2),
        strength=float(np.clip(_at(echo, np.array([60 / bpm[best] / HOP_S]))[0], 0, 1)),
    )


def _at(values: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns values between the places, 0 beyond the last."""
    return np.interp(places, np.arange(values.size), values, right=0.0)
