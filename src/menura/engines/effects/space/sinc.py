"""Reading sound, and writing impulses, between two frames."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAPS = 16
"""Frames that a value between two frames is made of: flat within 0.1 dB to 16 kHz at 48 kHz."""
BEFORE = TAPS // 2 - 1
"""How many of them stand before the frame at or before the moment."""
PHASES = 4096
"""Steps between two frames. The nearest is taken: at 8 kHz the error lies 78 dB down."""
_KAISER_BETA = 7.0
"""Side lobes of the window 70 dB down (Kaiser and Schafer, IEEE Trans. ASSP 28, 1980)."""


@functools.cache
def kernels() -> NDArray[np.float32]:
    """Returns windowed sincs, shape (PHASES + 1, TAPS): row p is for p / PHASES after a frame."""
    at = np.arange(TAPS) - BEFORE - np.arange(PHASES + 1)[:, np.newaxis] / PHASES
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(1 - (at / (TAPS // 2)) ** 2, 0)))
    rows = np.sinc(at) * window
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), np.float32)


def read(samples: NDArray[np.float32], at_frames: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns sound at any moments, shape as `at_frames`.

    Args:
        samples: shape (frames,).
        at_frames: moments, at least BEFORE, and below the last but TAPS - BEFORE.
    """
    whole = np.floor(at_frames)
    phase = np.rint((at_frames - whole) * PHASES).astype(np.intp)
    windows = np.lib.stride_tricks.sliding_window_view(samples, TAPS)
    taken = windows[whole.astype(np.intp) - BEFORE]
    return np.asarray(np.einsum("...k,...k->...", taken, kernels()[phase]), np.float32)


def scatter(
    at_frames: NDArray[np.float64], sizes: NDArray[np.float64], frames: int
) -> NDArray[np.float32]:
    """Returns impulses of several sizes at any moments, laid in rows, shape (rows, frames).

    Args:
        at_frames: moments of the impulses, shape (impulses,), at least 0.
        sizes: of each impulse in each row, shape (rows, impulses).
        frames: length of the rows; what does not fit is left out.
    """
    whole = np.floor(at_frames).astype(np.intp)
    phase = np.rint((at_frames - whole) * PHASES).astype(np.intp)
    places = whole[:, np.newaxis] + np.arange(TAPS) - BEFORE
    fits = (places >= 0) & (places < frames)
    shape = np.where(fits, kernels()[phase], 0)
    flat = np.where(fits, places, 0).ravel()
    rows = [np.bincount(flat, (row[:, np.newaxis] * shape).ravel(), frames) for row in sizes]
    return np.asarray(rows, np.float32)
