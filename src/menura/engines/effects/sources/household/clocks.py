"""`Clock`: what ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from menura.engines.effects.sources.household.strokes import Strokes
from menura.engines.effects.sources.impacts.sequence import Manner, Mechanism, read_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Wish

_TRIAL = 12


class Clock(Strokes):
    """An escapement: every beat is some contacts in a few ms, and tick is not tock.

    A pendulum or a balance sets the time between beats; that it does not hang quite level moves
    every other beat by the same (the beat error), and what is left differs by well under 1 ms.

    Args:
        table: of the variant: `period_s` from beat to beat, `jitter_s`, `beat_error_s`, the steps
            of `tick` and of `tock`.
        things: the objects.
        wish: intensity is how hard it strikes, size its measures.
        rng: draws everything else.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        things: Mapping[str, Thing],
        wish: Wish,
        rng: np.random.Generator,
    ) -> None:
        self._table = table
        manner = Manner.of(wish, {**table, "pace_span": 1.0, "scale_span": 1.5})
        self._works = Mechanism(things, manner)
        self._beats = [read_steps(table[name]) for name in ("tick", "tock")]
        super().__init__(self._beaten, _TRIAL, rng, wish.pace)

    def _beaten(self, rng: np.random.Generator) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Yields beats: (seconds since the last, sound)."""
        table, row = self._table, 0
        off_s = late_s = 0.0
        first = True
        while True:
            sound = self._works.work(self._beats[row], rng)
            was_s, late_s = late_s, table["jitter_s"] * float(rng.standard_normal())
            off_s = table["beat_error_s"] / 2 * (1 if row else -1)
            gap_s = table["period_s"] + 2 * off_s + late_s - was_s
            yield (0.0 if first else gap_s), sound
            first, row = False, 1 - row
