"""Filters that run on streams without `scipy.signal`, whose import alone takes a second."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PIECE_FRAMES = 32
_MOST_FRAMES = 8192
"""At once: products of matrices so small are not shared out among threads by any library."""
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
        # y[n] = x[n] - (1 - p) sum p^(n-k) x[k] over a piece, and what pieces before left falls by
        # p^n: a product of matrices, which takes half the time of running sums.
        # (1 - p) is small, so that single precision does: it rounds 1e-7 of what is taken off.
        steps = np.arange(_PIECE_FRAMES)
        behind = steps - steps[:, None]
        heard = np.where(behind >= 0, (1 - pole) * pole ** np.maximum(behind, 0), 0.0)
        left = pole ** (steps + 1.0)
        self._matrix = np.concatenate([np.eye(_PIECE_FRAMES) - heard, -left[None]]).astype("f4")
        self._ends = heard[:, -1].astype(np.float32)
        self._pole = pole
        # So many frames at once that the powers over pieces stay below e^300.
        longest = max(1, int(-300 / math.log(pole) / _PIECE_FRAMES))
        self._stretch = _PIECE_FRAMES * min(longest, _MOST_FRAMES // _PIECE_FRAMES)
        self._falls = pole ** np.arange(0.0, self._stretch + 1, _PIECE_FRAMES)
        self._state = np.zeros(channels)

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the filtered samples, shape and length as given: (channels, frames)."""
        filtered = np.empty(samples.shape, np.float32)
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
            pieces = np.zeros((rows, _PIECE_FRAMES + 1), np.float32)
            whole = x.size // _PIECE_FRAMES
            rest = x.size - whole * _PIECE_FRAMES
            pieces[:whole, :-1] = x[: x.size - rest].reshape(whole, _PIECE_FRAMES)
            if rest:
                pieces[-1, :rest] = x[-rest:]
            # What the pieces before left, by a closed form over pieces.
            falls = self._falls[: rows + 1]
            states = np.empty(rows)
            states[0] = self._state[channel]
            np.divide((pieces[:, :-1] @ self._ends)[:-1], falls[1:-1], out=states[1:])
            np.cumsum(states, out=states)
            states *= falls[:-1]
            quiet = np.abs(states) < _INAUDIBLE
            if quiet.any():
                states[quiet & ~pieces.any(axis=1)] = 0.0
            pieces[:, -1] = states
            y = filtered[start : start + x.size]
            if rest:
                y[:] = (pieces @ self._matrix).reshape(-1)[: x.size]
            else:
                np.matmul(pieces, self._matrix, out=y.reshape(rows, _PIECE_FRAMES))
            count = rest or _PIECE_FRAMES
            fresh = pieces[-1, :count] @ self._ends[-count:]
            self._state[channel] = self._pole**count * states[-1] + float(fresh)
