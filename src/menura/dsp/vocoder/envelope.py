"""The spectral envelope of a voice, free of its harmonics: CheapTrick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import half_spectrum
from menura.dsp.vocoder.features import HOP_S, LOG_FLOOR, fft_frames, log_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNVOICED_HZ = 500.0
_RECOVERY = -0.15
_ROWS_AT_ONCE = 256


def trace_envelope(
    samples: NDArray[np.float32], rate: int, f0_hz: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Returns the natural logarithm of the power envelope, shape (rows, bins), float32.

    M. Morise, "CheapTrick, a spectral envelope estimator for high-quality speech synthesis",
    Speech Communication 67 (2015). On top of it each row gets the power that
    its window holds, so that what is made from it is as loud as the sound was.

    Args:
        samples: shape (frames,), float32.
        rate: Hz.
        f0_hz: shape (rows,), 0 where there is no voice.
    """
    size = fft_frames(rate)
    # A window of three periods has to fit into the transform.
    pitch = np.maximum(np.where(f0_hz > 0, f0_hz, UNVOICED_HZ), 3 * rate / (size - 2))
    padded = np.pad(samples.astype(np.float32), size // 2 + 1)
    views = np.lib.stride_tricks.sliding_window_view(padded, size)
    centres = np.round(np.arange(f0_hz.size) * HOP_S * rate).astype(np.intp) + 1
    centres = np.minimum(centres, views.shape[0] - 1)
    result = np.empty((f0_hz.size, size // 2 + 1), np.float32)
    for at in range(0, f0_hz.size, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        result[part] = _envelope(views[centres[part]], rate, pitch[part, None], f0_hz[part] > 0)
    return result


def _envelope(
    pieces: NDArray[np.float32],
    rate: int,
    f0_hz: NDArray[np.float64],
    voiced: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Returns the log envelopes of pieces (rows, size), centred, at the pitch (rows, 1)."""
    size = pieces.shape[1]
    offset = ((np.arange(size) - size // 2) / rate).astype(np.float32)
    cycles = offset * (f0_hz / 3).astype(np.float32)
    window = np.where(np.abs(cycles) < 0.5, 0.5 + 0.5 * np.cos(2 * np.pi * cycles), 0)
    window = window.astype(np.float32)
    window /= np.sqrt(np.square(window).sum(axis=1, keepdims=True))
    heard = pieces * window
    heard -= window * (heard.sum(axis=1, keepdims=True) / window.sum(axis=1, keepdims=True))
    power = np.square(np.abs(half_spectrum(heard)))
    level = np.square(heard).sum(axis=1)
    bin_hz = rate / size
    power = _mirrored(power, f0_hz / bin_hz)
    power = _box_smoothed(power, f0_hz / (3 * bin_hz))
    # Rounding of float32 is noise 120 dB below: no hole is deeper than that.
    floor = np.maximum(level[:, None] * np.float32(1e-11), np.float32(np.exp(LOG_FLOOR)))
    log_env = _liftered(np.log(np.maximum(power, floor)), rate, f0_hz)
    level_log = np.log(np.maximum(level, np.float32(np.exp(LOG_FLOOR))))
    made = np.where(voiced, _harmonic_log_power(log_env, f0_hz / bin_hz), log_power(log_env))
    log_env += (level_log - made)[:, None].astype(np.float32)
    return np.maximum(log_env, np.float32(LOG_FLOOR))


def _harmonic_log_power(
    log_env: NDArray[np.float32], f0_bins: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the logarithm of the power of a pulse train through the envelope.

    It has the envelope at the harmonics only, which at a high pitch may miss the formants.
    """
    half = log_env.shape[1] - 1
    at = f0_bins * np.arange(1, int(half / f0_bins.min()) + 1)
    low = np.minimum(at.astype(np.intp), half - 1)
    rows = np.arange(at.shape[0])[:, None]
    part = at - low
    level = log_env[rows, low] * (1 - part) + log_env[rows, low + 1] * part
    power = np.where(at <= half, np.exp(level), 0).sum(axis=1) * f0_bins[:, 0] / half
    return np.asarray(np.log(np.maximum(power, np.exp(LOG_FLOOR))))


def _mirrored(power: NDArray[np.float32], f0_bins: NDArray[np.float64]) -> NDArray[np.float32]:
    """Adds, below the pitch, the power that lies as far from the pitch on its other side."""
    low = int(np.ceil(f0_bins.max())) + 1
    mirror = np.clip(f0_bins - np.arange(low), 0, None)
    index = mirror.astype(np.intp)
    part = (mirror - index).astype(np.float32)
    rows = np.arange(power.shape[0])[:, None]
    added = power[rows, index] * (1 - part) + power[rows, index + 1] * part
    power[:, :low] += np.where(np.arange(low) < f0_bins, added, 0)
    return power


def _box_smoothed(
    power: NDArray[np.float32], half_bins: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Returns the mean power within `half_bins` (rows, 1) on both sides of each bin."""
    bins = power.shape[1]
    reach = int(np.ceil(half_bins.max())) + 1
    padded = np.pad(power, ((0, 0), (reach, reach)), mode="reflect").astype(np.float64)
    # The integral of the steps that the bins are, known at their edges, in between a line.
    sums = np.pad(np.cumsum(padded, axis=1), ((0, 0), (1, 0)))
    edge = reach + 0.5
    high = _sampled(sums, edge + half_bins, bins)
    low = _sampled(sums, edge - half_bins, bins)
    return ((high - low) / (2 * half_bins)).astype(np.float32)


def _sampled(
    sums: NDArray[np.float64], start: NDArray[np.float64], bins: int
) -> NDArray[np.float64]:
    """Returns rows of `sums` at start, start + 1, ... by lines between their values."""
    whole = np.floor(start).astype(np.intp)
    part = start - whole
    index = whole + np.arange(bins)
    rows = np.arange(sums.shape[0])[:, None]
    return np.asarray(sums[rows, index] * (1 - part) + sums[rows, index + 1] * part)


def _liftered(
    log_power_: NDArray[np.float32], rate: int, f0_hz: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Smooths over one pitch and makes up for what that spreads, in the cepstrum."""
    cepstrum = np.fft.irfft(log_power_)
    size = cepstrum.shape[1]
    quefrency = np.arange(size // 2 + 1) / rate
    turns = (f0_hz * quefrency).astype(np.float32)
    lifter = np.sinc(turns) * (1 - 2 * _RECOVERY + 2 * _RECOVERY * np.cos(2 * np.pi * turns))
    whole = np.concatenate([lifter, lifter[:, -2:0:-1]], axis=1).astype(np.float32)
    return np.asarray(half_spectrum((cepstrum * whole).astype(np.float32)).real, np.float32)
