"""`Course`: how something slow goes on: a gust, a flame, a wave of people. Never the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AHEAD = 256


class Course:
    """A smooth random course through normal values, asked for step by step.

    Between two values its variance falls to half (less if they alternate): its deviation is 0.86
    of that of the values.

    Args:
        per_s: new values a second; it moves no faster than half of that.
        steps_per_s: at how many moments a second it is asked for.
        rng: draws the values.
        rows: courses beside each other.
        alternation: 0, or how much each value tends to the other side of the last: a correlation
            of -alternation.
        limit: no value lies farther out.
    """

    def __init__(
        self,
        per_s: float,
        steps_per_s: float,
        rng: np.random.Generator,
        *,
        rows: int = 1,
        alternation: float = 0.0,
        limit: float = 3.0,
    ) -> None:
        self._step, self._rng, self._rows = per_s / steps_per_s, rng, rows
        self._alternation, self._limit = alternation, limit
        self._place = float(rng.random())
        self._values = np.zeros((rows, 0))
        self._values = self._more(3)
        self._ahead = np.zeros((rows, 0))

    def take(self, count: int) -> NDArray[np.float64]:
        """Returns the next values, shape (rows, count)."""
        if count > self._ahead.shape[1]:
            more = self._drawn(max(_AHEAD, count))
            self._ahead = np.concatenate([self._ahead, more], axis=1)
        taken = self._ahead[:, :count]
        self._ahead = self._ahead[:, count:]
        return taken

    def _drawn(self, count: int) -> NDArray[np.float64]:
        places = self._place + self._step * np.arange(1, count + 1)
        needed = int(places[-1]) + 3
        if needed > self._values.shape[1]:
            self._values = self._more(needed - self._values.shape[1])
        whole = places.astype(np.int64)
        share = places - whole
        smooth = share * share * (3 - 2 * share)
        curve = self._values[:, whole] * (1 - smooth) + self._values[:, whole + 1] * smooth
        done = int(places[-1])
        self._values = self._values[:, done:]
        self._place = float(places[-1] - done)
        return np.asarray(curve, np.float64)

    def _more(self, count: int) -> NDArray[np.float64]:
        fresh = self._rng.standard_normal((self._rows, count))
        if not self._alternation:
            fresh = np.clip(fresh, -self._limit, self._limit)
            return np.concatenate([self._values, fresh], axis=1)
        spread = np.sqrt(1 - self._alternation**2)
        last = self._values[:, -1] if self._values.shape[1] else fresh[:, 0]
        columns = [self._values]
        for column in fresh.T:  # a few values a second
            last = np.clip(spread * column - self._alternation * last, -self._limit, self._limit)
            columns.append(last[:, np.newaxis])
        return np.concatenate(columns, axis=1)
