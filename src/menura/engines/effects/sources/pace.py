"""`Pace`: how what beats grows quicker or slower from its beginning to its end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A rate that changes by the same factor in every second, and then stays.

    Around the middle it is the usual one: half of the change, on a scale of ratios, lies before it.

    Attributes:
        ratio: of the rate at the end to that at the beginning; greater than 0.
        over_s: how long the change takes, seconds.

    Example:
        >>> Pace(ratio=4.0, over_s=10.0).factor(10.0)
        2.0
    """

    ratio: float
    over_s: float

    def factor(self, at_s: float) -> float:
        """Returns by how much quicker than usual it is at a moment."""
        return math.pow(self.ratio, min(max(at_s / self.over_s, 0.0), 1.0) - 0.5)

    def factors(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the same of many moments, shape as given."""
        return np.asarray(self.ratio ** (np.clip(at_s / self.over_s, 0, 1) - 0.5), np.float64)

    def moment_s(self, even_s: float) -> float:
        """Returns when happens what at the usual rate would happen `even_s` after the beginning.

        The integral of `factor`, turned round: beats keep their order and their number.
        """
        slope = math.log(self.ratio) / self.over_s
        last = math.sqrt(self.ratio)
        first = 1 / last
        if abs(slope) < 1e-9:
            return even_s
        whole_s = (last - first) / slope
        if even_s >= whole_s:
            return self.over_s + (even_s - whole_s) / last
        return math.log1p(max(even_s, 0.0) * slope / first) / slope

    @classmethod
    def of(cls, ratio: float, even_s: float) -> Pace:
        """Returns the pace in which what takes `even_s` at the usual rate ends with the change."""
        last = math.sqrt(ratio)
        return cls(ratio=ratio, over_s=even_s * math.log(ratio) / (last - 1 / last))
