"""Peaks of a waveform, also those between its samples (BS.1770-4, annex 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TAPS = 48
_KAISER = 5.0
_ROW_FRAMES = 16
_ROWS = 256
_CHUNK_FRAMES = _ROWS * _ROW_FRAMES
"""What is worked on at once: always so much, so that sums are made in the same order anywhere."""


class TruePeak:
    """The highest point of the waveform between samples, four times oversampled, of a stream.

    The three filters are a product of matrices, rows of samples with shifted taps: at these lengths
    it is quicker than transforms. Sound too soft for its overshoots to count is passed over.

    Args:
        channels: of the stream.
    """

    def __init__(self, channels: int) -> None:
        taps = interpolator()
        matrix = np.zeros((_ROW_FRAMES + _TAPS - 1, _ROW_FRAMES, len(taps)), np.float32)
        for step in range(_ROW_FRAMES):
            matrix[step : step + _TAPS, step] = taps.T[::-1]
        self._matrix = matrix.reshape(len(matrix), -1)
        self._overshoot = float(np.abs(taps).sum(axis=1).max()) * (1 + 1e-5)
        # The last taps - 1 frames, and behind them what waits for a whole chunk.
        self._held = np.zeros((channels, _TAPS - 1), np.float32)
        self._highest = 0.0

    def process(self, samples: NDArray[np.float32]) -> None:
        """Takes the next samples, shape (channels, frames)."""
        joined = np.concatenate([self._held, samples], axis=1)
        chunks = (joined.shape[1] - _TAPS + 1) // _CHUNK_FRAMES
        for start in range(0, chunks * _CHUNK_FRAMES, _CHUNK_FRAMES):
            for channel in joined[:, start : start + _CHUNK_FRAMES + _TAPS - 1]:
                self._highest = max(self._highest, self._between(channel, self._highest))
        self._held = joined[:, chunks * _CHUNK_FRAMES :].copy()

    def highest(self) -> float:
        """Returns the peak between samples of all that was taken, and its ringing; linear."""
        length = self._held.shape[1]
        padded = np.zeros((len(self._held), 2 * _CHUNK_FRAMES + _TAPS - 1), np.float32)
        padded[:, :length] = self._held
        highest = self._highest
        for start in (0, _CHUNK_FRAMES):
            for channel in padded[:, start : start + _CHUNK_FRAMES + _TAPS - 1]:
                highest = max(highest, self._between(channel, highest))
        return highest

    def _between(self, sound: NDArray[np.float32], least: float) -> float:
        """Returns the peak of a chunk of one channel; 0 if it is surely below `least`."""
        if peak(sound) * self._overshoot <= least:
            return 0.0
        rows = np.ascontiguousarray(windows(sound, len(self._matrix), _ROW_FRAMES))
        return peak(rows @ self._matrix)


def peak(samples: NDArray[np.float32]) -> float:
    """Returns the largest magnitude; 0 for nothing."""
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


def interpolator() -> NDArray[np.float64]:
    """Returns the three filters between samples of a four times oversampler, shape (3, taps).

    A sinc cut at half the rate under a Kaiser window; each sums to one.
    """
    shift = np.array([[0.25], [0.5], [0.75]])
    position = np.arange(_TAPS) - (_TAPS // 2 - 1) - shift
    reach = np.clip(1 - np.square(position / (_TAPS / 2)), 0, 1)
    taps = np.sinc(position) * np.i0(_KAISER * np.sqrt(reach))
    result: NDArray[np.float64] = taps / taps.sum(axis=1, keepdims=True)
    return result
