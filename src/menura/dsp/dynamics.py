"""Dynamics: a look-ahead limiter, a compressor, and the soft limits of analogue circuits."""

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


class Compressor:
    """A compressor that turns down a whole mix, and alike whatever is part of it.

    The level is the power over `attack_s`, held by a fall of `release_db_per_s`; above the
    threshold it grows by 1 / ratio, with a soft knee (Giannoulis, Massberg, Reiss, "Digital dynamic
    range compressor design", JAES 60(6), 2012, equation 4). The gain is worked out once in STEP
    frames and is straight between.

    Args:
        rate: frames per second, Hz.
        threshold_db: level (rms re full scale) from which on it works.
        ratio: 1 (nothing) or more.
        attack_s: length of the window over which the level is taken.
        release_db_per_s: how fast the held level may fall.
        knee_db: width of the bend around the threshold.
    """

    STEP = 64

    def __init__(
        self,
        rate: int,
        *,
        threshold_db: float,
        ratio: float,
        attack_s: float = 0.02,
        release_db_per_s: float = 40.0,
        knee_db: float = 6.0,
    ) -> None:
        self._threshold_db = threshold_db
        self._slope = 1 / ratio - 1
        self._knee_db = knee_db
        self._width = max(1, round(attack_s * rate / self.STEP))
        self._fall_db = release_db_per_s * self.STEP / rate
        self._powers = np.zeros(self._width - 1)
        self._held_db = -200.0
        self._gain_db = 0.0

    def gains(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the gain of each frame, shape (frames,), float32.

        Args:
            samples: the next of the mix, shape (channels, frames).
        """
        frames = samples.shape[1]
        if frames == 0:
            return np.zeros(0, np.float32)
        steps = -(-frames // self.STEP)
        padded = np.pad(samples, ((0, 0), (0, steps * self.STEP - frames)))
        powers = (padded.reshape(samples.shape[0], steps, self.STEP) ** 2).mean(axis=(0, 2))
        joined = np.concatenate([self._powers, powers])
        self._powers = joined[joined.size - self._width + 1 :]
        level_db = 10 * np.log10(np.maximum(_running_mean(joined, self._width), 1e-20))
        # held[n] = max(level[n], held[n-1] - fall) in closed form: a running maximum of lines.
        line = self._fall_db * np.arange(1, steps + 1)
        held_db = np.maximum(np.maximum.accumulate(level_db + line), self._held_db) - line
        self._held_db = float(held_db[-1])
        over = np.clip(held_db - self._threshold_db + self._knee_db / 2, 0, None)
        bent = np.minimum(over, self._knee_db)
        gain_db = self._slope * (bent**2 / (2 * self._knee_db) + over - bent)
        points = np.concatenate([[self._gain_db], gain_db])
        self._gain_db = float(gain_db[-1])
        places = np.arange(1, frames + 1) / self.STEP
        curve_db = np.interp(places, np.arange(steps + 1), points)
        return np.asarray(10 ** (curve_db / 20), np.float32)


def saturate(samples: NDArray[np.float32], drive: float) -> NDArray[np.float32]:
    """Returns the samples as a circuit gives them that bends, not clips: any shape, float32.

    x / (1 + |d x|^3)^(1/3): odd, of unit slope at 0, so quiet sound keeps its level.

    Args:
        samples: any shape, float32.
        drive: 0 (nothing) or more: 1 / drive is the highest value that can come out.
    """
    if drive <= 0:
        return samples
    bent: NDArray[np.float32] = samples / np.cbrt(1 + np.abs(np.float32(drive) * samples) ** 3)
    return bent


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
