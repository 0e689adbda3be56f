"""Textures: what a sound is made of, in numbers that books on acoustics give.

Each function takes sound as an array, shape (channels, frames) or (frames,), and its rate in Hz.
Channels are added as powers, so that what is out of phase counts too.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENVELOPE_HZ = 1000.0
"""How often per second an envelope is taken."""
FAST_S = 0.125
"""Time weighting F of IEC 61672-1."""
WINDOW = 2048


def spectral_centroid(samples: NDArray[np.float32], rate: int) -> float:
    """Returns the centre of gravity of the power spectrum, Hz; 0 of silence."""
    hz, power = _spectrum(samples, rate)
    whole = float(power.sum())
    return float((hz * power).sum()) / whole if whole > 0 else 0.0


def band_share(samples: NDArray[np.float32], rate: int, low_hz: float, high_hz: float) -> float:
    """Returns the share of the energy that lies between two frequencies, 0 to 1."""
    hz, power = _spectrum(samples, rate)
    whole = float(power.sum())
    inside = (hz >= low_hz) & (hz < high_hz)
    return float(power[inside].sum()) / whole if whole > 0 else 0.0


def spectral_slope(samples: NDArray[np.float32], rate: int, low_hz: float, high_hz: float) -> float:
    """Returns how the spectrum goes between two frequencies, dB per octave, on third octaves."""
    hz, power = _spectrum(samples, rate)
    edges = np.geomspace(low_hz, high_hz, max(4, round(3 * np.log2(high_hz / low_hz))) + 1)
    which = np.digitize(hz, edges) - 1
    inside = (which >= 0) & (which < edges.size - 1)
    count = np.bincount(which[inside], minlength=edges.size - 1)
    summed = np.bincount(which[inside], power[inside], edges.size - 1)
    filled = (count > 0) & (summed > 0)
    level_db = 10 * np.log10(summed[filled] / count[filled])
    octaves = np.log2(np.sqrt(edges[:-1] * edges[1:])[filled])
    return float(np.polyfit(octaves, level_db, 1)[0])


def peak_frequency(
    samples: NDArray[np.float32], rate: int, low_hz: float = 20.0, high_hz: float = 20_000.0
) -> float:
    """Returns where the spectrum is strongest, Hz, with a resolution under 3 Hz where it lasts."""
    mono = np.atleast_2d(samples)
    size = 1 << max(WINDOW, min(mono.shape[1], rate)).bit_length()
    power = np.zeros(size // 2 + 1)
    for start in range(0, max(1, mono.shape[1] - rate // 2), rate):
        piece = mono[:, start : start + rate]
        power += (np.abs(np.fft.rfft(piece * np.hanning(piece.shape[1]), size)) ** 2).sum(axis=0)
    hz = np.fft.rfftfreq(size, 1 / rate)
    power[(hz < low_hz) | (hz > high_hz)] = 0
    return float(hz[np.argmax(power)])


def spectral_flatness(
    samples: NDArray[np.float32], rate: int, low_hz: float = 100.0, high_hz: float = 10_000.0
) -> float:
    """Returns the geometric over the arithmetic mean of the power spectrum: noise 1, a tone 0."""
    hz, power = _spectrum(samples, rate)
    inside = power[(hz >= low_hz) & (hz < high_hz)] + 1e-20
    return float(np.exp(np.log(inside).mean()) / inside.mean())


def envelope(
    samples: NDArray[np.float32], rate: int, window_s: float = 0.01
) -> NDArray[np.float64]:
    """Returns the rms over a sliding window, ENVELOPE_HZ values per second, shape (values,)."""
    power = (np.atleast_2d(samples).astype(np.float64) ** 2).sum(axis=0)
    width = max(1, round(window_s * rate))
    total = np.concatenate([[0.0], np.cumsum(np.pad(power, (width // 2, width)))])
    at = (np.arange(int(power.size / rate * ENVELOPE_HZ)) * rate / ENVELOPE_HZ).astype(np.int64)
    power_there = np.maximum(total[at + width] - total[at], 0) / width
    return np.asarray(np.sqrt(power_there), np.float64)


def fast_level_db(samples: NDArray[np.float32], rate: int) -> float:
    """Returns the largest level over 125 ms, dB re full scale; -200 of silence."""
    power = np.square(samples).sum(axis=0) if samples.ndim > 1 else np.square(samples)
    width = round(FAST_S * rate)
    total = np.zeros(max(power.size, width) + 1)
    np.cumsum(power, dtype=np.float64, out=total[1 : power.size + 1])
    total[power.size + 1 :] = total[power.size]
    loudest = float((total[width:] - total[:-width]).max()) / width
    return 10 * float(np.log10(loudest)) if loudest > 1e-20 else -200.0


def decay_time(
    samples: NDArray[np.float32], rate: int, from_db: float = -5.0, to_db: float = -25.0
) -> float:
    """Returns the time in which sound falls by 60 dB once its loudest moment is over, s.

    Backward integration: M. Schroeder, "New method of measuring reverberation time", JASA 37
    (1965); the straight line through `from_db` to `to_db` is drawn on to 60 dB (ISO 3382).
    """
    power = (np.atleast_2d(samples).astype(np.float64) ** 2).sum(axis=0)
    falling = power[int(np.argmax(power)) :]
    left = np.cumsum(falling[::-1])[::-1]
    level = 10 * np.log10(np.maximum(left / max(left[0], 1e-30), 1e-30))
    inside = np.flatnonzero((level <= from_db) & (level >= to_db))
    if inside.size < 2:
        return 0.0
    slope = float(np.polyfit(inside / rate, level[inside], 1)[0])
    return -60 / slope if slope < 0 else float("inf")


def attack_time(samples: NDArray[np.float32], rate: int) -> float:
    """Returns how long the envelope takes from 10 % to 90 % of its largest value, s."""
    curve = envelope(samples, rate, 0.003)
    top = int(np.argmax(curve))
    if not curve.size:
        return 0.0
    high = int(np.flatnonzero(curve >= 0.9 * curve[top])[0])
    low = np.flatnonzero(curve[:high] <= 0.1 * curve[top])
    return float(high - (low[-1] if low.size else 0)) / ENVELOPE_HZ


def modulation_rate(
    samples: NDArray[np.float32], rate: int, low_hz: float = 0.5, high_hz: float = 40.0
) -> float:
    """Returns the strongest rate at which the level goes up and down, Hz."""
    curve = envelope(samples, rate, 0.01)
    curve = curve - curve.mean()
    size = 1 << (8 * curve.size).bit_length()
    power = np.abs(np.fft.rfft(curve * np.hanning(curve.size), size)) ** 2
    hz = np.fft.rfftfreq(size, 1 / ENVELOPE_HZ)
    power[(hz < low_hz) | (hz > high_hz)] = 0
    return float(hz[np.argmax(power)])


def level_range_db(samples: NDArray[np.float32], rate: int) -> float:
    """Returns the 95th over the 5th percentile of the level in 50 ms, dB: how uneven it is."""
    curve = envelope(samples, rate, 0.05)
    low, high = np.percentile(curve, [5, 95])
    return 20 * float(np.log10(high / low)) if low > 0 else 200.0


def burst_times(
    samples: NDArray[np.float32], rate: int, rise_db: float = 9.0, gap_s: float = 0.05
) -> NDArray[np.float64]:
    """Returns when the level jumps, seconds, rising, shape (bursts,).

    A burst is where the level of 5 ms stands `rise_db` over the quietest of the 40 ms before, and
    within 40 dB of the loudest; the next is counted `gap_s` later at the earliest.
    """
    curve = envelope(samples, rate, 0.005) + 1e-9
    level = 20 * np.log10(curve)
    reach = round(0.04 * ENVELOPE_HZ)
    before = np.lib.stride_tricks.sliding_window_view(
        np.concatenate([np.full(reach, level[0] - 2 * rise_db), level])[:-1], reach
    ).min(axis=1)[: level.size]
    risen = (level - before > rise_db) & (level > level.max() - 40)
    starts = np.flatnonzero(risen & ~np.concatenate([[False], risen[:-1]])) / ENVELOPE_HZ
    times: list[float] = []
    for start in starts.tolist():
        if not times or start - times[-1] >= gap_s:
            times.append(start)
    return np.asarray(times)


def burst_rate(samples: NDArray[np.float32], rate: int, rise_db: float = 9.0) -> float:
    """Returns how many times a second the level jumps; see `burst_times`."""
    return float(burst_times(samples, rate, rise_db).size * rate / np.atleast_2d(samples).shape[1])


def sounding_length(samples: NDArray[np.float32], rate: int, floor_db: float = -40.0) -> float:
    """Returns the time from the first to the last moment within `floor_db` of the loudest, s."""
    curve = envelope(samples, rate, 0.005)
    heard = np.flatnonzero(curve > curve.max(initial=0.0) * 10 ** (floor_db / 20))
    return float(heard[-1] - heard[0] + 1) / ENVELOPE_HZ if heard.size else 0.0


def third_octaves_db(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Returns the long-term spectrum in bands of a third of an octave, level aside.

    Shape (25,), dB about their mean, 50 Hz to 16 kHz; nothing counts 60 dB below the strongest.
    """
    hz, power = _spectrum(samples, rate)
    edges = np.geomspace(50, min(16_000, rate / 2), 26)
    bands = np.array(
        [power[(hz >= low) & (hz < high)].sum() for low, high in itertools.pairwise(edges)]
    )
    level = 10 * np.log10(bands / max(bands.max(), 1e-30) + 1e-6)
    return np.asarray(level - level.mean(), np.float64)


def spectral_distance_db(
    first: NDArray[np.float32], second: NDArray[np.float32], rate: int
) -> float:
    """Returns how far two long-term spectra lie apart: rms over `third_octaves_db`, dB."""
    apart = third_octaves_db(first, rate) - third_octaves_db(second, rate)
    return float(np.sqrt(np.mean(apart**2)))


def _spectrum(
    samples: NDArray[np.float32], rate: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Returns frequencies and the mean power at each, under Hann windows that half overlap."""
    rows = np.atleast_2d(samples)
    half = WINDOW // 2
    frames = -(-rows.shape[1] // half) * half
    # Half a window of silence before and behind: the first frames count as much as any.
    padded = np.pad(rows, ((0, 0), (half, half + frames - rows.shape[1])))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::half]
    power = np.abs(np.fft.rfft(windows * np.hanning(WINDOW))) ** 2
    hz = np.fft.rfftfreq(WINDOW, 1 / rate)
    return np.asarray(hz, np.float64), np.asarray(power.sum(axis=(0, 1)), np.float64)
