"""Boundaries: where sections begin and end once some of that is told."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.fitting import fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.engines.music.arranger.form import Stretch

_SHIFT_BARS = 2
"""A section that begins so near to an entrance begins with it."""
_INTRO_SHARE = 0.6


def begun(
    form: Sequence[Stretch], name: str, bar: int, pinned: set[int], *, leaves: bool = False
) -> list[Stretch]:
    """Returns the form with a section that begins at a bar, or ends there.

    What is told of bars before it stays.

    Args:
        form: the sections.
        name: of the section; where there is none behind what is told already, the form is divided.
        bar: where it begins, 1 or more.
        pinned: bars at which something begins that is told.
        leaves: whether it ends there.
    """
    starts = _starts(form)
    kept = max((start for start in (0, *pinned) if start < bar and start in starts), default=0)
    first = starts.index(kept)
    named = (i for i, s in enumerate(form) if s.name == name)
    at = next((i + leaves for i in named if i + leaves > first), 0)
    if not at and not first:
        if leaves:
            return list(form)
        energy = round(_INTRO_SHARE * form[0].energy, 3)
        intro = replace(form[0], name="intro", energy=energy, presence=energy)
        return [*fit([intro], bar, fixed=True), *fit(form, starts[-1] - bar, fixed=True)]
    if not at or at >= len(form):
        divided = bounded(form, bar, pinned)
        if leaves:
            return divided
        behind = _starts(divided).index(bar)
        return [*divided[:behind], replace(divided[behind], name=name), *divided[behind + 1 :]]
    before, after = form[first:at], form[at:]
    return [
        *form[:first],
        *fit(before, bar - kept, fixed=True),
        *fit(after, starts[-1] - bar, fixed=True),
    ]


def bounded(form: Sequence[Stretch], bar: int, pinned: set[int]) -> list[Stretch]:
    """Returns the form with a boundary at a bar: one that is near and not pinned moves there."""
    starts = _starts(form)
    if bar in starts:
        return list(form)
    near = min(range(1, len(form)), key=lambda i: abs(starts[i] - bar), default=0)
    shift = bar - starts[near]
    free = near and starts[near] not in pinned and abs(shift) <= _SHIFT_BARS
    if free and starts[near - 1] < bar < starts[near + 1]:
        one, two = form[near - 1], form[near]
        moved = [replace(one, bars=one.bars + shift), replace(two, bars=two.bars - shift)]
        return [*form[: near - 1], *moved, *form[near + 1 :]]
    at = max(i for i in range(len(form)) if starts[i] < bar)
    cut = bar - starts[at]
    halves = [replace(form[at], bars=cut), replace(form[at], bars=form[at].bars - cut)]
    return [*form[:at], *halves, *form[at + 1 :]]


def lasting(
    form: Sequence[Stretch], bars: Mapping[str, int], pinned: set[int]
) -> tuple[list[Stretch], set[int]]:
    """Returns the form with sections as long as told, and the bars where these begin and end.

    All sections of a name last so long where there is room, else the first one; the others share
    the rest as before. Where bars are pinned, one section of each name lasts so long, and what lies
    between it and the next pinned bar shares the rest; so it ends where its end is pinned. Where
    there is no room, the form stays, and no bar is added.
    """
    if pinned:
        found, added = list(form), set(pinned)
        for name, count in bars.items():
            found = _lasting_between(found, name, count, added)
        return found, added - pinned
    total = sum(stretch.bars for stretch in form)
    every = {at for at, stretch in enumerate(form) if stretch.name in bars}
    once = {next(at for at in every if form[at].name == n) for n in {form[i].name for i in every}}
    for chosen in (every, once):
        rest = [at for at in range(len(form)) if at not in chosen]
        left = total - sum(bars[form[at].name] for at in chosen)
        if chosen and (left >= len(rest) if rest else left == 0):
            break
    else:
        return list(form), set()
    shared = iter(fit([form[at] for at in rest], left, fixed=True) if rest else ())
    found = [
        replace(stretch, bars=bars[stretch.name]) if at in chosen else next(shared)
        for at, stretch in enumerate(form)
    ]
    starts = _starts(found)
    return found, {edge for at in chosen for edge in starts[at : at + 2]} - {0, total}


def _lasting_between(form: list[Stretch], name: str, bars: int, pinned: set[int]) -> list[Stretch]:
    """Returns the form with one section so long between pinned bars; its ends are then pinned."""
    starts = _starts(form)
    named = [at for at, stretch in enumerate(form) if stretch.name == name]
    at = next((at for at in named if starts[at + 1] in pinned), named[0] if named else -1)
    if at < 0:
        return form
    edges = [0, *sorted(edge for edge in pinned if edge in starts), starts[-1]]
    if starts[at + 1] in pinned and at and starts[at] not in pinned:
        first = starts.index(max(edge for edge in edges if edge <= starts[at]))
        begins = starts[at + 1] - bars
        if begins - starts[first] < at - first:
            return form
        pinned.add(begins)
        before = fit(form[first:at], begins - starts[first], fixed=True)
        return [*form[:first], *before, replace(form[at], bars=bars), *form[at + 1 :]]
    ends = starts[at] + bars
    last = starts.index(min(edge for edge in edges if edge > starts[at]))
    behind = last - at - 1
    if starts[last] - ends < behind or (not behind and starts[last] != ends):
        return form
    pinned.add(ends)
    after = fit(form[at + 1 : last], starts[last] - ends, fixed=True) if behind else []
    return [*form[:at], replace(form[at], bars=bars), *after, *form[last:]]


def _starts(form: Sequence[Stretch]) -> list[int]:
    """Returns the bar at which each section begins, and that behind the last one."""
    return [0, *itertools.accumulate(stretch.bars for stretch in form)]
