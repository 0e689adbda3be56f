"""Looking for a key's pilot at every offset, speed and pitch.

At each point of the search (a rate, a shift) the levels are folded onto a circle one period
long, and correlated with the pilots of all keys at all offsets by FFT. The neighbourhoods of the
best places are then searched in finer steps. What the best find is worth is said by `evidence`,
with every place counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.evidence import chance
from menura.safeguards.watermark.features import FRAME_S, PADDING, STEPS, Stretch
from menura.safeguards.watermark.layout import LAYOUT, KeyedChips, chip_sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

BINS_PER_CELL = 4
BINS = LAYOUT.cells * BINS_PER_CELL  # of 12 ms
BIN_S = LAYOUT.period_s / BINS
SHIFTS_PER_OCTAVE = LAYOUT.bands_per_octave * STEPS
_RATE_STEP = 1.0065
_SLOWEST, _FASTEST = 0.49, 2.04
_WIDEST_SHIFT = 12
_WAVES = 144  # of 169: beyond 36 Hz a 24 ms window has smoothed the cells away
_BATCH = 16  # points at once: their circles stay in the cache, their products below BLAS threads
_CANDIDATES = 3  # best places of a key whose neighbourhood is searched
_REFINE_P = 1.0  # places this unlikely are worth a closer look; half of unmarked sounds have none
# The share of each quarter of a cell: windows of embedder and detector blur its edges. 3 % more
# on pitch-shifted speech than equal shares, 1 % more on clean sound.
_PULSE = np.array([0.65, 1.0, 1.0, 0.65], np.float32)


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


class Search:
    """A search for some keys.

    Args:
        keys: the chips of the keys that may be in the sound.
    """

    def __init__(self, keys: Sequence[KeyedChips]) -> None:
        self._keys = keys
        self._pilots = _pilot_waves([key.pilot() for key in keys])

    @property
    def circle_shape(self) -> tuple[int, int]:
        """The shape of one point's folded levels."""
        return LAYOUT.bands, BINS

    def run(
        self, stretch: Stretch, columns: list[NDArray[np.float32]], points: Points
    ) -> list[Hit]:
        """Returns the best hit of each key in the stretch; `columns` are its `columns_of`."""
        found: list[list[Hit]] = [[] for _ in self._keys]
        for batch in points.batches():
            circles = fold(stretch, columns, batch)
            for key, hits in enumerate(self._tops(circles, batch)):
                found[key] = sorted([*found[key], *hits], key=_score)[-_CANDIDATES:]
        best = []
        for key, candidates in enumerate(found):
            hits = [self._judged(stretch, columns, hit, key, points) for hit in candidates]
            best.append(min(hits, key=lambda hit: hit.p))
        return best

    def best(self, circles: NDArray[np.float32], points: Points) -> list[Hit]:
        """Returns the best hit of each key in levels folded at `points`."""
        best = []
        for key, hits in enumerate(self._tops(circles, points)):
            hit = max(hits, key=_score)
            at = int(np.flatnonzero(points.shifts == hit.shift)[0])
            chips = self.chips(cells_of(circles[at], hit.offset), key)
            best.append(_with_p(hit, chance(chips, points.trials)))
        return best

    def chips(self, cells: NDArray[np.float32], key: int) -> NDArray[np.float32]:
        """Returns the pilot's chips in cells, times the key's signs, shape (pilot chips,)."""
        chips = self._keys[key]
        return np.delete(chip_sums(cells) * chips.signs, chips.payload).astype(np.float32)

    def _judged(
        self,
        stretch: Stretch,
        columns: list[NDArray[np.float32]],
        hit: Hit,
        key: int,
        points: Points,
    ) -> Hit:
        """The hit with its p, or a better one close to it."""
        p = chance(self._chips_at(stretch, columns, hit, key), points.trials)
        if p >= _REFINE_P:
            return _with_p(hit, p)
        near = refined_points(hit)
        finer = max(self._tops(fold(stretch, columns, near), near)[key], key=_score)
        trials = points.trials * len(near)
        finer_p = chance(self._chips_at(stretch, columns, finer, key), trials)
        # The coarse places and the fine ones are two tests.
        return _with_p(*min((hit, 2 * p), (finer, 2 * finer_p), key=lambda pair: pair[1]))

    def _chips_at(
        self, stretch: Stretch, columns: list[NDArray[np.float32]], hit: Hit, key: int
    ) -> NDArray[np.float32]:
        return self.chips(cells_of(circle_at(stretch, columns, hit), hit.offset), key)

    def _tops(self, circles: NDArray[np.float32], points: Points) -> list[list[Hit]]:
        """The best hits of each key, one for each of its best points, not yet judged."""
        scores = self._correlate(circles)
        offsets = scores.argmax(axis=0)
        best = scores.max(axis=0)
        return [
            [
                Hit(
                    score=float(best[point, key]),
                    p=1.0,
                    rate=float(points.rates[point]),
                    shift=float(points.shifts[point]),
                    offset=int(offsets[point, key]),
                )
                for point in np.argsort(best[:, key])[-_CANDIDATES:]
            ]
            for key in range(len(self._keys))
        ]

    def _correlate(self, circles: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scores at all offsets, shape (BINS, points, keys); circles as `fold` gives them."""
        from scipy.fft import irfft, rfft

        waves = rfft(circles, axis=2)[:, :, :_WAVES].transpose(2, 0, 1)
        norm = np.sqrt(np.square(circles).sum(axis=(1, 2))) + np.float32(1e-12)
        product = np.ascontiguousarray(waves / norm[:, None]) @ self._pilots
        return np.asarray(irfft(product, BINS, axis=0))


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
    return np.asarray((turned.reshape(LAYOUT.bands, LAYOUT.cells, BINS_PER_CELL) @ _PULSE).T)


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
    return sides[0] if len(sides) == 1 else (sides[0] + sides[1]) / 2


def _score(hit: Hit) -> float:
    return hit.score


def _with_p(hit: Hit, p: float) -> Hit:
    return replace(hit, p=min(1.0, p))


def _rates() -> NDArray[np.float64]:
    count = math.floor(math.log(_FASTEST / _SLOWEST) / math.log(_RATE_STEP)) + 1
    below = math.floor(-math.log(_SLOWEST) / math.log(_RATE_STEP))
    return np.asarray(_RATE_STEP ** (np.arange(count, dtype=np.float64) - below))


def _pilot_waves(pilots: list[NDArray[np.float32]]) -> NDArray[np.complex64]:
    """Conjugate spectra of pilots of unit energy, shape (waves, bands, pilots)."""
    from scipy.fft import rfft

    grid = np.repeat(np.stack(pilots), BINS_PER_CELL, axis=1)
    grid *= np.tile(_PULSE, LAYOUT.cells)[:, None]
    grid /= np.sqrt(np.square(grid).sum(axis=(1, 2), keepdims=True))
    return np.asarray(np.conj(rfft(grid, axis=1))[:, :_WAVES].transpose(1, 2, 0))
