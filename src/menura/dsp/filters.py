"""Filters that run on streams without `scipy.signal`, whose import alone takes a second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE_FRAMES = 256
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
        # powers stay below e^0.2 for a corner of 5 Hz, and below e^16 for any up to rate / 100.
        # (1 - p) is small, so that single precision does: it rounds 1e-7 of what is taken off.
        steps = np.arange(1, _PIECE_FRAMES + 1)
        self._falling = (pole**steps).astype(np.float32)
        self._rising = ((1 - pole) * pole ** (-steps.astype(np.float64))).astype(np.float32)
        self._pole = pole
        # So many frames at once that the powers over pieces stay below e^300.
        self._stretch = _PIECE_FRAMES * max(1, int(-300 / math.log(pole) / _PIECE_FRAMES))
        self._state = np.zeros(channels)

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the filtered samples, shape and length as given: (channels, frames)."""
        filtered = np.empty_like(samples)
        for channel, sound in enumerate(samples):
            if self._state[channel] or sound.any():
                self._filter(channel, sound, filtered[channel])
            else:
                filtered[channel] = 0.0
        return filtered

    def _filter(
        self, channel: int, sound: NDArray[np.float32], filtered: NDArray[np.float32]
    ) -> None:
        """Filters one channel, shape (frames,), in rows of a piece each."""
        for start in range(0, sound.size, self._stretch):
            x = sound[start : start + self._stretch]
            rows = -(-x.size // _PIECE_FRAMES)
            padded = np.zeros((rows, _PIECE_FRAMES), np.float32)
            padded.reshape(-1)[: x.size] = x
            silent = ~padded.any(axis=1)
            padded *= self._rising
            slow = np.cumsum(padded, axis=1, out=padded)
            # What the pieces before left, by the same closed form over pieces.
            falls = self._pole ** (_PIECE_FRAMES * np.arange(rows))
            ends = np.cumsum(slow[:-1, -1] / falls[:-1])
            states = falls * (self._state[channel] + np.concatenate([[0.0], ends]))
            states[silent & (np.abs(states) < _INAUDIBLE)] = 0.0
            slow += states[:, None].astype(np.float32)
            slow *= self._falling
            np.subtract(x, slow.reshape(-1)[: x.size], out=filtered[start : start + x.size])
            self._state[channel] = float(slow[-1, (x.size - 1) % _PIECE_FRAMES])
