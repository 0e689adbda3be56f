"""The circle: a sound's levels folded to one period of the mark, so that its repeats add up."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.features import FRAME_S, PADDING, STEPS, Stretch
from menura.safeguards.watermark.layout import LAYOUT
from menura.safeguards.watermark.places import BINS, BINS_PER_CELL, Hit, Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

BIN_S = LAYOUT.period_s / BINS
# The share of each quarter of a cell: windows of embedder and detector blur its edges. 3 % more
# on pitch-shifted speech than equal shares, 1 % more on clean sound.
PULSE = (0.65, 1.0, 1.0, 0.65)


def fold(
    stretch: Stretch, columns: list[NDArray[np.float32]], points: Points
) -> NDArray[np.float32]:
    """Returns the levels on the circle of one period, shape (points, bands, BINS).

    The pattern's time is the sound's time times the rate, counted from the sound's start, so
    that circles of several stretches may be added.

    Args:
        stretch: the levels.
        columns: their running sums, as `columns_of` gives them.
        points: rates and shifts to fold at.
    """
    frames = len(stretch.levels)
    first_s = float(stretch.centres_s[0])
    circles = np.zeros((len(points), LAYOUT.bands, BINS), np.float32)
    for index, (rate, shift) in enumerate(zip(points.rates, points.shifts, strict=True)):
        first = math.floor(first_s * rate / BIN_S)
        last = math.ceil((first_s + frames * FRAME_S) * rate / BIN_S)
        # The sum of all frames in each bin: the difference of running sums at its two edges.
        edges_s = np.arange(first, last + 1) * (BIN_S / rate) - first_s
        edges = np.clip(np.rint(edges_s / FRAME_S).astype(np.intp), 0, frames)
        sums = band_columns(columns, float(shift))[edges]
        lead = first % BINS
        laps = -(-(lead + len(sums) - 1) // BINS)
        padded = np.zeros((laps * BINS, LAYOUT.bands), np.float32)
        np.subtract(sums[1:], sums[:-1], out=padded[lead : lead + len(sums) - 1])
        circles[index] = padded.reshape(laps, BINS, LAYOUT.bands).sum(axis=0).T
    return circles


def cells_of(circle: NDArray[np.float32], offset: int) -> NDArray[np.float32]:
    """Returns the sum of the levels in each cell of the pattern, shape (cells, bands).

    Args:
        circle: shape (bands, BINS).
        offset: which bin of the circle the pattern begins at.
    """
    turned = np.roll(circle, -offset, axis=1)
    return np.asarray(
        (turned.reshape(LAYOUT.bands, LAYOUT.cells, BINS_PER_CELL) @ np.array(PULSE, np.float32)).T
    )


def circle_at(
    stretch: Stretch, columns: list[NDArray[np.float32]], hit: Hit
) -> NDArray[np.float32]:
    """Returns the levels on the circle where a hit lies, shape (bands, BINS)."""
    point = Points(np.array([hit.rate]), np.array([hit.shift]))
    return np.asarray(fold(stretch, columns, point)[0])


def columns_of(stretch: Stretch) -> list[NDArray[np.float32]]:
    """Returns the running sums of the levels, shape (frames + 1, columns), for `fold`.

    There is one array for each third of a band, so that whole bands lie side by side.
    """
    sums = np.zeros((len(stretch.levels) + 1, stretch.levels.shape[1]), np.float32)
    np.cumsum(stretch.levels, axis=0, out=sums[1:])
    return [np.ascontiguousarray(sums[:, phase::STEPS]) for phase in range(STEPS)]


def band_columns(columns: list[NDArray[np.float32]], shift: float) -> NDArray[np.float32]:
    """Returns the bands' own columns, shape (rows, bands), of those that `columns_of` gives.

    Between two columns it is their mean.
    """
    sides = []
    for column in {math.floor(shift), math.ceil(shift)}:
        start, phase = divmod(PADDING + column, STEPS)
        sides.append(columns[phase][:, start : start + LAYOUT.bands])
    return sides[0] if len(sides) == 1 else (sides[0] + sides[1]) * np.float32(0.5)
