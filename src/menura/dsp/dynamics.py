"""Dynamics: limiters, a compressor, and the soft limits of analogue circuits."""

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
        self._begun = False
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
        is_first, self._begun = not self._begun, True
        if calm and peak.max() <= ceiling:
            return held[:, :count]
        wanted = np.minimum(0.0, self._ceiling_db - 20 * np.log10(np.maximum(peak, _SILENT)))
        if is_first:
            # A peak in the first 5 ms has its ramp before the beginning, where it is not heard.
            before = np.concatenate([np.zeros(self._ramp_db.size), wanted[: self._ahead - 1]])
            self._ramp_db = _sliding_min(before, self._ahead)[: self._ramp_db.size]
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
        self._gain = 1.0

    def gains(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the gain of each frame, shape (frames,), float32.

        Args:
            samples: the next of the mix, shape (channels, frames).
        """
        frames = samples.shape[1]
        if frames == 0:
            return np.zeros(0, np.float32)
        steps = -(-frames // self.STEP)
        if missing := steps * self.STEP - frames:
            samples = np.pad(samples, ((0, 0), (0, missing)))
        cells = samples.reshape(samples.shape[0], steps, self.STEP)
        powers = np.einsum("cst,cst->s", cells, cells) / (cells.shape[0] * self.STEP)
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
        gain = 10 ** (gain_db / 20)
        curve = _straight(self._gain, gain, self.STEP)[:frames]
        self._gain = float(gain[-1])
        return curve


class PeakGuard:
    """A fast leveller for one strip: its peaks are turned down to a ceiling, not clipped.

    The gain is worked out once in STEP frames, holds for HOLD_STEPS, which is longer than half a
    cycle of the lowest tones, and rises at `release_db_per_s`. It is straight between the steps,
    and each looks one step ahead; only at the end of a block it cannot: what then still stands out
    is cut off by `process`, and left to the next limiter by `gains`, which is linear.

    Args:
        rate: frames per second, Hz.
        ceiling_db: highest sample magnitude let through, dB re full scale.
        release_db_per_s: how fast the gain rises again.
    """

    STEP = 32
    HOLD_STEPS = 16

    def __init__(self, rate: int, ceiling_db: float, release_db_per_s: float = 120.0) -> None:
        self._ceiling_db = ceiling_db
        self._ceiling = 10 ** (ceiling_db / 20)
        self._rise_db = release_db_per_s * self.STEP / rate
        self._wanted_db = np.zeros(self.HOLD_STEPS)
        self._released_db = 0.0
        self._gain = 1.0

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the samples under the ceiling, shape (channels, frames).

        Args:
            samples: shape (channels, frames); the loudest channel leads.
        """
        if self._calm and (
            max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0))) <= self._ceiling
        ):
            return samples
        limited = samples * self.gains(samples)
        highest = np.float32(self._ceiling)
        return np.asarray(np.clip(limited, -highest, highest, out=limited))

    def gains(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the gain of each frame, shape (frames,), float32.

        Args:
            samples: shape (channels, frames); the loudest channel leads.
        """
        frames = samples.shape[1]
        if frames == 0:
            return np.ones(0, np.float32)
        steps = -(-frames // self.STEP)
        level = np.zeros(steps * self.STEP, np.float32)
        level[:frames] = np.abs(samples).max(axis=0)
        peak = level.reshape(steps, self.STEP).max(axis=1).astype(np.float64)
        wanted_db = np.minimum(0.0, self._ceiling_db - 20 * np.log10(np.maximum(peak, _SILENT)))
        joined = np.concatenate([self._wanted_db, wanted_db, wanted_db[-1:]])
        self._wanted_db = joined[steps : steps + self.HOLD_STEPS]
        lowest = _sliding_min(joined, self.HOLD_STEPS + 2)
        # As in Limiter._limit: a running minimum of lines.
        line = self._rise_db * np.arange(1, steps + 1)
        gain_db = np.minimum(np.minimum.accumulate(lowest - line), self._released_db) + line
        gain_db = np.minimum(gain_db, 0.0)
        self._released_db = float(gain_db[-1])
        gain = 10 ** (gain_db / 20)
        curve = _straight(self._gain, gain, self.STEP)[:frames]
        self._gain = float(gain[-1])
        return curve

    @property
    def _calm(self) -> bool:
        return self._gain == 1.0 and not self._wanted_db.any()


def saturate(samples: NDArray[np.float32], drive: float) -> NDArray[np.float32]:
    """Returns the samples as a circuit gives them that bends, not clips: any shape, float32.

    x / (1 + (d x)^4)^(1/4): odd, of unit slope at 0, so quiet sound keeps its level.

    Args:
        samples: any shape, float32.
        drive: 0 (nothing) or more: 1 / drive is the highest value that can come out.
    """
    if drive <= 0:
        return samples
    bent: NDArray[np.float32] = np.float32(drive) * samples
    np.square(np.square(bent, out=bent), out=bent)
    bent += 1
    np.sqrt(np.sqrt(bent, out=bent), out=bent)
    return np.divide(samples, bent, out=bent)


def _straight(before: float, ends: NDArray[np.float64], step: int) -> NDArray[np.float32]:
    """Returns straight lines from each value to the next, `step` frames each, from `before` on."""
    lines = np.empty((ends.size, 2), np.float32)
    lines[0, 0], lines[1:, 0] = before, ends[:-1]
    lines[0, 1] = ends[0] - before
    np.subtract(ends[1:], ends[:-1], out=lines[1:, 1], casting="same_kind")
    # A product of matrices takes a quarter of the time that short rows do.
    shares = np.arange(1, step + 1, dtype=np.float32) / np.float32(step)
    return np.asarray((lines @ np.stack([np.ones_like(shares), shares])).reshape(-1), np.float32)


def _running_mean(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Returns the means of each `width` neighbours: `width` - 1 values fewer than `x`."""
    sums: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(x)])
    return np.asarray((sums[width:] - sums[:-width]) / width)


def _sliding_min(x: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Returns min(x[n : n + width]) for each n that has them all (van Herk, 1992)."""
    count = x.size - width + 1
    padded = np.full(-(-x.size // width) * width, np.inf)
    padded[: x.size] = x
    rows = padded.reshape(-1, width)
    prefix = np.minimum.accumulate(rows, axis=1).ravel()
    suffix = np.minimum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    lowest: NDArray[np.float64] = np.minimum(suffix[:count], prefix[width - 1 : width - 1 + count])
    return lowest
