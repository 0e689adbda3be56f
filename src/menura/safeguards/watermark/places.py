"""Places in a sound where the mark may lie: speed, pitch and offset, and which are tried.

Nearly every change that is made to a sound on purpose is one of three: it is played faster or
slower, its pitch is shifted, or its tempo is stretched. Each is a line of points; every speed
with every pitch is a plane, ten times as large.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.features import STEPS
from menura.safeguards.watermark.layout import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BINS_PER_CELL = 4
BINS = LAYOUT.cells * BINS_PER_CELL  # offsets, 12 ms apart
SHIFTS_PER_OCTAVE = LAYOUT.bands_per_octave * STEPS
_RATE_STEP = 1.0065
_SLOWEST, _FASTEST = 0.49, 2.04
_WIDEST_SHIFT = 12
_BATCH = 16  # points at once: their circles stay in the cache, their products below BLAS threads


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """The best place for one key.

    Attributes:
        score: correlation, in units that mean nothing across sounds.
        p: a bound on how likely an unrelated key does as well in the same search.
        rate: how much faster than made the pattern runs.
        shift: how far up it lies, in 1/36 octaves, in halves.
        offset: which bin of the pattern lies at time 0, of BINS.
    """

    score: float
    p: float
    rate: float
    shift: float
    offset: int


@dataclass(frozen=True, slots=True)
class Points:
    """Where to look: `rates` and `shifts` (1/36 octaves, in halves), both of shape (points,)."""

    rates: NDArray[np.float64]
    shifts: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rates)

    @property
    def trials(self) -> int:
        """At how many places a key is tried."""
        return len(self) * BINS

    def batches(self) -> Iterator[Points]:
        """Returns the points in portions that are worked on at once."""
        for start in range(0, len(self), _BATCH):
            yield Points(self.rates[start:][:_BATCH], self.shifts[start:][:_BATCH])


def near_points() -> Points:
    """Returns the first step: nothing done to the speed, the pitch off by at most 1/36 octave."""
    return Points(np.ones(3), np.arange(-1.0, 2.0))


def line_points() -> Points:
    """Returns the second step: changed speed, changed pitch, or changed tempo."""
    rates, shifts = _rates(), np.arange(-2 * _WIDEST_SHIFT, 2 * _WIDEST_SHIFT + 1) / 2
    follow = np.rint(2 * SHIFTS_PER_OCTAVE * np.log2(rates)) / 2
    played = np.abs(follow) <= _WIDEST_SHIFT
    return Points(
        np.concatenate([rates[played], np.ones(shifts.size), rates]),
        np.concatenate([follow[played], shifts, np.zeros(rates.size)]),
    )


def all_points() -> Points:
    """Returns the third step: any speed with any pitch."""
    rates, shifts = _rates(), np.arange(-_WIDEST_SHIFT, _WIDEST_SHIFT + 1.0)
    return Points(np.repeat(rates, shifts.size), np.tile(shifts, rates.size))


def refined_points(hit: Hit) -> Points:
    """Returns the neighbourhood of a hit: rate +-0.64 % in 0.16 % steps, shift +-1/72 octave."""
    rates = hit.rate * (1 + 0.0016 * np.arange(-4, 5))
    shifts = np.clip(hit.shift + np.arange(-1, 2) / 2, -_WIDEST_SHIFT, _WIDEST_SHIFT)
    return Points(np.repeat(rates, 3), np.tile(shifts, 9))


def _rates() -> NDArray[np.float64]:
    count = math.floor(math.log(_FASTEST / _SLOWEST) / math.log(_RATE_STEP)) + 1
    below = math.floor(-math.log(_SLOWEST) / math.log(_RATE_STEP))
    return np.asarray(_RATE_STEP ** (np.arange(count, dtype=np.float64) - below))
