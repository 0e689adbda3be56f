"""Looking for a key's pilot at every offset, speed and pitch, and what the find is worth.

At each point of the search (a rate, a shift) the levels are folded onto a circle one period
long, and correlated with the pilots of all keys at all offsets by FFT. Wrong keys take part in
the same search on the same sound: their best scores say what chance achieves here, and give the
p-value (Gumbel's law of maxima, fitted by moments).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.features import FRAME_S, PADDING, STEPS, Stretch
from menura.safeguards.watermark.layout import LAYOUT, expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

BINS_PER_CELL = 4
BINS = LAYOUT.cells * BINS_PER_CELL  # of 12 ms
BIN_S = LAYOUT.period_s / BINS
SHIFTS_PER_OCTAVE = LAYOUT.bands_per_octave * STEPS
WRONG_KEYS = 64  # 16 are too few for the fit: 2e-3 where it says 1e-3
_RATE_STEP = 1.0065
_SLOWEST, _FASTEST = 0.49, 2.04
_WIDEST_SHIFT = 12
_WAVES = 144  # of 169: beyond 36 Hz a 24 ms window has smoothed the cells away
# Points at once: OpenBLAS starts threads above 65,536 complex multiplications, which for so many
# small products costs up to thirty times what it saves when another process wants the cores.
_BATCH = 65_536 // (LAYOUT.bands * (WRONG_KEYS + 4))
_BETTER = 1.08  # a neighbour has to score this much more than the point itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """The best place for one key.

    Attributes:
        score: correlation, in units that mean nothing across sounds.
        p: how likely a wrong key does as well in the same search.
        rate: how much faster than made the pattern runs.
        shift: how far up it lies, in 1/36 octaves.
        offset: which bin of the pattern lies at time 0, of BINS.
    """

    score: float
    p: float
    rate: float
    shift: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one search gave.

    Attributes:
        hits: the best place of each key.
        standing: shape (keys + WRONG_KEYS,), every key's best score in units of Gumbel's law; it
            may be added up over stretches and given to `p_values`.
    """

    hits: list[Hit]
    standing: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Points:
    """Where to look: `rates` and `shifts`, both of shape (points,)."""

    rates: NDArray[np.float64]
    shifts: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rates)

    def batch(self, start: int) -> Points:
        """Returns the points from `start` on that are worked on at once."""
        return Points(self.rates[start:][:_BATCH], self.shifts[start:][:_BATCH])


def near_points() -> Points:
    """Returns the first step: nothing done to the speed, the pitch off by at most 1/36 octave."""
    return Points(np.ones(3), np.arange(-1, 2))


def line_points() -> Points:
    """Returns the second step: changed speed, changed pitch, or changed tempo."""
    rates, shifts = _rates(), np.arange(-_WIDEST_SHIFT, _WIDEST_SHIFT + 1)
    follow = np.rint(SHIFTS_PER_OCTAVE * np.log2(rates)).astype(np.intp)
    played = np.abs(follow) <= _WIDEST_SHIFT
    return Points(
        np.concatenate([rates[played], np.ones(shifts.size), rates]),
        np.concatenate([follow[played], shifts, np.zeros(rates.size, np.intp)]),
    )


def all_points() -> Points:
    """Returns the third step: any speed with any pitch."""
    rates, shifts = _rates(), np.arange(-_WIDEST_SHIFT, _WIDEST_SHIFT + 1)
    return Points(np.repeat(rates, shifts.size), np.tile(shifts, rates.size))


def refined_points(hit: Hit) -> Points:
    """Returns the neighbourhood of a hit: rate +-0.64 % in 0.16 % steps, shift +-1."""
    rates = hit.rate * (1 + 0.0016 * np.arange(-4, 5))
    shifts = np.clip(hit.shift + np.arange(-1, 2), -_WIDEST_SHIFT, _WIDEST_SHIFT)
    return Points(np.repeat(rates, 3), np.tile(shifts, 9))


