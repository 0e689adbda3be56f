"""Drops: what a drop that is asked for needs to be heard as one: room, and thin bars before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.text.brief import MusicBrief

DROP = "drop"
_LIFT = "rise"
"""Name of the bars before it, in which the energy climbs to that of what follows."""
_LEAST_BARS = 8
"""A drop lasts two phrases, if the piece has them."""
_PHRASE_BARS = 4
_LIFT_BARS, _MANY_BARS, _FEW_BARS = 2, 6, 3
_LEAVING = frozenset({"drums", "percussion", "bass"})


def asks_for_drop(brief: MusicBrief) -> bool:
    """Returns whether a drop is asked for, at a time or anywhere."""
    timed = any(e.section == DROP and not e.leaves for e in brief.entries)
    return timed or DROP in brief.sections


def lengthened(
    form: Sequence[Stretch], at_bars: Collection[int], pinned: set[int]
) -> list[Stretch]:
    """Returns the form in which drops last _LEAST_BARS where what follows has bars to spare.

    Args:
        form: the sections.
        at_bars: where those drops begin.
        pinned: bars at which a section begins that is told; what begins there stays.
    """
    found: list[Stretch] = []
    rest, start = list(form), 0
    while rest:
        head = rest.pop(0)
        if head.name == DROP and start in at_bars:
            while rest and head.bars < _LEAST_BARS and start + head.bars not in pinned:
                taken = min(_LEAST_BARS - head.bars, rest[0].bars)
                left = rest[0].bars - taken
                if left < (1 if len(rest) == 1 else _PHRASE_BARS):
                    taken, left = rest[0].bars, 0
                head = replace(head, bars=head.bars + taken)
                rest = [replace(rest[0], bars=left), *rest[1:]] if left else rest[1:]
        found.append(head)
        start += head.bars
    return found


def thinned(
    form: Sequence[Stretch],
    names: Sequence[tuple[str, ...]],
    band: Cast,
    told: Collection[str] = (),
) -> tuple[list[Stretch], list[tuple[str, ...]]]:
    """Returns the form and who plays in it, without beat and bass in the bars before a drop.

    The last two bars of what comes before are a section of their own, or the last one of few; one
    of two bars is thin as a whole, unless it is the roll behind bars that are. Where nobody would
    be left, all play on. What is taken away for some bars makes what comes back stronger: Snoman,
    "Dance Music Manual" (2019), on builds.

    Args:
        form: the sections.
        names: who plays in each.
        band: all who play.
        told: names of sections whose length is told: they stay whole.
    """
    leaving = {slot.name for slot in band.slots if slot.role in _LEAVING}
    stretches: list[Stretch] = []
    playing: list[tuple[str, ...]] = []
    for at, (stretch, here) in enumerate(zip(form, names, strict=True)):
        follows = at + 1 < len(form) and form[at + 1].name == DROP and stretch.name != DROP
        kept = tuple(name for name in here if name not in leaving)
        whole = stretch.bars < _FEW_BARS or stretch.name in told
        if not follows or whole or not kept or kept == tuple(here):
            full_before = at > 0 and not leaving.isdisjoint(names[at - 1])
            thin = follows and kept and stretch.bars < _FEW_BARS and full_before
            stretches.append(stretch)
            playing.append(kept if thin else here)
            continue
        bars = _LIFT_BARS if stretch.bars >= _MANY_BARS else 1
        energy = round((stretch.energy + form[at + 1].energy) / 2, 3)
        lift = replace(stretch, name=_LIFT, bars=bars, energy=energy, approach_cut_beats=0.0)
        stretches += [replace(stretch, bars=stretch.bars - bars, cut_beats=0.0), lift]
        playing += [here, kept]
    return stretches, playing
