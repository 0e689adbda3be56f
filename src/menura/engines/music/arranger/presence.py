"""Presence: who plays in each section once nobody plays before he comes in, or when he has gone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.entrances import Entrance
    from menura.engines.music.arranger.form import Stretch


def keep_entrances(
    names: Sequence[tuple[str, ...]], stretches: Sequence[Stretch], entrances: Sequence[Entrance]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Returns who plays in each section once nobody plays before he comes in, and notes."""
    starts = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    playing = [list(section) for section in names]
    notes = []
    for entrance in entrances:
        alone = False
        first, last = _silence(entrance, entrances, starts[-1])
        for at, start in enumerate(starts[: len(playing)]):
            if not first <= start < last:
                begins = start == entrance.bar and not entrance.leaves
                new = entrance.parts.difference(playing[at]) if begins else ()
                playing[at] += sorted(new)
                continue
            left = [name for name in playing[at] if name not in entrance.parts]
            left += sorted(entrance.alone.difference(left))
            alone = alone or not left
            playing[at] = left or playing[at]
        if alone:
            notes.append(f"{entrance.phrase}: nobody else plays then, so it plays all the time")
    return [tuple(section) for section in playing], notes


def _silence(entrance: Entrance, entrances: Sequence[Entrance], total: int) -> tuple[int, int]:
    """Returns the bars in which parts are silent: before they enter, or until they do again."""
    same = [e for e in entrances if e.parts & entrance.parts and e.leaves != entrance.leaves]
    if entrance.leaves:
        return entrance.bar, min((e.bar for e in same if e.bar > entrance.bar), default=total)
    return max((e.bar for e in same if e.bar < entrance.bar), default=0), entrance.bar
