"""`TimeMap`: when what was said at one time is said in another pace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.speech.expressive.phones import Phones


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeMap:
    """A rising line through points; both axes in frames at the rendering's own rate.

    Attributes:
        source: shape (points,), float64, from 0 to the length of the rendering.
        target: shape (points,), float64, from 0 to the new length.
    """

    source: NDArray[np.float64]
    target: NDArray[np.float64]

    def forward(self, frame: int) -> int:
        """Returns where a frame of the rendering is heard, to the nearest frame."""
        return round(float(np.interp(frame, self.source, self.target)))

    def backward(self, frames: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns which frames of the rendering are heard at these, fractional."""
        return np.interp(frames, self.target, self.source)


def pace(
    phones: Phones,
    frames: int,
    *,
    pace: float,
    pause: float,
    speed: NDArray[np.float64] | float = 1.0,
) -> TimeMap:
    """Returns the map that says sounds `pace` times as fast and makes pauses `pause` as long.

    Args:
        phones: of the rendering.
        frames: length of the rendering.
        pace: factor of speed, above 0.
        pause: factor of length, above 0.
        speed: factor of speed of all or, shape (phones,), of each, pauses included; above 0.
    """
    source = np.append(phones.start_frame, frames).astype(np.float64)
    factor = np.where(phones.unknown & phones.silent, pause, 1 / pace) / speed
    target = np.concatenate([[0.0], np.cumsum(np.diff(source) * factor)])
    return TimeMap(source=source, target=target)