class Search:
    """A search for some keys, beside wrong ones.

    Args:
        keys: the keys that may be in the sound.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = len(keys)
        own = [expand(key).pilot() for key in keys]
        self._pilots = np.concatenate([_pilot_waves(own), _wrong_pilots()], axis=2)

    @property
    def circle_shape(self) -> tuple[int, int]:
        """The shape of one point's folded levels."""
        return LAYOUT.bands, BINS

    def run(self, stretch: Stretch, columns: list[NDArray[np.float32]], points: Points) -> Outcome:
        """Returns the best hit of each key in the stretch; `columns` are its `columns_of`."""
        starts = range(0, len(points), _BATCH)
        batches = (fold(stretch, columns, points.batch(start)) for start in starts)
        return self._outcome(batches, points)

    def best(self, circles: NDArray[np.float32], points: Points) -> Outcome:
        """Returns the best hit of each key in levels folded at `points`."""
        return self._outcome([circles], points)

    def refine(
        self, stretch: Stretch, columns: list[NDArray[np.float32]], hit: Hit, key: int
    ) -> Hit:
        """Returns the best hit of one key close to `hit`, with the same p."""
        points = refined_points(hit)
        scores = self._correlate(fold(stretch, columns, points), slice(key, key + 1))[:, :, 0]
        offset, point = np.unravel_index(int(scores.argmax()), scores.shape)
        if scores[offset, point] < _BETTER * hit.score:
            return hit
        return Hit(
            score=float(scores[offset, point]),
            p=hit.p,
            rate=float(points.rates[point]),
            shift=int(points.shifts[point]),
            offset=int(offset),
        )

    def _correlate(self, circles: NDArray[np.float32], keys: slice) -> NDArray[np.float32]:
        """The scores at all offsets, shape (BINS, points, keys); circles as `fold` gives them."""
        from scipy.fft import irfft, rfft

        waves = rfft(circles, axis=2)[:, :, :_WAVES].transpose(2, 0, 1)
        norm = np.sqrt(np.square(circles).sum(axis=(1, 2))) + np.float32(1e-12)
        product = np.ascontiguousarray(waves / norm[:, None]) @ self._pilots[:, :, keys]
        return np.asarray(irfft(product, BINS, axis=0))

    def _outcome(self, batches: Iterable[NDArray[np.float32]], points: Points) -> Outcome:
        best = np.full(self._pilots.shape[2], -np.inf)
        where = np.zeros((2, self._keys), np.intp)
        start = 0
        for circles in batches:
            scores = self._correlate(circles, slice(None))
            for key in range(self._keys):
                offset, point = np.unravel_index(int(scores[:, :, key].argmax()), scores.shape[:2])
                if scores[offset, point, key] > best[key]:
                    where[:, key] = start + point, offset
            best = np.maximum(best, scores.max(axis=(0, 1)))
            start += len(circles)
        standing, chances = p_values(best, self._keys)
        hits = [
            Hit(
                score=float(best[key]),
                p=chances[key],
                rate=float(points.rates[where[0, key]]),
                shift=int(points.shifts[where[0, key]]),
                offset=int(where[1, key]),
            )
            for key in range(self._keys)
        ]
        return Outcome(hits=hits, standing=standing)


def p_values(scores: NDArray[np.float64], keys: int) -> tuple[NDArray[np.float64], list[float]]:
    """Returns all scores in units of Gumbel's law, and how likely chance does as well.

    The law is fitted to the wrong keys' scores. The far tail of a long search is a little heavier
    than it says (measured: 4 in 736 where it says 1e-3), and a fit to 64 has an error of its own:
    the scale is widened by a tenth for both.

    Args:
        scores: shape (keys + WRONG_KEYS,).
        keys: how many of them are not of wrong keys; as many p-values are returned.
    """
    wrong = scores[keys:]
    scale = 1.1 * float(wrong.std(ddof=1)) * math.sqrt(6) / math.pi
    if scale < 1e-9:
        return np.zeros_like(scores), [1.0] * keys
    standing = (scores - (float(wrong.mean()) - 0.5772 * scale)) / scale
    chances = [-math.expm1(-math.exp(-min(max(float(x), -9.0), 700.0))) for x in standing[:keys]]
    return standing, chances


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
        start, phase = divmod(PADDING + int(shift), STEPS)
        sums = columns[phase][:, start : start + LAYOUT.bands][edges]
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
    return np.asarray(turned.reshape(LAYOUT.bands, LAYOUT.cells, BINS_PER_CELL).sum(axis=2).T)


def columns_of(stretch: Stretch) -> list[NDArray[np.float32]]:
    """Returns the running sums of the levels, shape (frames + 1, columns), for `fold`.

    There is one array for each third of a band, so that whole bands lie side by side.
    """
    sums = np.zeros((len(stretch.levels) + 1, stretch.levels.shape[1]), np.float32)
    np.cumsum(stretch.levels, axis=0, out=sums[1:])
    return [np.ascontiguousarray(sums[:, phase::STEPS]) for phase in range(STEPS)]


def _rates() -> NDArray[np.float64]:
    count = math.floor(math.log(_FASTEST / _SLOWEST) / math.log(_RATE_STEP)) + 1
    below = math.floor(-math.log(_SLOWEST) / math.log(_RATE_STEP))
    return np.asarray(_RATE_STEP ** (np.arange(count, dtype=np.float64) - below))


def _pilot_waves(pilots: list[NDArray[np.float32]]) -> NDArray[np.complex64]:
    """Conjugate spectra of pilots of unit energy, shape (waves, bands, pilots)."""
    from scipy.fft import rfft

    grid = np.repeat(np.stack(pilots), BINS_PER_CELL, axis=1)
    grid /= np.sqrt(np.square(grid).sum(axis=(1, 2), keepdims=True))
    return np.asarray(np.conj(rfft(grid, axis=1))[:, :_WAVES].transpose(1, 2, 0))


@lru_cache(maxsize=1)
def _wrong_pilots() -> NDArray[np.complex64]:
    """Pilots that nobody marks with. Costs 50 ms and 5 MB, so it is made once."""
    names = [f"menura wrong key {number:04}".encode() for number in range(WRONG_KEYS)]
    return _pilot_waves([expand(name).pilot() for name in names])
