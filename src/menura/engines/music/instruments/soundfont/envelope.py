"""`Envelope`: the rise and fall of a note's level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOOR_DB = 72.0
RANGE_DB = 100.0
"""Decay and release name the time for all of it (SoundFont 2.04, 8.1.2, 36 and 38)."""
_PER_DB = np.log(10) / 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A level that rises in a straight line, and falls by so many dB each second.

    Attributes:
        attack_s: from silence to full.
        hold_s: at full.
        decay_s: in which it would fall by RANGE_DB.
        sustain_db: how far it falls.
        release_s: in which it would fall by RANGE_DB once the key is up.
    """

    attack_s: float
    hold_s: float
    decay_s: float
    sustain_db: float
    release_s: float

    def curve(self, held: int, most: int, rate: int) -> NDArray[np.float32]:
        """Returns the level until it has died away, shape (frames,), 0 to 1.

        Args:
            held: frames until the key is up.
            most: frames after which it ends in any case.
            rate: frames per second.
        """
        held = min(held, most)
        attack = max(1, round(self.attack_s * rate))
        top = attack + round(self.hold_s * rate)
        sustain_db = min(self.sustain_db, FLOOR_DB)
        fall = RANGE_DB / max(self.decay_s * rate, 1.0)
        bottom = top + round(sustain_db / fall)
        curve = np.ones(held, np.float32)
        rising = curve[:attack]
        rising[:] = np.arange(rising.size, dtype=np.float32) / np.float32(attack)
        _fall(curve[top:bottom], 1.0, fall)
        curve[bottom:] = 10 ** (-sustain_db / 20)
        if sustain_db >= FLOOR_DB and bottom < held:
            return curve[:bottom]
        # The first frame after the last held one goes on from it.
        level = float(curve[-1]) if held else 0.0
        if level <= 10 ** (-FLOOR_DB / 20):
            return curve
        fall = RANGE_DB / max(self.release_s * rate, 1.0)
        left_db = FLOOR_DB + 20 * np.log10(level)
        tail = np.empty(min(int(left_db / fall) + 1, most - held), np.float32)
        _fall(tail, level, fall)
        return np.concatenate([curve, tail])


def _fall(stretch: NDArray[np.float32], level: float, db_per_frame: float) -> None:
    steps = np.arange(stretch.size, dtype=np.float32)
    np.exp(steps * np.float32(-db_per_frame * _PER_DB), out=stretch)
    stretch *= np.float32(level)
