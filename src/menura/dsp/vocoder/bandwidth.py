"""Features at another rate: with an empty top, or with one made up."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.features import LOG_FLOOR, MIN_RATE_HZ, Features, count_rows, fft_frames
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOICED_DB_PER_OCTAVE = -14.0
UNVOICED_DB_PER_OCTAVE = -7.0
VOICED_APERIODICITY = 0.7
_FROM = 0.91  # of half the old rate: above it the old anti-alias filter has taken the level
_FADE = 0.86
_SEEN = (0.73, 0.93)  # of half the old rate: where the level of the new band is read


def at_rate(features: Features, rate: int) -> Features:
    """Returns the features of the same sound at another rate; what is new above is silent.

    Raises:
        InvalidInput: if the rate is below 8,000 Hz.
    """
    moved = _regridded(features, rate)
    above = moved.frequencies_hz() > features.rate / 2
    log_env = np.where(above, np.float32(LOG_FLOOR), moved.log_envelope)
    aperiodicity = np.where(above, np.float32(1), moved.aperiodicity)
    return dataclasses.replace(moved, log_envelope=log_env, aperiodicity=aperiodicity)


def extend_band(features: Features, rate: int) -> Features:
    """Returns features at a higher rate, with a top that goes on as voices do.

    From 10 kHz on (for a sound at 22,050 Hz) the envelope falls from the level of its highest
    2.3 kHz by 14 dB per octave where there is a voice, else by 7, and is mostly noise.

    Raises:
        InvalidInput: if the rate is not higher.
    """
    if rate <= features.rate:
        raise InvalidInput(
            f"a band is extended to a higher rate than {features.rate} Hz, not to {rate}"
        )
    moved = _regridded(features, rate)
    hz = moved.frequencies_hz()
    half = features.rate / 2
    seen = (hz >= _SEEN[0] * half) & (hz <= _SEEN[1] * half)
    power = np.exp(moved.log_envelope[:, seen]).mean(axis=1, dtype=np.float64)
    level = np.log(np.maximum(power, np.exp(LOG_FLOOR)))[:, None].astype(np.float32)
    voiced = features.voiced[:, None]
    slope = np.where(voiced, VOICED_DB_PER_OCTAVE, UNVOICED_DB_PER_OCTAVE) * (np.log(10) / 10)
    slope = slope.astype(np.float32)
    # A cross-fade of a tenth of the band hides where the old top ends.
    first = int(np.searchsorted(hz, _FADE * half))
    mix = np.clip((hz[first:] - _FADE * half) / ((_FROM - _FADE) * half), 0, 1)
    mix = mix.astype(np.float32)
    octaves = np.log2(hz[first:] / (_FROM * half)).astype(np.float32)
    top = np.maximum(level + slope * octaves, np.float32(LOG_FLOOR))
    log_env, aperiodicity = moved.log_envelope, moved.aperiodicity
    log_env[:, first:] += mix * (top - log_env[:, first:])
    noise = np.where(voiced, np.float32(VOICED_APERIODICITY), np.float32(1))
    old = aperiodicity[:, first:]
    aperiodicity[:, first:] = np.clip(old + mix * (np.maximum(noise, old) - old), 0, 1)
    return moved


def _regridded(features: Features, rate: int) -> Features:
    """Returns features on the grid of another rate; above the old band the last bin is held."""
    if rate < MIN_RATE_HZ:
        raise InvalidInput(f"the vocoder works at {MIN_RATE_HZ} Hz or more, not {rate}")
    size = fft_frames(rate)
    at = np.arange(size // 2 + 1) * (rate / size) / (features.rate / features.fft_frames)
    # The power of one sample is spread over the rate, so it grows with it.
    log_env = at_bins(features.log_envelope, at) + np.float32(np.log(rate / features.rate))
    frames = round(features.frames * rate / features.rate)
    rows = _row_index(features.rows, count_rows(frames, rate))
    aperiodicity = at_bins(features.aperiodicity, at)
    if rows.size != features.rows:
        log_env, aperiodicity = log_env[rows], aperiodicity[rows]
    return Features(
        f0_hz=features.f0_hz[rows],
        log_envelope=log_env,
        aperiodicity=aperiodicity,
        rate=rate,
        frames=frames,
        roughness=features.roughness,
    )


def _row_index(rows: int, wanted: int) -> NDArray[np.intp]:
    """Rounding of the length can add or take a last row."""
    return np.minimum(np.arange(wanted), rows - 1)


def at_bins(matrix: NDArray[np.float32], at: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns (rows, len(at)): each row at fractional bins by straight lines, ends held."""
    count = matrix.shape[1]
    if at.size >= count and np.array_equal(at[:count], np.arange(count)):
        # Twice the rate and twice the transform: the same bins, and more.
        return np.pad(matrix, ((0, 0), (0, at.size - count)), mode="edge")
    inside = np.clip(at, 0, count - 1)
    low = np.minimum(inside.astype(np.intp), count - 2)
    part = (inside - low).astype(np.float32)
    return np.asarray(matrix[:, low] * (1 - part) + matrix[:, low + 1] * part)
