"""Presence: who plays in each section: nobody before he comes in, or once he has gone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.music.arranger.drops import asks_for_drop, thinned
from menura.engines.music.arranger.finale import hushed_at_last, struck_at_last
from menura.engines.music.arranger.form import climbed
from menura.engines.music.arranger.sections import who_plays
from menura.engines.music.arranger.solitudes import leave_alone
from menura.engines.music.arranger.writing.hits import HIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.entrances import Entrance
    from menura.engines.music.arranger.form import Stretch
    from menura.text.brief import MusicBrief

_CONTINUOUS = frozenset({"rises", "falls"})
"""Curves of energy that sections follow from bar to bar: in all others they stand like terraces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """What decides who plays in which section.

    Attributes:
        brief: what is asked.
        band: who is there.
        everybody: whether all play all the time.
        led: whether a given tune goes through all sections.
        free: whether sections may be added: cues, a course of tempi, a canon, a form or a tune that
            are given leave no room.
    """

    brief: MusicBrief
    band: Cast
    everybody: bool
    led: bool
    free: bool

    def call(
        self, form: Sequence[Stretch], entrances: Sequence[Entrance]
    ) -> tuple[list[Stretch], list[tuple[str, ...]], list[str]]:
        """Returns the form, who plays in each section of it, and notes of who cannot."""
        names = who_plays(self.band, form, everybody=self.everybody)
        names = _led(names, self.band) if self.led else names
        stretches = list(form)
        if self.free and self.brief.shape in _CONTINUOUS and not self.brief.loop:
            stretches = climbed(stretches, self.brief.energy)
        if self.free and self.brief.ending == HIT and not self.brief.loop:
            stretches, names = struck_at_last(stretches, names, self.band)
        if self.brief.hushes:
            stretches, names = hushed_at_last(stretches, names, self.band, whole=not self.free)
        names, missed = keep_entrances(names, stretches, entrances)
        if self.free and asks_for_drop(self.brief):
            told = {entry.section for entry in self.brief.entries if entry.lasts}
            stretches, names = thinned(stretches, names, self.band, told)
        names, unmet = leave_alone(names, stretches, entrances, self.band, self.brief)
        return stretches, names, [*missed, *unmet]


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


def _led(names: Sequence[tuple[str, ...]], band: Cast) -> list[tuple[str, ...]]:
    """Returns who plays in each section once a given tune goes through all of them."""
    leads = tuple(slot.name for slot in band.slots if slot.role == "melody")
    return [tuple(dict.fromkeys((*playing, *leads))) for playing in names]
