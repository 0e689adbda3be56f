"""The mark where it was made: it begins with its sound, so few places have to be looked at.

In a sound that nobody cut, sped up or tuned, the pattern lies at its own beginning. Looking there
alone takes little off for chance, which is what finds the shortest sounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.circle import cells_of
from menura.safeguards.watermark.evidence import chance
from menura.safeguards.watermark.layout import chip_sums
from menura.safeguards.watermark.places import BINS, Hit, Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.safeguards.watermark.layout import KeyedChips

ORIGIN = Points(np.ones(1), np.zeros(1))
ORIGIN_SHARE = 0.25
"""Of the chance of a false alarm, what this look may take; the rest is for all other places."""

TESTS = 2
"""At each place: the pilot, and all chips, which are what a mark without payload is made of."""

_OFFSETS = range(-1, 7)  # bins of 12 ms: codecs put up to 60 ms before a sound


def origin_hit(circle: NDArray[np.float32], keyed: KeyedChips) -> Hit:
    """Returns the best hit of a key at the beginning of a sound.

    Args:
        circle: shape (bands, BINS), the sound's levels folded at `ORIGIN`.
        keyed: the key's chips.
    """
    hits = []
    for offset in _OFFSETS:
        p = place_chance(cells_of(circle, offset), keyed, len(_OFFSETS))
        hits.append(Hit(score=0.0, p=p, rate=1.0, shift=0.0, offset=offset % BINS))
    return min(hits, key=lambda hit: hit.p)


def place_chance(cells: NDArray[np.float32], keyed: KeyedChips, trials: int) -> float:
    """Returns a bound on chance at one place: the smaller one of `TESTS` tests, not counted yet.

    Args:
        cells: shape (cells, bands), the sums of levels.
        keyed: the key's chips.
        trials: how many places like this one are looked at.
    """
    chips = chip_sums(cells) * keyed.signs
    pilot = np.delete(chips, keyed.payload)
    return min(chance(pilot, trials), chance(chips, trials))
