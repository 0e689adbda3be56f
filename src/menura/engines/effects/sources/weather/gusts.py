"""`Gusts`: how fast the wind blows, moment by moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.courses import Course
from menura.dsp.moving import HOP_FRAMES
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOPS_PER_S = RATE / HOP_FRAMES
_ALTERNATION = 0.45
_LIMIT = 1.8
"""A gust is followed by a lull: correlation -0.45 from one value to the next."""
_SHARES = ((1.0, 0.82), (3.3, 0.47), (11.0, 0.33))
"""(how much faster than the gusts, size): eddies of a third the length carry half the power, near
the -5/3 law of turbulence."""
_LEAST = 0.25


class Gusts:
    """Speed of the wind over its mean, at two places a few metres apart.

    Gusts are common to both, the smaller eddies each has for itself.

    Args:
        turbulence: deviation over mean: 0.1 over the sea to 0.4 between houses (ESDU; J. Wieringa,
            "Roughness-dependent geographical interpolation of surface wind speed averages", 1986).
        gusts_per_s: how many gusts a second.
        rng: draws them.
    """

    def __init__(self, turbulence: float, gusts_per_s: float, rng: np.random.Generator) -> None:
        self._turbulence = turbulence / 0.8
        self._courses = [
            Course(
                gusts_per_s * faster,
                HOPS_PER_S,
                rng,
                rows=1 if faster == 1.0 else 2,
                alternation=_ALTERNATION,
                limit=_LIMIT,
            )
            for faster, _ in _SHARES
        ]

    def take(self, hops: int) -> NDArray[np.float64]:
        """Returns speed over mean speed at the next hops, shape (2, hops), at least 0.25."""
        pieces = zip(self._courses, _SHARES, strict=True)
        course = sum((c.take(hops) * size for c, (_, size) in pieces), np.zeros((2, hops)))
        return np.maximum(1 + self._turbulence * course, _LEAST)
