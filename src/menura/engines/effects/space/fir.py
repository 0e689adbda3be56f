"""Filters of streams whose blocks may have any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import windows
from menura.engines.effects.space.transforms import backward, forward

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEP_FRAMES = 1024
_LENGTHS, _AT_ONCE = 4, 8
"""A transform is so many times as long as the responses, and so many are made at once: four rows
together take little more time than one."""


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
        self._outputs = rows.shape[1]
        self._last = np.zeros((rows.shape[0], rows.shape[2] - 1), np.float32)

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the outputs, shape (outputs, frames), for a block (inputs, frames)."""
        frames, kept = block.shape[1], self._last.shape[1]
        hop = -(-_LENGTHS * (kept + 1) // _STEP_FRAMES) * _STEP_FRAMES - kept
        # Of what is longer, several hops are transformed at once.
        hops = -(-frames // hop) if frames > 2 * hop else 1
        window = np.zeros((len(block), kept + (hops * hop if hops > 1 else frames)), np.float32)
        window[:, :kept] = self._last
        window[:, kept : kept + frames] = block
        self._last = window[:, frames : frames + kept].copy()
        if not window.any():
            return np.zeros((self._outputs, frames), np.float32)
        if hops == 1:
            return self._filtered(window[:, np.newaxis])[:, :frames]
        rows = windows(window, kept + hop, hop)
        pieces = [self._filtered(rows[:, at : at + _AT_ONCE]) for at in range(0, hops, _AT_ONCE)]
        return np.concatenate(pieces, axis=1)[:, :frames]

    def _filtered(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns what new frames of windows (inputs, hops, frames) give, (outputs, frames)."""
        inputs, hops, frames = rows.shape
        spectra, size = transform(rows.reshape(inputs * hops, frames))
        responses = self._responses.spectra(size)
        mixed = np.zeros((self._outputs, hops, spectra.shape[-1]), np.complex64)
        for own, answers in zip(spectra.reshape(inputs, hops, -1), responses, strict=True):
            for output, answer in enumerate(answers):
                mixed[output] += own * answer
        heard = backward(mixed.reshape(self._outputs * hops, -1), size)
        new = heard.reshape(self._outputs, hops, size)[:, :, self._last.shape[1] : frames]
        return new.reshape(self._outputs, -1)
