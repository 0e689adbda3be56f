"""Filters that run on streams without `scipy.signal`, whose import alone takes a second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE_FRAMES = 1024
_INAUDIBLE = 1e-7


class DcBlocker:
    """A first-order high-pass: y = x - lowpass(x), without delay.

    It is linear and treats channels apart. Silence that lasts becomes exactly silent.

    Args:
        rate: frames per second, Hz.
        channels: channels of the stream.
        corner_hz: -3 dB point. At 5 Hz a 20 Hz tone loses 0.26 dB.
    """

    def __init__(self, rate: int, channels: int, corner_hz: float = 5.0) -> None:
        pole = math.exp(-2 * math.pi * corner_hz / rate)
        # y[n] = (1 - p) sum p^(n-k) x[k] in closed form over a piece: p^n cumsum(x p^-n). The
        # powers stay below e^2 for a corner of 5 Hz, and below e^30 for any up to rate / 100.
        steps = np.arange(1, _PIECE_FRAMES + 1)
        self._falling = pole**steps
        self._rising = (1 - pole) * pole ** (-steps.astype(np.float64))
        self._state = np.zeros((channels, 1))

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the filtered samples, shape and length as given: (channels, frames)."""
        filtered = np.empty_like(samples)
        for start in range(0, samples.shape[1], _PIECE_FRAMES):
            piece = samples[:, start : start + _PIECE_FRAMES]
            count = piece.shape[1]
            slow = np.cumsum(piece * self._rising[:count], axis=1)
            slow = (slow + self._state) * self._falling[:count]
            filtered[:, start : start + count] = piece - slow
            self._state = slow[:, -1:]
            if not piece.any():
                self._state = np.where(np.abs(self._state) < _INAUDIBLE, 0.0, self._state)
        return filtered
