"""Fourier transforms that stay in single precision, of lengths that go fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMOOTH = (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16)
_SINGLE: Literal["ortho"] = "ortho"
"""Scaled both ways, numpy keeps single precision: see `menura.dsp.convolution`."""


def forward(rows: NDArray[np.float32], size: int) -> NDArray[np.complex64]:
    """Returns the spectra of rows, padded to a length, shape (..., size // 2 + 1)."""
    return np.asarray(np.fft.rfft(rows, size, norm=_SINGLE), np.complex64)


def backward(spectra: NDArray[np.complex64], size: int) -> NDArray[np.float32]:
    """Returns the rows that `forward` had, shape (..., size)."""
    return np.asarray(np.fft.irfft(spectra, size, norm=_SINGLE), np.float32)


def bins_hz(size: int) -> NDArray[np.float64]:
    """Returns the frequencies of a transform of this length, Hz, shape (size // 2 + 1,)."""
    return np.asarray(np.fft.rfftfreq(size, 1 / RATE), np.float64)


def padded(frames: int, multiple: int = 1) -> int:
    """Returns a length of at least so many frames whose prime factors are small.

    Args:
        frames: how many are needed.
        multiple: a power of two that divides it.
    """
    step = max(multiple, 1 << max(0, int(np.log2(max(frames, 2))) - 3))
    steps = -(-frames // step)
    return step * (next(count for count in _SMOOTH if count >= steps) if steps <= 16 else steps)
