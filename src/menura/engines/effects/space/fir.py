"""Filters of streams whose blocks may have any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.space.transforms import backward, forward

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP_FRAMES = 1024


class Responses:
    """Short responses to be laid over windows of sound, by FFT.

    Args:
        rows: shape (..., taps).
    """

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    @property
    def taps(self) -> int:
        """Length of the responses."""
        return int(self._rows.shape[-1])

    def spectra(self, size: int) -> NDArray[np.complex64]:
        """Returns their spectra for transforms of one length, shape (..., bins)."""
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._rows, size).astype(np.complex64)
        return self._spectra[size]


def transform(window: NDArray[np.float32]) -> tuple[NDArray[np.complex64], int]:
    """Returns the spectrum of a window, shape (..., bins), and the transform's length."""
    size = -(-window.shape[-1] // _STEP_FRAMES) * _STEP_FRAMES
    return forward(window, size), size


class Matrix:
    """Sends every input to every output through a short response of its own; no delay.

    Args:
        rows: shape (inputs, outputs, taps).
    """

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._responses = Responses(rows)
        self._last = np.zeros((rows.shape[0], rows.shape[2] - 1), np.float32)

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the outputs, shape (outputs, frames), for a block (inputs, frames)."""
        window = np.concatenate([self._last, block], axis=1)
        kept = self._last.shape[1]
        self._last = window[:, window.shape[1] - kept :]
        if not window.any():
            outputs = self._responses.spectra(_STEP_FRAMES).shape[1]
            return np.zeros((outputs, block.shape[1]), np.float32)
        spectra, size = transform(window)
        mixed = (spectra[:, np.newaxis] * self._responses.spectra(size)).sum(axis=0)
        return backward(mixed, size)[:, kept : kept + block.shape[1]]
