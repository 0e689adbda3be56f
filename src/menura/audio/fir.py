"""Banks of finite impulse responses, applied to streams by overlap-save.

The FFT length depends on the filters only and the input is regrouped to it, so the result is
the same, bit for bit, however the stream was cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class FirBank:
    """Filters every channel of a stream with every response of a bank.

    Args:
        responses: shape (filters, taps).
        channels: channels of the stream.
        fft_frames: a power of two, several times the number of taps.
    """

    def __init__(self, responses: NDArray[np.float64], channels: int, fft_frames: int) -> None:
        self.taps = responses.shape[1]
        self._fft_frames = fft_frames
        self._hop = fft_frames - self.taps + 1
        self._spectra = np.fft.rfft(responses, fft_frames)[:, None, :]
        self._history = np.zeros((channels, self.taps - 1))
        self._waiting = np.zeros((channels, 0))

    def process(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
        """Yields what the new samples complete, as (filters, channels, frames).

        Args:
            samples: shape (channels, frames).
        """
        joined = np.concatenate([self._waiting, samples], axis=1)
        whole = joined.shape[1] // self._hop * self._hop
        self._waiting = joined[:, whole:]
        for start in range(0, whole, self._hop):
            piece = joined[:, start : start + self._hop]
            yield self._filtered(piece)
            self._history = np.concatenate([self._history, piece], axis=1)[:, -(self.taps - 1) :]

    def rest(self, tail_frames: int) -> NDArray[np.float64]:
        """Returns what is still waiting, then `tail_frames` of ringing; changes nothing."""
        size = self._waiting.shape[1]
        short = np.pad(self._waiting, ((0, 0), (0, self._hop - size)))
        return self._filtered(short)[:, :, : size + min(tail_frames, self._hop - size)]

    def _filtered(self, piece: NDArray[np.float64]) -> NDArray[np.float64]:
        window = np.concatenate([self._history, piece], axis=1)
        spectrum = np.fft.rfft(window) * self._spectra
        result: NDArray[np.float64] = np.fft.irfft(spectrum, self._fft_frames)
        return result[:, :, self.taps - 1 :]
