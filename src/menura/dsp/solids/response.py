"""Forces through bodies: convolution of whole sounds, and noise of any band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINGLE: Literal["ortho"] = "ortho"
"""Scaling with which numpy keeps to single precision: see `menura.dsp.convolution`."""
_FACTORS = (1.0, 1.125, 1.25, 1.5, 1.75)


def fft_frames(frames: int) -> int:
    """Returns a length, at least `frames`, that a transform is quick at."""
    whole = 1 << max(4, frames.bit_length() - 1)
    return int(next(whole * f for f in (*_FACTORS, 2.0) if whole * f >= frames))


def respond(*pairs: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float32]:
    """Returns the sum of forces, each through a response of its own, shape (frames,), float32.

    Args:
        pairs: (force, response), any lengths; the sum lasts as long as the longest does.
    """
    frames = max(force.size + response.size - 1 for force, response in pairs)
    size = fft_frames(frames)
    heard = np.zeros(size // 2 + 1, np.complex64)
    for force, response in pairs:
        spectrum = np.fft.rfft(force, size, norm=SINGLE)
        spectrum *= np.fft.rfft(response, size, norm=SINGLE)
        heard += spectrum
    # Both forward transforms are scaled by 1 / sqrt(size), and one is put back.
    heard *= np.float32(np.sqrt(size))
    return np.asarray(np.fft.irfft(heard, size, norm=SINGLE)[:frames], np.float32)


def band_noise(
    points: list[tuple[float, float]], frames: int, rng: np.random.Generator, rate: int
) -> NDArray[np.float32]:
    """Returns Gaussian noise with a gain curve, shape (frames,), with an rms of 1.

    Args:
        points: (Hz, dB), straight between points on a logarithmic axis, level beyond.
        frames: how many.
        rng: draws it.
        rate: Hz.
    """
    size = fft_frames(frames)
    gain = curve_gain(points, size, rate)
    parts = rng.standard_normal((2, gain.size), np.float32)
    spectrum = (parts[0] + 1j * parts[1]) * gain
    spectrum[0] = 0
    sound = np.asarray(np.fft.irfft(spectrum, size, norm=SINGLE)[:frames], np.float32)
    return sound * np.float32(1 / np.sqrt(max(float(np.dot(sound, sound)) / frames, 1e-20)))


def coloured(
    sound: NDArray[np.float32], points: list[tuple[float, float]], rate: int
) -> NDArray[np.float32]:
    """Returns a sound through a gain curve of no phase, shape as given: (frames,)."""
    size = fft_frames(sound.size + rate // 100)
    spectrum = np.fft.rfft(sound, size, norm=SINGLE) * curve_gain(points, size, rate)
    return np.asarray(np.fft.irfft(spectrum, size, norm=SINGLE)[: sound.size], np.float32)


def curve_gain(points: list[tuple[float, float]], size: int, rate: int) -> NDArray[np.float32]:
    """Returns a gain curve at every bin of a transform, shape (size // 2 + 1,)."""
    bins = np.arange(size // 2 + 1, dtype=np.float32) * np.float32(rate / size)
    at = np.log(np.maximum(bins, bins[1]))
    curve_db = np.interp(at, np.log([p[0] for p in points]), [p[1] for p in points])
    return np.asarray(10 ** (curve_db / 20), np.float32)
