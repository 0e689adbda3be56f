"""What tests of instruments measure on their sound, whichever family makes it."""

from __future__ import annotations

import numpy as np

RATE = 44_100


def hertz(pitch: float) -> float:
    return 440.0 * 2 ** ((pitch - 69) / 12)


def loudest_dbfs(sound: np.ndarray, window_s: float = 0.4) -> float:
    """Level of the loudest stretch, mean over the channels."""
    frames = round(window_s * RATE)
    power = (np.atleast_2d(sound).astype(np.float64) ** 2).mean(axis=0)
    sums = np.concatenate([[0.0], np.cumsum(power)])
    if power.size > frames:
        sums = sums[frames:] - sums[:-frames]
    return float(10 * np.log10(sums.max() / frames + 1e-20))


def level_dbfs(sound: np.ndarray, window_s: float = 0.4) -> float:
    """Mean of the channels, each in its own loudest stretch."""
    sides = [10 ** (loudest_dbfs(side, window_s) / 10) for side in np.atleast_2d(sound)]
    return float(10 * np.log10(np.mean(sides)))


def peak_hz(sound: np.ndarray, near_hz: float, reach: float = 0.04) -> tuple[float, float]:
    """Frequency and level (dB) of the strongest partial within `reach` of a frequency."""
    size = 1 << 18
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size), size))
    spectrum *= 2 / np.hanning(sound.size).sum()
    low, high = (int(near_hz * (1 + side * reach) / RATE * size) for side in (-1, 1))
    best = low + int(np.argmax(spectrum[low : high + 1]))
    return best * RATE / size, float(20 * np.log10(spectrum[best] + 1e-12))


def levels_db(sound: np.ndarray, hz: float, step_s: float = 0.04) -> np.ndarray:
    """Level of one partial over time, one figure each `step_s`."""
    step = round(step_s * RATE)
    turned = sound * np.exp(-2j * np.pi * hz / RATE * np.arange(sound.size))
    pieces = turned[: sound.size // step * step].reshape(-1, step)
    window = np.hanning(step)
    return 20 * np.log10(np.abs(pieces @ window) * 2 / window.sum() + 1e-9)


def centroid_hz(sound: np.ndarray) -> float:
    """Centre of the magnitudes of the first half second that lie within 60 dB of the strongest."""
    first = sound[: RATE // 2]
    spectrum = np.abs(np.fft.rfft(first * np.hanning(first.size)))
    hz = np.fft.rfftfreq(first.size, 1 / RATE)
    spectrum = np.maximum(spectrum - 1e-3 * spectrum.max(), 0) * (hz > 30)
    return float((spectrum * hz).sum() / spectrum.sum())


def bands_db(sound: np.ndarray) -> np.ndarray:
    """Mean level in 48 mel bands over four stretches of the first 1.2 s, floor -90 dB."""
    edges_mel = np.linspace(2595 * np.log10(1 + 40 / 700), 2595 * np.log10(1 + 16_000 / 700), 50)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    padded = np.pad(sound, (0, RATE * 2))
    rows = []
    for start, end in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.6), (0.6, 1.2)):
        piece = padded[round(start * RATE) : round(end * RATE)]
        size = max(1 << 14, piece.size)
        power = np.abs(np.fft.rfft(piece * np.hanning(piece.size), size)) ** 2 / piece.size
        at = np.searchsorted(np.fft.rfftfreq(size, 1 / RATE), edges)
        sums = np.concatenate([[0.0], np.cumsum(power)])
        rows.append((sums[at[2:]] - sums[at[:-2]]) / np.maximum(at[2:] - at[:-2], 1))
    return 10 * np.log10(np.array(rows) + 1e-9)


def apart_db(one: np.ndarray, two: np.ndarray) -> float:
    """Mean distance of two looks of `bands_db` where either is above -70 dB."""
    heard = np.maximum(one, two) > -70
    return float(np.abs(one - two)[heard].mean())


def root_apart_db(one: np.ndarray, two: np.ndarray) -> float:
    """Root of the mean squared distance of two looks of `bands_db`, silence included."""
    return float(np.sqrt(np.mean((one - two) ** 2)))
