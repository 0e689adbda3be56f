"""Entrances: from which bar on a part plays, and where a section begins, as a brief times them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.form import Stretch, fit
from menura.engines.music.arranger.outline import cut_end
from menura.engines.music.arranger.timing import DEFAULT_DURATION_S, bar_seconds
from menura.engines.music.plan import ROLES
from menura.text.brief.quantities import MAX_BARS, MAX_DURATION_S
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.genres import Slot
    from menura.engines.music.arranger.timing import Fit
    from menura.text.brief import Entry, MusicBrief

_ROOM = 1.5
"""A piece of no given length is this much longer than what comes before its last entrance."""
_PHRASE_BARS = 4
_SHIFT_BARS = 2
"""A section that begins so near to an entrance begins with it."""
_INTRO_SHARE = 0.6
_BEATS = frozenset({"drums", "percussion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A bar from which on parts play, or are silent.

    Attributes:
        parts: their names.
        bar: number from the start of the piece, from 0.
        leaves: whether they stop there.
        phrase: the words that ask for it.
        alone: the parts that play without them until then; empty = whoever does.
    """

    parts: frozenset[str]
    bar: int
    leaves: bool
    phrase: str
    alone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A form in which entrances have their bars.

    Attributes:
        form: the sections.
        entrances: who comes in or stops, in order of mention.
        notes: what could not be done.
    """

    form: tuple[Stretch, ...]
    entrances: tuple[Entrance, ...] = ()
    notes: tuple[str, ...] = ()


def with_room(brief: MusicBrief) -> MusicBrief:
    """Returns the brief of a piece long enough for its entrances, if its length is open."""
    if brief.duration_s is not None or brief.bars is not None:
        return brief
    last_s = max((e.when for e in brief.entries if e.unit == "s"), default=0.0)
    last_bars = max((e.when for e in brief.entries if e.unit == "bars"), default=0.0)
    if _ROOM * last_s > DEFAULT_DURATION_S:
        return replace(brief, duration_s=min(float(round(_ROOM * last_s)), MAX_DURATION_S))
    if last_bars > 3 * _PHRASE_BARS:
        bars = _PHRASE_BARS * round(_ROOM * last_bars / _PHRASE_BARS)
        return replace(brief, bars=min(bars, MAX_BARS))
    return brief


def settle_entrances(
    stretches: Sequence[Stretch],
    brief: MusicBrief,
    band: Cast,
    fitted: Fit,
    meter: tuple[int, int],
    *,
    cued: bool,
) -> Timetable:
    """Returns the form with a section boundary at each entrance, and the entrances.

    A time goes to the nearest bar line. A section that is timed begins there: what comes before
    it and behind it shares the bars as before. For a player the next boundary moves to the
    entrance, if it is near, or a section is divided.

    Args:
        stretches: the form.
        brief: says who comes in when.
        band: who plays.
        fitted: bars, and how the last ones are cut.
        meter: beats in a bar and the note that is one beat.
        cued: whether cues decide where sections begin; then nothing comes in at a time of its own.
    """
    if not brief.entries or cued:
        phrases = ", ".join(entry.phrase for entry in brief.entries)
        note = f"cues decide where sections begin: {phrases!r:.60} is not done"
        return Timetable(form=tuple(stretches), notes=(note,) if phrases else ())
    form = [replace(stretch, cut_beats=0.0, approach_cut_beats=0.0) for stretch in stretches]
    total = sum(stretch.bars for stretch in form)
    found: list[Entrance] = []
    notes: list[str] = []
    pinned: set[int] = set()
    for entry in sorted(brief.entries, key=lambda entry: not entry.section):
        bar = _bar_of(entry, fitted, meter, total)
        said = f"{' '.join(entry.phrase.split())!r:.60}"
        if bar >= total - 1:
            notes.append(f"{said}: the piece has {total} bars ({fitted.duration_s:g} s): too late")
        elif bar < 1:
            if entry.leaves:
                notes.append(f"{said}: too early to stop: it plays on")
        elif entry.section:
            form = _begun(form, entry.section, bar)
            pinned.add(bar)
        else:
            meant = [slot.name for slot in band.slots if _is_meant(slot, entry, brief)]
            rest = [slot.name for slot in band.slots if slot.name not in meant]
            parts = frozenset(rest if meant and entry.others else meant)
            if not parts:
                notes.append(f"{said}: {entry.who} has no part of its own that could do so")
                continue
            form = _bounded(form, bar, pinned)
            pinned.add(bar)
            found.append(
                Entrance(
                    parts=parts,
                    bar=bar,
                    leaves=entry.leaves,
                    phrase=said,
                    alone=frozenset(meant if entry.others else ()),
                )
            )
    form = cut_end(form, fitted)
    return Timetable(form=tuple(form), entrances=tuple(found), notes=tuple(notes))


def keep_entrances(
    names: Sequence[tuple[str, ...]], stretches: Sequence[Stretch], entrances: Sequence[Entrance]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Returns who plays in each section once nobody plays before he comes in, and notes."""
    starts = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    playing = [list(section) for section in names]
    notes = []
    for entrance in entrances:
        alone = False
        for at, start in enumerate(starts[: len(playing)]):
            silent = (start < entrance.bar) != entrance.leaves
            if not silent:
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


def _bar_of(entry: Entry, fitted: Fit, meter: tuple[int, int], total: int) -> int:
    """Returns the nearest bar line to what an entry asks."""
    if entry.unit == "bars":
        return round(entry.when)
    if entry.unit == "share":
        return round(entry.when * total)
    return round(entry.when / bar_seconds(meter, fitted.bpm))


def _is_meant(slot: Slot, entry: Entry, brief: MusicBrief) -> bool:
    if entry.who in ROLES:
        same = {slot.role, entry.who} <= _BEATS and entry.who == "drums"
        return slot.role == entry.who or (same and slot.instruments[0] != "timpani")
    wishes = [wish for wish in brief.instruments if wish.name == entry.who]
    group = vocabulary().players["group"].get(entry.who, {})
    if any(wish.keys for wish in wishes):  # a piece of a kit comes in with the kit
        return slot.role == "percussion" and slot.styles[:1] == (entry.who,)
    choices = {entry.who, *(name for wish in wishes for name in wish.choices)}
    return slot.instruments[0] in choices | set(group.get("players", ()))


def _begun(form: list[Stretch], name: str, bar: int) -> list[Stretch]:
    """Returns the form with a section that begins at a bar."""
    total = sum(stretch.bars for stretch in form)
    at = next((i for i, s in enumerate(form) if s.name == name and i), 0)
    before, after = form[:at], form[at:]
    if not before:
        energy = round(_INTRO_SHARE * form[0].energy, 3)
        before = [replace(form[0], name="intro", energy=energy, presence=energy)]
    return [*fit(before, bar, fixed=True), *fit(after, total - bar, fixed=True)]


def _bounded(form: list[Stretch], bar: int, pinned: set[int]) -> list[Stretch]:
    """Returns the form with a boundary at a bar: one that is near moves there."""
    starts = [0, *itertools.accumulate(stretch.bars for stretch in form)]
    if bar in starts:
        return form
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
