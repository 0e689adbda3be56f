"""Key: the tonic and mode that a sound's notes gather around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.metrics.windows import RATE, magnitudes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

WINDOW, HOP = 8192, 4096
LOWEST_HZ, HIGHEST_HZ = 60.0, 2000.0
OVERTONE_FADE_HZ = 700.0
COMPRESSION = 100.0
_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# How often each degree is heard in music of the two modes: J. Albrecht, D. Shanahan, "The use of
# large corpora to train a new type of key-finding algorithm", Music Perception 31(1), 2013.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEstimate:
    """A key heard in a sound.

    Attributes:
        tonic: its name, such as `F#`.
        mode: `major` or `minor`.
        confidence: distance of its fit from the next best key's, 0 to 2.
        chroma: strength of the twelve pitch classes from C on, sum 1.
        tuning_cents: of the sound against A = 440 Hz, -50 to 50.
    """

    tonic: str
    mode: str
    confidence: float
    chroma: tuple[float, ...]
    tuning_cents: float

    def __str__(self) -> str:
        return f"{self.tonic} {self.mode}"


def estimate_key(audio: Audio) -> KeyEstimate | None:
    """Returns the key of a sound; None if no tone is heard in it.

    Spectral peaks are gathered in pitch classes after tuning (E. Gomez, "Tonal description of
    polyphonic audio for music content processing", 2006) and compared with how often degrees are
    heard in major and minor music.

    Args:
        audio: any sound.
    """
    hz, weight = _peaks(audio)
    if not hz.size or weight.sum() <= 0:
        return None
    semitones = 69 + 12 * np.log2(hz / 440)
    # The mean direction of all peaks on the circle of one semitone is the tuning.
    turn = np.angle((weight * np.exp(2j * np.pi * semitones)).sum()) / (2 * np.pi)
    tuned = semitones - turn
    away = tuned - np.round(tuned)
    near = weight * np.cos(np.pi * away) ** 2
    counted = np.bincount(np.round(tuned).astype(int) % 12, near, 12)
    chroma = counted / near.sum()
    fits = [
        (float(np.corrcoef(np.sqrt(chroma), np.sqrt(np.roll(profile, tonic)))[0, 1]), tonic, mode)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
        for tonic in range(12)
    ]
    fits.sort(reverse=True)
    (best, tonic, mode), (second, *_) = fits[:2]
    return KeyEstimate(
        tonic=_TONICS[tonic],
        mode=mode,
        confidence=best - second,
        chroma=tuple(float(c) for c in chroma),
        tuning_cents=100 * float(turn),
    )


def _peaks(audio: Audio) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns frequency and weight of the spectral peaks of all windows."""
    bin_hz = RATE / WINDOW
    low, high = round(LOWEST_HZ / bin_hz), round(HIGHEST_HZ / bin_hz)
    hz: list[NDArray[np.float64]] = []
    weight: list[NDArray[np.float64]] = []
    for spectra in magnitudes(audio, WINDOW, HOP):
        left, here, right = (spectra[:, low + k : high + k] for k in (-1, 0, 1))
        loudest = spectra.max(axis=1, keepdims=True)
        row, column = np.nonzero((here > left) & (here >= right) & (here > 0.01 * loudest))
        a, b, c = (np.log(np.maximum(x[row, column], 1e-12)) for x in (left, here, right))
        shift = 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-9)
        at = (low + column + np.clip(shift, -0.5, 0.5)) * bin_hz
        loud = np.log1p(COMPRESSION * here[row, column])
        hz.append(at.astype(np.float64))
        # High peaks are mostly overtones, which belong to other pitch classes.
        weight.append(loud / (1 + (at / OVERTONE_FADE_HZ) ** 2))
    empty = np.zeros(0)
    return np.concatenate([empty, *hz]), np.concatenate([empty, *weight])
