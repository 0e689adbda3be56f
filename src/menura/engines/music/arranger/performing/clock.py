"""`Clock`: beats into seconds and back, and the swing of a bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Clock:
    """A tempo map.

    Attributes:
        beats: where the tempo changes, quarter notes; the first is 0.
        seconds: when that is.
        rates: seconds to a quarter note from there on.
    """

    beats: NDArray[np.float64]
    seconds: NDArray[np.float64]
    rates: NDArray[np.float64]

    @classmethod
    def of(cls, tempi: Sequence[tuple[float, float]]) -> Clock:
        """Returns the clock of (beat, quarter notes per minute) changes."""
        beats = np.array([beat for beat, _ in tempi], dtype=float)
        rates = 60 / np.array([bpm for _, bpm in tempi], dtype=float)
        seconds = np.concatenate([[0.0], np.cumsum(np.diff(beats) * rates[:-1])])
        return cls(beats, seconds, rates)

    def seconds_at(self, beats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns when beats are, seconds; same shape."""
        at = np.maximum(np.searchsorted(self.beats, beats, side="right") - 1, 0)
        found: NDArray[np.float64] = self.seconds[at] + (beats - self.beats[at]) * self.rates[at]
        return found

    def beats_at(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns which beats there are at times; same shape."""
        at = np.maximum(np.searchsorted(self.seconds, seconds, side="right") - 1, 0)
        found: NDArray[np.float64] = self.beats[at] + (seconds - self.seconds[at]) / self.rates[at]
        return found


def swung(
    beats: NDArray[np.float64], bar_starts: NDArray[np.float64], swing: float, pair: float
) -> NDArray[np.float64]:
    """Returns beats with the second half of each pair delayed, and all between stretched along.

    Args:
        beats: quarter notes from the start of the piece.
        bar_starts: where bars begin, rising; pairs count from there.
        swing: where the second of a pair falls, 0.5 (straight) to 0.75.
        pair: length of a pair, quarter notes: 1 for eighths, 0.5 for sixteenths.

    Returns:
        Same shape.
    """
    at = np.maximum(np.searchsorted(bar_starts, beats + 1e-6, side="right") - 1, 0)
    inside = beats - bar_starts[at]
    whole, phase = np.divmod(inside / pair + 1e-9, 1.0)
    bent = np.where(phase < 0.5, phase * 2 * swing, swing + (phase - 0.5) * 2 * (1 - swing))
    found: NDArray[np.float64] = bar_starts[at] + (whole + bent) * pair
    return found
