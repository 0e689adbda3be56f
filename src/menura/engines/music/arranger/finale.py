"""Finale: the bar of its own that a piece ends on where a hit is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.hits import HIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch

_LEAST_BARS = 2
_LEAST_ENERGY = 0.8


def struck_at_last(
    form: Sequence[Stretch], names: Sequence[tuple[str, ...]], band: Cast
) -> tuple[list[Stretch], list[tuple[str, ...]]]:
    """Returns the form and who plays in it, with a last bar of its own in which all do.

    It is as strong as the strongest section. A piece of one bar stays as it is.
    """
    *before, last = form
    if sum(stretch.bars for stretch in form) < _LEAST_BARS:
        return list(form), list(names)
    energy = max(_LEAST_ENERGY, *(max(s.energy, s.energy_end) for s in form))
    everybody = tuple(slot.name for slot in band.slots)
    hit = replace(last, name=HIT, bars=1, energy=energy, energy_end=0.0, approach_cut_beats=0.0)
    if last.bars == 1:
        return [*before, hit], [*names[:-1], everybody]
    body = replace(
        last, bars=last.bars - 1, cut_beats=last.approach_cut_beats, approach_cut_beats=0.0
    )
    return [*before, body, hit], [*names, everybody]
