"""`Crest`: how far a few milliseconds stand out of a single happening, and hold its level down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.audio import Audio

PIECE_S = 0.001
FEW_PIECES = 8
"""A transient of at most so many milliseconds is turned down for the sake of all the rest."""
MOST_DB = 6.0
"""By no more than this. Of an explosion limited by 5 dB, what a gain of 100 ms does not
explain lies 34 dB under it."""
MOST_SHARE = 0.4
"""A sound of which these milliseconds are more than this share, by energy, is that transient
itself: a click stays whole."""


class Crest:
    """Finds how far the loudest few milliseconds of a sound lie above all the rest.

    Args:
        rate: frames per second, Hz.
    """

    def __init__(self, rate: int) -> None:
        self._size = max(1, round(PIECE_S * rate))
        self._left: NDArray[np.float32] | None = None
        self._peaks = np.zeros(0)
        """Of the loudest pieces so far: one more than may stand out."""
        self._energies = np.zeros(0)
        self._energy = 0.0

    def process(self, block: Audio) -> None:
        """Takes the next block; what does not fill a piece waits for the next one."""
        sound = block.samples
        if self._left is not None:
            sound = np.concatenate([self._left, sound], axis=1)
        whole = sound.shape[1] // self._size * self._size
        self._left = np.array(sound[:, whole:])
        if not whole:
            return
        pieces = np.abs(sound[:, :whole]).reshape(sound.shape[0], -1, self._size)
        energies = np.square(pieces, dtype=np.float64).sum(axis=(0, 2))
        self._energy += float(energies.sum())
        peaks = np.concatenate([self._peaks, pieces.max(axis=(0, 2))])
        energies = np.concatenate([self._energies, energies])
        loudest = np.argsort(-peaks, kind="stable")[: FEW_PIECES + 1]
        self._peaks, self._energies = peaks[loudest], energies[loudest]

    def lift_db(self) -> float:
        """Returns by how much all else can be louder once the peaks are turned down, dB."""
        if self._peaks.size <= FEW_PIECES or self._peaks[-1] <= 0:
            return 0.0
        if self._energies[:-1].sum() > MOST_SHARE * self._energy:
            return 0.0
        return float(min(MOST_DB, 20 * np.log10(self._peaks[0] / self._peaks[-1])))
