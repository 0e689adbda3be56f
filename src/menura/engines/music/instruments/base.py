"""`Instrument`: the contract between a score and what sounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.music.score import Event

REFERENCE_VELOCITY = 0.63
REFERENCE_DBFS = -20.0
"""A note in the middle of the range at REFERENCE_VELOCITY has this rms over its loudest 400 ms (a
drum: over its loudest 50 ms, 6 dB more), so that parts of a mix start in balance."""


class Instrument(Protocol):
    """One player's instrument, at one rate. Several threads never share one.

    An instrument may remember what it has made (tones of a pitch and force), as long as what it
    returns depends on nothing but the event and the generator handed in.
    """

    @property
    def low(self) -> float:
        """Lowest MIDI pitch it can play."""

    @property
    def high(self) -> float:
        """Highest MIDI pitch it can play."""

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a note from its onset to where its release has died away (below -60 dB).

        Args:
            event: what to play.
            rng: draws what makes no two hits identical. A fresh one for each event.

        Returns:
            Shape (frames,) or (2, frames), float32.
        """
