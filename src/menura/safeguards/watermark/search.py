"""Looking for a key's pilot at every offset, speed and pitch.

At each point of the search (a rate, a shift) the levels are folded onto a circle one period
long, and correlated with the pilots of all keys at all offsets by FFT. The neighbourhoods of the
best places are then searched in finer steps. What the best find is worth is said by `evidence`,
with every place counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.circle import PULSE, cells_of, circle_at, fold
from menura.safeguards.watermark.layout import LAYOUT, KeyedChips
from menura.safeguards.watermark.origin import origin_hit, place_chance
from menura.safeguards.watermark.places import BINS, BINS_PER_CELL, Hit, Points, refined_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.safeguards.watermark.features import Stretch

_WAVES = 144  # of 169: beyond 36 Hz a 24 ms window has smoothed the cells away
_CANDIDATES = 3  # best places of a key whose neighbourhood is searched
_REFINE_P = 1.0  # places this unlikely are worth a closer look; most unmarked sounds have none


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
            cells = cells_of(circles[at], hit.offset)
            best.append(_with_p(hit, self._chance(cells, key, points.trials)))
        return best

    def origin(self, circle: NDArray[np.float32]) -> list[Hit]:
        """Returns the best hit of each key at the beginning of the sound; see `origin_hit`."""
        return [origin_hit(circle, keyed) for keyed in self._keys]

    def _chance(self, cells: NDArray[np.float32], key: int, trials: int) -> float:
        return place_chance(cells, self._keys[key], trials)

    def _judged(
        self,
        stretch: Stretch,
        columns: list[NDArray[np.float32]],
        hit: Hit,
        key: int,
        points: Points,
    ) -> Hit:
        """The hit with its p, or a better one close to it."""
        p = self._chance(cells_of(circle_at(stretch, columns, hit), hit.offset), key, points.trials)
        if p >= _REFINE_P:
            return _with_p(hit, p)
        near = refined_points(hit)
        finer = max(self._tops(fold(stretch, columns, near), near)[key], key=_score)
        trials = points.trials * len(near)
        cells = cells_of(circle_at(stretch, columns, finer), finer.offset)
        finer_p = self._chance(cells, key, trials)
        # The coarse places and the fine ones are two tests.
        return _with_p(*min((hit, 2 * p), (finer, 2 * finer_p), key=lambda pair: pair[1]))

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


def _score(hit: Hit) -> float:
    return hit.score


def _with_p(hit: Hit, p: float) -> Hit:
    return replace(hit, p=min(1.0, p))


def _pilot_waves(pilots: list[NDArray[np.float32]]) -> NDArray[np.complex64]:
    """Conjugate spectra of pilots of unit energy, shape (waves, bands, pilots)."""
    from scipy.fft import rfft

    grid = np.repeat(np.stack(pilots), BINS_PER_CELL, axis=1)
    grid *= np.tile(np.array(PULSE, np.float32), LAYOUT.cells)[:, None]
    grid /= np.sqrt(np.square(grid).sum(axis=(1, 2), keepdims=True))
    return np.asarray(np.conj(rfft(grid, axis=1))[:, :_WAVES].transpose(1, 2, 0))
