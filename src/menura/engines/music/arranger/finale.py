"""Finale: the bar of its own that a piece ends on where a hit is asked for, or its soft end."""

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
_HUSHED = 0.05
"""Energy that a soft end comes to."""
_LEAST_BEFORE = 0.2
_ENDING = "ending"
_ENDING_BARS, _ENDING_SHARE = 4, 3
_BEATS = frozenset({"drums", "percussion"})


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


def hushed_at_last(
    form: Sequence[Stretch], names: Sequence[tuple[str, ...]], band: Cast, *, whole: bool
) -> tuple[list[Stretch], list[tuple[str, ...]]]:
    """Returns the form and who plays in it, with a phrase at its end that gets softer and softer.

    There nobody beats time, unless nobody else plays.

    Args:
        form: the sections.
        names: who plays in each.
        band: all who play.
        whole: whether no section may be added: then the last one gets softer.
    """
    *before, last = form
    beating = {slot.name for slot in band.slots if slot.role in _BEATS}
    kept = tuple(name for name in names[-1] if name not in beating) or names[-1]
    total = sum(stretch.bars for stretch in form)
    closing = min(_ENDING_BARS, max(total // _ENDING_SHARE, 1))
    if not last.energy_end:
        last = replace(last, energy=max(last.energy, _LEAST_BEFORE))
    if whole or last.bars <= closing + 1:
        return [*before, replace(last, energy_end=_HUSHED)], [*names[:-1], kept]
    share = (last.bars - closing) / last.bars
    there = last.energy
    if last.energy_end:
        there = round(last.energy + share * (last.energy_end - last.energy), 3)
    body = replace(
        last,
        bars=last.bars - closing,
        energy_end=there if last.energy_end else 0.0,
        cut_beats=0.0,
        approach_cut_beats=0.0,
    )
    if closing == 1:
        body = replace(body, cut_beats=last.approach_cut_beats)
    end = replace(last, name=_ENDING, bars=closing, energy=there, energy_end=_HUSHED)
    if closing == 1:
        end = replace(end, approach_cut_beats=0.0)
    return [*before, body, end], [*names, kept]
