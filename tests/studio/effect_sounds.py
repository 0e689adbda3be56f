"""What tests of effects measure in sounds."""

import numpy as np
from numpy.typing import NDArray

from menura.metrics.texture import envelope

RATE = 48_000


def rms_db(sound: NDArray[np.float32]) -> float:
    return 10 * float(np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-20))


def fall_db_per_s(sound: NDArray[np.float32]) -> float:
    """Returns how fast the level falls, dB per second."""
    level = 20 * np.log10(envelope(sound, RATE, 0.05)[25:-25] + 1e-9)
    return -1000 * float(np.polyfit(np.arange(level.size), level, 1)[0])


def unevenness_db(sound: NDArray[np.float32]) -> float:
    """Returns how far lines stand out of a spectrum: its deviation from its own course, dB."""
    rows = np.lib.stride_tricks.sliding_window_view(sound, 16_384, axis=1)[:, ::8192]
    power = (np.abs(np.fft.rfft(rows * np.hanning(16_384))) ** 2).mean(axis=(0, 1))
    level = 10 * np.log10(power + 1e-12)
    course = np.convolve(level, np.full(41, 1 / 41), "same")
    return float(np.std((level - course)[100:1700]))


def log_spectra(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns levels in time and frequency, dB, in steps of 43 ms and third octaves."""
    frames = sound.shape[1] // 2048 * 2048
    power = np.abs(np.fft.rfft(sound[0, :frames].reshape(-1, 2048) * np.hanning(2048))) ** 2
    hz = np.fft.rfftfreq(2048, 1 / RATE)
    which = np.digitize(hz, np.geomspace(60, 16_000, 25))
    bands = np.stack([power[:, which == band].sum(axis=1) for band in range(1, 25)])
    return np.asarray(10 * np.log10(bands + 1e-9), np.float32)


def lag_s(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Returns how much later one channel has what the other has, seconds."""
    size = 2 * first.size
    spectra = [np.fft.rfft(channel, size) for channel in (first, second)]
    alike = np.fft.irfft(spectra[1] * np.conj(spectra[0]), size)
    at = int(np.argmax(alike))
    return (at - size if at > size // 2 else at) / RATE
