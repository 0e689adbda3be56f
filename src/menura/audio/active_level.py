"""The active speech level after ITU-T P.56, method B: how loud speech is while it is heard.

Pauses do not count. What tells them from speech is an envelope of the sound against a threshold
15.9 dB below the level itself, so that the level is where both conditions meet (clause 7).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.fir import FirBank
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio.audio import Audio

SILENCE = float("-inf")
_SMOOTHING_S = 0.03
_HANGOVER_S = 0.2
_MARGIN_DB = 15.9
# Full scale 1: 15 thresholds an octave apart, from the smallest step of 16 bits to one half.
_THRESHOLDS = 2.0 ** np.arange(-15, 0)
# Smoothing twice rings as (k + 1) exp(-k) after k times its constant: 4e-8 after 20 of them.
_RESPONSE_CONSTANTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveLevel:
    """How loud speech is. Silence is minus infinity.

    Attributes:
        active_db: root mean square while speech is active, dB of a full-scale square wave (dBov).
        rms_db: root mean square of all of it, dBov.
        activity: the share of the time in which speech is active, 0 to 1.
        peak: the largest magnitude of a sample, full scale 1.
    """

    active_db: float
    rms_db: float
    activity: float
    peak: float


class ActiveMeter:
    """Measures a stream of one channel; the answer does not depend on how it was cut.

    Args:
        rate: Hz of the blocks. P.56 measures in the band that the line carries: filter first.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._envelope = FirBank(*_smoothing(rate))
        self._held = np.zeros(math.ceil(_HANGOVER_S * rate))
        self._active_frames = np.zeros(len(_THRESHOLDS), np.int64)
        self._energy = 0.0
        self._frames = 0
        self._peak = 0.0

    def process(self, block: Audio) -> None:
        """Takes the next block.

        Raises:
            InvalidInput: if the block has another rate, or more than one channel.
        """
        if block.rate != self._rate or block.channels != 1:
            raise InvalidInput(
                f"expected 1 channel at {self._rate} Hz, not {block.channels} at {block.rate} Hz"
            )
        if not block.frames:
            return
        self._frames += block.frames
        self._energy += float(np.square(block.samples, dtype=np.float64).sum())
        magnitude = np.abs(block.samples)
        self._peak = max(self._peak, float(magnitude.max()))
        for filtered in self._envelope.process(magnitude):
            self._active_frames += self._counted(filtered[0, 0])
            self._held = np.concatenate([self._held, filtered[0, 0]])[-len(self._held) :]

    def level(self) -> ActiveLevel:
        """Returns the level of all that was taken so far; more may follow."""
        rest = self._envelope.rest(0)[0, 0]
        active_frames = self._active_frames + self._counted(rest)
        if not self._frames or not self._energy:
            return ActiveLevel(active_db=SILENCE, rms_db=SILENCE, activity=0.0, peak=self._peak)
        rms_db = 10 * math.log10(self._energy / self._frames)
        active_db = self._meeting(active_frames)
        activity = 10 ** ((rms_db - active_db) / 10) if active_db > SILENCE else 0.0
        return ActiveLevel(
            active_db=active_db, rms_db=rms_db, activity=min(1.0, activity), peak=self._peak
        )

    def _counted(self, envelope: NDArray[np.float64]) -> NDArray[np.int64]:
        """Returns at how many of these frames each threshold is, or was of late, exceeded.

        A count that goes on for the hangover after the last excess is a count of the running
        maximum over that time.
        """
        highest = _running_max(np.concatenate([self._held, envelope]), len(self._held) + 1)
        reached = np.searchsorted(_THRESHOLDS, highest, side="right")
        exact = np.bincount(reached, minlength=len(_THRESHOLDS) + 1)[1:]
        result: NDArray[np.int64] = exact[::-1].cumsum()[::-1].astype(np.int64)
        return result

    def _meeting(self, active_frames: NDArray[np.int64]) -> float:
        """Returns where the level is the margin above the threshold, between two of them in dB."""
        heard = int(np.count_nonzero(active_frames))
        if not heard:
            return SILENCE
        level_db = 10 * np.log10(self._energy / active_frames[:heard])
        distance_db = level_db - 20 * np.log10(_THRESHOLDS[:heard])
        over = np.flatnonzero(distance_db <= _MARGIN_DB)
        if not len(over):
            return float(level_db[-1])
        after = int(over[0])
        if after == 0:
            return float(level_db[0])
        span_db = distance_db[after - 1] - distance_db[after]
        share = (distance_db[after - 1] - _MARGIN_DB) / span_db
        return float(level_db[after - 1] + share * (level_db[after] - level_db[after - 1]))


def _smoothing(rate: int) -> tuple[NDArray[np.float64], int, int]:
    """The response of P.56's two exponential averages in a row, shape (1, taps), for `FirBank`."""
    decay = math.exp(-1 / (rate * _SMOOTHING_S))
    n = np.arange(math.ceil(_RESPONSE_CONSTANTS * _SMOOTHING_S * rate))
    response = (1 - decay) ** 2 * (n + 1) * decay**n
    return response[None], 1, int(2 ** math.ceil(math.log2(len(n) * 4)))


def _running_max(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Returns the maximum of each `width` values in a row, shape (len(values) - width + 1,).

    M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
    octagonal kernels", Pattern Recognition Letters 13 (1992): maxima from both ends of blocks.
    """
    count = len(values) - width + 1
    rows = np.pad(values, (0, -len(values) % width)).reshape(-1, width)
    forward = np.maximum.accumulate(rows, axis=1).ravel()
    backward = np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    result: NDArray[np.float64] = np.maximum(
        backward[:count], forward[width - 1 : width - 1 + count]
    )
    return result
