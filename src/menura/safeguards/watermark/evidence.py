"""What a find is worth: a bound on chance that assumes nothing about the sound.

A key that has nothing to do with a sound multiplies the sound's chips by signs that are as good
as coin tosses. For given chips c and a sum S of c times such signs, Chernoff's bound holds,

    P(sum >= S) <= min over t of exp(-t S) prod cosh(t c)

(Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58, 1963,
section 4, from which exp(-S^2 / 2 sum c^2) follows). Times the number of places that were looked
at (Boole's inequality) it bounds the chance of the whole search. Nothing is fitted and nothing is
extrapolated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# In units of 1 / |c|. Any t gives a bound; a step of 5 % is within 0.1 % of the best exponent.
_TILTS = np.geomspace(0.5, 200, 124)
_LEAST = 1e-300


def chance(chips: NDArray[np.floating], trials: int) -> float:
    """Returns a bound on how likely an unrelated key does as well anywhere, in [1e-300, 1].

    Args:
        chips: shape (chips,), each chip of the sound times the key's sign of it; any scale.
        trials: at how many places in all the key was tried.
    """
    values = chips.astype(np.float64)
    size = math.sqrt(float(np.square(values).sum()))
    total = float(values.sum())
    if size == 0 or total <= 0:
        return 1.0
    tilted = np.abs(_TILTS[:, None] * (values / size))
    exponents = (tilted + np.log1p(np.exp(-2 * tilted)) - math.log(2)).sum(axis=1)
    exponent = float((exponents - _TILTS * total / size).min()) + math.log(max(trials, 1))
    return math.exp(min(0.0, max(exponent, math.log(_LEAST))))
