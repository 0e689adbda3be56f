"""Dynamics: a look-ahead limiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK_AHEAD_S = 0.005
RELEASE_DB_PER_S = 60.0
_SILENT = 1e-9


class Limiter:
    """A look-ahead limiter with a side chain: the peaks of some channels turn down all of them.

    The gain falls along a ramp that ends where the peak is, so no sample of the controlling
    channels exceeds the ceiling, and rises again at a constant rate in dB. It is linear in the
    channels that do not control, so stems limited with their mix still add up to it.

    Args:
        rate: frames per second, Hz.
        ceiling_db: highest sample magnitude let through, dB re full scale.
        channels: channels of the sound.
        control: how many of the first channels control the gain.
    """

    def __init__(self, rate: int, ceiling_db: float, channels: int, control: int) -> None:
        self._half = max(1, round(LOOK_AHEAD_S * rate / 2))
        self._ahead = 2 * self._half
        self._ceiling_db = ceiling_db
        self._control = control
        self._slope_db = RELEASE_DB_PER_S / rate
        self._held = np.zeros((channels, 0), np.float32)
        self._released_db = 0.0
        self._ramp_db = np.zeros(self._ahead - 2)
        self.reduction_db = 0.0
        """The largest gain reduction so far, dB (0 or more)."""

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the next limited samples, at most 5 ms behind the input.

        Args:
            samples: shape (channels, frames), float32, control channels first.
        """
        held = np.concatenate([self._held, samples], axis=1)
        done = held.shape[1] - self._ahead + 1
        if done <= 0:
            self._held = held
            return held[:, :0]
        self._held = held[:, done:]
        return self._limit(held, done)

    def finish(self) -> NDArray[np.float32]:
        """Returns what is still held back; after it the output is as long as the input."""
        held, self._held = self._held, self._held[:, :0]
        if held.shape[1] == 0:
            return held
        return self._limit(np.pad(held, ((0, 0), (0, self._ahead - 1))), held.shape[1])

    def _limit(self, held: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """Limits the first `count` frames of `held`, which looks `ahead - 1` frames further."""
        peak = np.abs(held[: self._control]).max(axis=0)
        ceiling = 10 ** (self._ceiling_db / 20)
        calm = self._released_db == 0 and not self._ramp_db.any()
        if calm and peak.max() <= ceiling:
            return held[:, :count]
        wanted = np.minimum(0.0, self._ceiling_db - 20 * np.log10(np.maximum(peak, _SILENT)))
        lowest = _sliding_min(wanted, self._ahead)[:count]
        # r[n] = min(lowest[n], r[n-1] + slope) in closed form: a running minimum of lines.
        line = self._slope_db * np.arange(1, count + 1)
        start = self._released_db
        released = np.minimum(np.minimum.accumulate(lowest - line), start) + line
        released = np.minimum(released, 0.0)
        self._released_db = float(released[-1])
        gain_db = self._smooth(released)
        self.reduction_db = max(self.reduction_db, -float(gain_db.min()))
        gain = (10 ** (gain_db / 20)).astype(np.float32)
        return held[:, :count] * gain

    def _smooth(self, gain_db: NDArray[np.float64]) -> NDArray[np.float64]:
        """Two running means of half the look-ahead each: a causal triangle, state carried over."""
        joined = np.concatenate([self._ramp_db, gain_db])
        self._ramp_db = joined[gain_db.size :]
        return _running_mean(_running_mean(joined, self._half), self._half)


def _running_mean(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Returns the means of each `width` neighbours: `width` - 1 values fewer than `x`."""
    sums: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(x)])
    return np.asarray((sums[width:] - sums[:-width]) / width)


def _sliding_min(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Returns min(x[n : n + width]) for each n that has them all (van Herk, 1992)."""
    count = x.size - width + 1
    pad = -x.size % width
    rows = np.pad(x, (0, pad), constant_values=np.inf).reshape(-1, width)
    prefix = np.minimum.accumulate(rows, axis=1).ravel()
    suffix = np.minimum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    lowest: NDArray[np.float64] = np.minimum(suffix[:count], prefix[width - 1 : width - 1 + count])
    return lowest
