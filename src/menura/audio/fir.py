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

_AT_ONCE = 4
"""Hops that are worked on together: transforms of several rows are quicker, row for row."""


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
        spectra = np.fft.rfft(responses, fft_frames).astype(np.complex64)
        self._spectra = spectra[:, None, None, :]
        # The last taps - 1 frames, and behind them what waits for a whole hop.
        self._held = np.zeros((channels, self.taps - 1), np.float32)

    def process(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        """Yields what the new samples complete, as (filters, channels, frames).

        Args:
            samples: shape (channels, frames).
        """
        joined = np.concatenate([self._held, samples], axis=1)
        hops = (joined.shape[1] - self.taps + 1) // self._hop
        self._held = joined[:, hops * self._hop :].copy()
        if hops:
            windows = np.lib.stride_tricks.sliding_window_view(joined, self._fft_frames, axis=1)
            for start in range(0, hops, _AT_ONCE):
                rows = windows[:, start * self._hop : hops * self._hop : self._hop][:, :_AT_ONCE]
                yield self._filtered(rows)

    def rest(self, tail_frames: int) -> NDArray[np.float32]:
        """Returns what is still waiting, then `tail_frames` of ringing; changes nothing."""
        size = self._held.shape[1] - self.taps + 1
        short = np.pad(self._held, ((0, 0), (0, self._hop - size)))
        return self._filtered(short[:, None])[:, :, : size + min(tail_frames, self._hop - size)]

    def _filtered(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filters (channels, hops, fft_frames): returns (filters, channels, frames)."""
        # Scaled both ways, `ortho`: so numpy works single precision out in single precision.
        spectrum = np.fft.rfft(windows, norm="ortho") * self._spectra
        result = np.fft.irfft(spectrum, self._fft_frames, norm="ortho")[..., self.taps - 1 :]
        return np.asarray(result.reshape(*result.shape[:2], -1), np.float32)
