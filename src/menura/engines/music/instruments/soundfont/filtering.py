"""The low-pass of a voice: two poles that stand still, so that a spectrum's product will do."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OPEN = 0.45
_BLOCK_FRAMES = 8192
_RINGING = 3.0
_MAX_RING_S = 1.0


def low_pass(
    sound: NDArray[np.float32], cutoff_hz: float, resonance_db: float, rate: int
) -> NDArray[np.float32]:
    """Returns the sound through a resonant low-pass, shape as given.

    Two poles by the bilinear transform (Bristow-Johnson, Cookbook formulae for audio EQ), without
    `scipy.signal`, whose import alone takes a second. A resonance lowers what lies under it by half
    its height (SoundFont 2.04, 8.1.2, 9).

    Args:
        sound: shape (frames,).
        cutoff_hz: of the filter; near half the rate it is left out.
        resonance_db: height of the peak over the low frequencies.
        rate: frames per second.
    """
    if not sound.size or cutoff_hz > _OPEN * rate:
        return sound
    quality = _quality(resonance_db)
    # Circular as a spectrum's product is, each block gives up what it rings (overlap-save).
    ring = round(min(_RINGING * max(quality, 0.7) / cutoff_hz, _MAX_RING_S) * rate)
    size = _BLOCK_FRAMES if ring <= _BLOCK_FRAMES // 8 else _good_size(sound.size + ring)
    response = _response(size, round(cutoff_hz, 2), round(resonance_db, 2), rate)
    filtered = np.empty(sound.size, np.float32)
    padded = np.concatenate([np.zeros(ring, np.float32), sound])
    for start in range(0, sound.size, size - ring):
        spectrum = np.fft.rfft(padded[start : start + size], size)
        spectrum *= response
        block = filtered[start : start + size - ring]
        block[:] = np.fft.irfft(spectrum, size)[ring : ring + block.size]
    return filtered


def _quality(resonance_db: float) -> float:
    # 0 dB is the flattest filter, whose pole quality is -3 dB.
    return float(10 ** ((resonance_db - 3.01) / 20))


def _good_size(least: int) -> int:
    """Returns a length of two, three or five times a power of two."""
    power = 1 << max(8, math.ceil(math.log2(least)))
    fitting = (size for size in (power // 8 * 5, power // 4 * 3) if size >= least)
    return next(fitting, power)


@functools.lru_cache(maxsize=32)
def _response(size: int, cutoff_hz: float, resonance_db: float, rate: int) -> NDArray[np.complex64]:
    angle = 2 * math.pi * cutoff_hz / rate
    alpha = math.sin(angle) / (2 * _quality(resonance_db))
    edge = (1 - math.cos(angle)) / 2 / 10 ** (resonance_db / 40)
    turn = _turn(size)
    upper = edge * (1 + turn) ** 2
    lower = (1 + alpha) + turn * (-2 * math.cos(angle) + turn * (1 - alpha))
    return np.asarray(upper / lower, np.complex64)


@functools.lru_cache(maxsize=8)
def _turn(size: int) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi / size * np.arange(size // 2 + 1)), np.complex128)
