"""`Bed` and `Wish`: the contract between a scene and what sounds in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from menura.metrics.texture import fast_level_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.sources.pace import Pace

RATE = 48_000
"""Frames per second of every source, Hz."""
BLOCK_FRAMES = 8192
"""Frames of every block of a bed."""
LEVEL_DBFS = -20.0
"""A bed has this rms (its channels' mean power) in the long run, an event this level over its
loudest 125 ms (of its channels' mean power), whatever its intensity: the scene sets the level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a source is to sound.

    Attributes:
        variant: one of the source's variants: material, species, make or way.
        intensity: 0 (as soft, slow or sparse as it comes) to 1 (as hard, fast or dense); 0.5 is
            usual. It changes timbre and density, not only level.
        size: 0 (the smallest there is) to 1 (huge); 0.5 is usual.
        length_s: how long an event is wanted to last; None = as long as it takes. A source that
            cannot stretch ignores it.
        pace: how a bed that beats grows quicker or slower; None = it stays as it is. `paced` in
            `behaviour.toml` names the sources that heed it.
    """

    variant: str
    intensity: float = 0.5
    size: float = 0.5
    length_s: float | None = None
    pace: Pace | None = None


class Bed(Protocol):
    """A source that sounds on and never repeats."""

    @property
    def channels(self) -> int:
        """1, or 2 if it surrounds the listener."""

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32."""


def levelled(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns an event at LEVEL_DBFS, shape as given: (frames,) or (channels, frames)."""
    channels = 1 if sound.ndim == 1 else sound.shape[0]
    level_db = fast_level_db(sound, RATE) - 10 * np.log10(channels)
    return np.asarray(sound * np.float32(10 ** ((LEVEL_DBFS - level_db) / 20)), np.float32)
