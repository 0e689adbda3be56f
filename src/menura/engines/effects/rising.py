"""`Rising`: a bed whose intensity changes while it sounds: a wind that picks up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.balance import INTENSITY_DB
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, bed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.sources import Bed, Wish

_STEP = 0.2
"""Two beds that pass into each other differ by about so much in intensity."""
_SILENT = 1e-3


def risen_share(share: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Returns how much of a change there is, 0 to 1, at shares of the time it takes.

    Args:
        share: of the time.
        turn: share of it after which the change turns back; 0 = it does not.
    """
    there = np.clip(share, 0, 1)
    return np.minimum(there / turn, (1 - there) / (1 - turn)) if turn else there


class Rising:
    """Beds of one source, from the intensity at the beginning to that at the end.

    Each passes into the next with equal power, as they are independent, and the level follows the
    intensity as it does from one scene to another.

    Args:
        source: name of a bed.
        wish: of the middle.
        rise: by how much its intensity changes, -1 to 1; it stays between 0 and 1.
        over_s: how long that takes, seconds.
        rng: draws the beds.
        turn: share of that time after which the change turns back; 0 = it does not.
    """

    def __init__(
        self,
        source: str,
        wish: Wish,
        rise: float,
        over_s: float,
        rng: np.random.Generator,
        *,
        turn: float = 0.0,
    ) -> None:
        ends = np.clip([wish.intensity - rise / 2, wish.intensity + rise / 2], 0, 1)
        count = 2 + int(abs(ends[1] - ends[0]) / _STEP)
        self._wishes = [
            replace(wish, intensity=float(i)) for i in np.linspace(ends[0], ends[1], count)
        ]
        self._source, self._rngs = source, rng.spawn(count)
        self._over_s, self._at_s, self._turn = over_s, 0.0, turn
        self._span_db = INTENSITY_DB * float(ends[1] - ends[0])
        self._first_db = INTENSITY_DB * float(ends[0] - wish.intensity)
        self._beds: dict[int, Bed] = {0: self._made(0)}
        self.channels = self._beds[0].channels

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32."""
        at_s = self._at_s + np.arange(BLOCK_FRAMES) / RATE
        self._at_s += BLOCK_FRAMES / RATE
        share = risen_share(at_s / self._over_s, self._turn)
        place = share * (len(self._wishes) - 1)
        block = np.zeros((self.channels, BLOCK_FRAMES), np.float32)
        for number in range(len(self._wishes)):
            weight = np.cos(np.pi / 2 * np.minimum(np.abs(place - number), 1)).astype(np.float32)
            if weight.max() < _SILENT:
                self._beds.pop(number, None)
                continue
            if number not in self._beds:
                self._beds[number] = self._made(number)
            block += self._beds[number].next() * weight
        level_db = self._first_db + self._span_db * share
        return block * (10 ** (level_db / 20)).astype(np.float32)

    def _made(self, number: int) -> Bed:
        return bed(self._source, self._wishes[number], self._rngs[number])
