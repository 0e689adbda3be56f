"""The melody of a voice: candidates by normalised difference, the best path through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import half_spectrum
from menura.dsp.vocoder.features import HOP_S, count_rows
from menura.dsp.vocoder.lattice import cheapest_path
from menura.dsp.vocoder.smoothing import fill_gaps, runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_HZ = 60.0
HIGHEST_HZ = 600.0
WINDOW_S = 0.025
CANDIDATES = 6
UNVOICED_COST = 0.55
LONG_LAG_COST = 0.05  # per octave: of two periods that fit as well, the shorter is meant
JUMP_COST = 2.4  # per octave between neighbours
VOICING_COST = 0.12
QUIET = 1e-3  # of the loudest window's amplitude
SHORTEST_VOICE_S = 0.02
SHORTEST_STRAY_S = 0.1
_MIDDLE_HZ = 150.0
_NULL_HZ = 2000.0  # at 4 kHz, low voices that move fast lose a tenth of their rows
_HUM_HZ = 30.0
_FORBIDDEN = np.float32(1e3)
_ROWS_AT_ONCE = 512


def track_pitch(
    samples: NDArray[np.float32], rate: int, voiced: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Returns the fundamental frequency every 5 ms, Hz, 0 where there is no voice.

    The distance of a window to its neighbour one lag later is that of A. de Cheveigne,
    H. Kawahara, "YIN", JASA 111 (2002), equation 6, divided by the energy of both; the path
    through its minima follows D. Talkin, "A robust algorithm for pitch tracking (RAPT)", 1995.

    Args:
        samples: shape (frames,), float32.
        rate: Hz.
        voiced: shape (rows,), which rows have a voice, where somebody knows; else it is decided
            here.
    """
    step = max(1, rate // 16_000)
    slow = rate / step
    rows = count_rows(samples.size, rate)
    lags, distances = _candidates(_filtered(samples, rate)[::step], slow, rows)
    costs = np.full((rows, CANDIDATES + 1), UNVOICED_COST, np.float32)
    costs[:, :CANDIDATES] = distances
    if voiced is not None:
        costs[~voiced, :CANDIDATES] += _FORBIDDEN
    octaves = np.log2(lags)
    moves = np.full((rows - 1, CANDIDATES + 1, CANDIDATES + 1), VOICING_COST, np.float32)
    moves[:, -1, -1] = 0
    jumps = np.abs(octaves[:-1, :, None] - octaves[1:, None, :])
    moves[:, :CANDIDATES, :CANDIDATES] = np.minimum(JUMP_COST * jumps, 1.0)
    path = cheapest_path(costs, moves)
    found = path < CANDIDATES
    lag = lags[np.arange(rows), np.minimum(path, CANDIDATES - 1)].astype(np.float64)
    log_f0 = _centred(np.log(slow / lag), found, lag / slow)
    if voiced is None:
        found = _without_strays(log_f0, found)
    elif found.any():
        log_f0, found = fill_gaps(log_f0, found), voiced
    return np.where(found, np.exp(log_f0), 0.0)


def _filtered(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Takes away hiss (a Hann-shaped mean, null at 2 kHz) and hum (two means of 33 ms)."""
    width = round(2 * rate / _NULL_HZ) | 1
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(samples.astype(np.float64), width // 2)
    heard = np.convolve(padded, window / window.sum(), "valid")[: samples.size]
    slow = round(rate / _HUM_HZ) | 1
    hum = _running_mean(_running_mean(np.pad(heard, slow - 1), slow), slow)
    return (heard - hum).astype(np.float32)


def _running_mean(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(x)])
    return np.asarray((sums[width:] - sums[:-width]) / width)


def _candidates(
    heard: NDArray[np.float32], rate: float, rows: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns lags in samples and their costs, both (rows, CANDIDATES)."""
    window = round(WINDOW_S * rate)
    shortest, longest = int(rate / HIGHEST_HZ) - 1, int(np.ceil(rate / LOWEST_HZ)) + 1
    lead = (window + round(rate / _MIDDLE_HZ)) // 2
    padded = np.pad(heard, (lead, window + longest + lead))
    energy = np.concatenate([[0.0], np.cumsum(np.square(padded, dtype=np.float64))])
    starts = np.round(np.arange(rows) * HOP_S * rate).astype(np.intp)
    first = energy[starts + window] - energy[starts]
    quiet = first.max() * QUIET**2 + 1e-10 * window
    size = 1 << int(np.ceil(np.log2(window + longest)))
    views = np.lib.stride_tricks.sliding_window_view(padded, window + longest)
    lags = np.ones((rows, CANDIDATES), np.float32)
    costs = np.full((rows, CANDIDATES), _FORBIDDEN, np.float32)
    range_ = np.arange(shortest, longest + 1)
    bias = (LONG_LAG_COST * np.log2(range_ / shortest)).astype(np.float32)
    for at in range(0, rows, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        begin = starts[part]
        piece = views[begin]
        spectrum = half_spectrum(piece, size) * half_spectrum(piece[:, :window], size).conj()
        product = np.fft.irfft(spectrum, size)[:, range_]
        later = begin[:, None] + range_
        sum_ = first[part, None] + energy[later + window] - energy[later] + 2 * quiet
        distance = (1 - 2 * product / sum_).astype(np.float32)
        lags[part], costs[part] = _minima(distance, bias, shortest)
    return lags, costs


def _minima(
    distance: NDArray[np.float32], bias: NDArray[np.float32], shortest: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns the lags and costs of the cheapest local minima, refined by parabolas."""
    left, mid, right = distance[:, :-2], distance[:, 1:-1], distance[:, 2:]
    is_low = (mid < left) & (mid <= right)
    cost = np.where(is_low, mid + bias[1:-1], _FORBIDDEN)
    best = np.argpartition(cost, CANDIDATES, axis=1)[:, :CANDIDATES]
    rows = np.arange(distance.shape[0])[:, None]
    a, b, c = left[rows, best], mid[rows, best], right[rows, best]
    bend = np.maximum(a - 2 * b + c, 1e-9)
    shift = np.where(is_low[rows, best], np.clip(0.5 * (a - c) / bend, -0.5, 0.5), 0.0)
    depth = 0.25 * (a - c) * shift
    lags = (best + 1 + shortest + shift).astype(np.float32)
    return lags, (cost[rows, best] - depth).astype(np.float32)


def _centred(
    log_f0: NDArray[np.float64], found: NDArray[np.bool_], lag_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Moves each value from the middle of its two windows to the time of its row."""
    rise = np.diff(log_f0) / HOP_S
    known = found[1:] & found[:-1] & (np.abs(rise) < 20)  # an octave in 35 ms is a jump
    rise = np.where(known, rise, 0.0)
    count = np.concatenate([[0], known]) + np.concatenate([known, [0]])
    slope = (np.concatenate([[0], rise]) + np.concatenate([rise, [0]])) / np.maximum(count, 1)
    return np.asarray(log_f0 - slope * (lag_s - 1 / _MIDDLE_HZ) / 2)


def _without_strays(log_f0: NDArray[np.float64], found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drops voices too short to be one, and short ones over an octave off the sound's median."""
    if not found.any():
        return found
    starts, ends = runs(found)
    lengths_s = (ends - starts) * HOP_S
    sums = np.concatenate([[0.0], np.cumsum(log_f0)])
    means = (sums[ends] - sums[starts]) / (ends - starts)
    off = np.abs(means - np.median(log_f0[found])) > np.log(2)
    stray = (lengths_s < SHORTEST_VOICE_S) | (off & (lengths_s < SHORTEST_STRAY_S))
    steps = np.zeros(found.size + 1)
    steps[starts[~stray]] += 1
    steps[ends[~stray]] -= 1
    return np.asarray(np.cumsum(steps)[:-1] > 0.5)
