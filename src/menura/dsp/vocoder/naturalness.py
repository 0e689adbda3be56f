"""What makes a synthetic voice less mechanical: a melody that lives, spectra that flow."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.changes import with_f0
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR, Features, log_power
from menura.dsp.vocoder.smoothing import (
    fill_gaps,
    frequency_smoother,
    runs,
    smooth_rows,
    smooth_track,
)
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

MELODY_S = 0.030
DRIFT, DRIFT_S = 0.012, 0.200
FLUTTER, FLUTTER_S = 0.004, 0.025
ONSET_RISE, ONSET_S = 0.03, 0.040
DIP = 0.021
ENVELOPE_S = 0.015
EDGE_ROWS, EDGE_SIGMA_ROWS = 2, 1.5
FINE_HZ, COARSE_HZ = 50.0, 900.0
VALLEY_DB = 20.0
PAUSE_DB = 60.0  # below the loudest row
_FWHM = 2 * math.sqrt(2 * math.log(2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Articulation:
    """Which rows belong to which kind of sound, as the maker of the speech knows it.

    Attributes:
        plosive: shape (rows,), bool: p t k b d g and affricates, whose edges stay sharp.
        voiceless: shape (rows,), bool: voiceless consonants, after which the pitch starts high.
        obstruent: shape (rows,), bool: voiced ones (b d g z v ...), in which the pitch dips.
    """

    plosive: NDArray[np.bool_]
    voiceless: NDArray[np.bool_]
    obstruent: NDArray[np.bool_]


def naturalise(
    features: Features, rng: np.random.Generator, articulation: Articulation | None = None
) -> Features:
    """Returns the features with a livelier melody and a smoother spectrum.

    A prototype of this recipe was measured on espeak-ng: a predictor of quality gave 0.09 to 0.16
    points more than to the mere copy, a recogniser made 10 to 33 points fewer errors. Nobody
    listened.

    Args:
        features: of a synthetic voice.
        rng: draws drift and flutter of the pitch.
        articulation: None if it is not known: then pauses alone stay sharp, the pitch neither
            rises nor dips for consonants, and plosives get softer than they should.

    Raises:
        InvalidInput: if the articulation has other rows.
    """
    if articulation is not None:
        masks = (articulation.plosive, articulation.voiceless, articulation.obstruent)
        if any(mask.shape != (features.rows,) or mask.dtype != np.bool_ for mask in masks):
            raise InvalidInput(f"articulation needs three masks of {features.rows} booleans")
    plosive = np.zeros(features.rows, dtype=bool) if articulation is None else articulation.plosive
    flowing = _flowing(features, plosive)
    filled = _filled(flowing, features)
    # Means of logarithms are below the logarithm of the mean: the whole gets its power back.
    filled += np.float32(_total(features.log_envelope) - _total(filled))
    log_env = np.maximum(filled, np.float32(LOG_FLOOR))
    silent = features.log_envelope.max(axis=1, keepdims=True) <= LOG_FLOOR + 1
    log_env = np.where(silent, features.log_envelope, log_env)
    return dataclasses.replace(
        with_f0(features, _melody(features, rng, articulation)), log_envelope=log_env
    )


def _total(log_env: NDArray[np.float32]) -> float:
    """Returns the logarithm of the power of the whole sound."""
    return float(np.log(np.exp(log_power(log_env)).sum()))


def _melody(
    features: Features, rng: np.random.Generator, articulation: Articulation | None
) -> NDArray[np.float64]:
    """Returns the pitch smoothed, then drifting, fluttering, and moved by consonants.

    For rise and dip see H. Hanson, "Effects of obstruent consonants on fundamental frequency at
    vowel onset in English", JASA 125 (2009).
    """
    voiced = features.voiced
    drift = _drawn(rng, features.rows, DRIFT_S) * DRIFT
    flutter = _drawn(rng, features.rows, FLUTTER_S) * FLUTTER
    if not voiced.any():
        return features.f0_hz
    log_f0 = fill_gaps(np.log(np.where(voiced, features.f0_hz, 1.0)), voiced)
    log_f0 = smooth_track(log_f0, MELODY_S / HOP_S) + drift + flutter
    if articulation is not None:
        log_f0 = log_f0 + _rises(articulation.voiceless) - _dips(articulation.obstruent)
    return np.where(voiced, np.exp(log_f0), 0.0)


def _drawn(rng: np.random.Generator, rows: int, sigma_s: float) -> NDArray[np.float64]:
    """Returns slow noise of unit variance, whatever the number of rows."""
    sigma = sigma_s / HOP_S
    margin = int(np.ceil(3 * sigma))
    noise = smooth_track(rng.standard_normal(rows + 2 * margin), sigma)
    # White noise through a Gaussian of unit sum has the variance 1 / (2 sqrt(pi) sigma).
    scale = math.sqrt(2 * math.sqrt(math.pi) * sigma)
    return np.asarray(noise[margin : margin + rows] * scale)


def _rises(voiceless: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns a rise after each voiceless consonant that dies away within 40 ms."""
    rows = np.arange(voiceless.size)
    last = np.maximum.accumulate(np.where(voiceless, rows, -(10**6)))
    return np.asarray(ONSET_RISE * np.exp(-(rows - last) * HOP_S / ONSET_S))


def _dips(obstruent: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns a Hann-shaped dip over each voiced obstruent."""
    starts, ends = runs(obstruent)
    length = np.repeat(ends - starts, ends - starts)
    place = np.flatnonzero(obstruent) - np.repeat(starts, ends - starts)
    dips = np.zeros(obstruent.size)
    dips[obstruent] = DIP * (0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / length))
    return dips


def _flowing(features: Features, plosive: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Returns the envelope smoothed over time, but not through plosives and pauses."""
    level = features.log_power()
    sharp = plosive | (level < level.max() - PAUSE_DB * math.log(10) / 10)
    near = np.convolve(sharp, np.ones(2 * EDGE_ROWS + 1), "full")[EDGE_ROWS:][: sharp.size] > 0.5
    keep = smooth_track(near.astype(np.float64), EDGE_SIGMA_ROWS)[:, None].astype(np.float32)
    # Pauses and bursts have no part in the mean: silence would eat the ends of every vowel.
    part = (~sharp)[:, None].astype(np.float32)
    sigma = ENVELOPE_S / HOP_S
    weight = smooth_rows(part, sigma)
    smooth = smooth_rows(features.log_envelope * part, sigma) / np.maximum(weight, 1e-3)
    smooth = np.where(weight > 1e-3, smooth, features.log_envelope)
    return np.asarray(features.log_envelope * keep + smooth * (1 - keep), np.float32)


@functools.lru_cache(maxsize=4)
def _filler(bins: int, bin_hz: float) -> NDArray[np.float32]:
    """Returns the matrix (bins, bins) that smooths finely, plus a little coarsely."""
    fine = frequency_smoother(bins, FINE_HZ / _FWHM / bin_hz)
    coarse = frequency_smoother(bins, COARSE_HZ / _FWHM / bin_hz)
    both = fine + coarse * np.float32(10 ** (-VALLEY_DB / 10))
    both.flags.writeable = False
    return both


def _filled(log_env: NDArray[np.float32], features: Features) -> NDArray[np.float32]:
    """Returns the envelope with its edges rounded and its deepest valleys filled."""
    bin_hz = features.rate / features.fft_frames
    top = log_env.max(axis=1, keepdims=True)
    power = np.exp(log_env - top)
    filled = power @ _filler(features.bins, bin_hz)
    return np.asarray(np.log(np.maximum(filled, 1e-30)) + top, np.float32)
