"""Entrances: from which bar on a part plays, and where a section begins, as a brief times them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.boundaries import begun, bounded, lasting
from menura.engines.music.arranger.drops import DROP, lengthened
from menura.engines.music.arranger.meeting import NEAR_S
from menura.engines.music.arranger.outline import cut_end
from menura.engines.music.arranger.timing import DEFAULT_DURATION_S, bar_seconds
from menura.engines.music.plan import ROLES
from menura.text.brief.ensembles import brings_band
from menura.text.brief.quantities import MAX_BARS, MAX_DURATION_S
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.engines.music.arranger.casting import Cast
    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.genres import Slot
    from menura.engines.music.arranger.timing import Fit
    from menura.engines.music.plan import MusicPlan, Section
    from menura.text.brief import Entry, MusicBrief

_ROOM = 1.5
"""A piece of no given length is this much longer than what comes before its last entrance."""
_PHRASE_BARS = 4
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
        joins: whether a band comes in whose players are left open.
    """

    parts: frozenset[str]
    bar: int
    leaves: bool
    phrase: str
    alone: frozenset[str] = frozenset()
    joins: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """A form in which entrances have their bars.

    Attributes:
        form: the sections.
        entrances: who comes in or stops, in order of mention.
        placed: (words, seconds asked for, bar from 0) of what was asked for in seconds.
        notes: what could not be done.
    """

    form: tuple[Stretch, ...]
    entrances: tuple[Entrance, ...] = ()
    placed: tuple[tuple[str, float, int], ...] = ()
    notes: tuple[str, ...] = ()


def with_room(brief: MusicBrief) -> MusicBrief:
    """Returns the brief of a piece long enough for its entrances, if its length is open."""
    if brief.duration_s is not None or brief.bars is not None:
        return brief
    last_s = max((e.when for e in brief.entries if e.unit == "s"), default=0.0)
    lasting_bars = sum(e.when for e in brief.entries if e.lasts and e.unit == "bars")
    last_bars = max((e.when for e in brief.entries if e.unit == "bars"), default=0.0)
    last_bars = max(last_bars, lasting_bars)
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

    A time goes to the bar line that the fit has for it, or to the nearest. A section that is timed
    begins there: what comes before it and behind it shares the bars as before. For a player the
    next boundary moves to the entrance, if it is near, or a section is divided.

    Args:
        stretches: the form.
        brief: says who comes in when, and how long sections last.
        band: who plays.
        fitted: bars, where those are for times, and how the last ones are cut.
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
    placed: list[tuple[str, float, int]] = []
    pinned: set[int] = set()
    others = [entry for entry in brief.entries if not entry.lasts]
    of_sections = sorted((e for e in others if e.section), key=lambda entry: entry.when)
    for entry in [*of_sections, None, *(e for e in others if not e.section)]:
        if entry is None:  # sections have their lengths between those that are timed
            form, edges = _lasting(form, brief, fitted, meter, (pinned, placed, notes))
            pinned |= edges
            continue
        bar = _bar_of(entry, fitted, meter, total)
        said = f"{' '.join(entry.phrase.split())!r:.60}"
        if refusal := _refused(entry, bar, total, fitted):
            notes.append(f"{said}: {refusal}")
        if refusal or bar < 1:
            continue
        if entry.section:
            form = begun(form, entry.section, bar, pinned, leaves=entry.leaves)
        else:
            who = [replace(entry, who=name) for name in (entry.who, *entry.beside)]
            meant = [s.name for s in band.slots if any(is_meant(s, each, brief) for each in who)]
            rest = [slot.name for slot in band.slots if slot.name not in meant]
            parts = frozenset(rest if meant and entry.others else meant)
            if not parts:
                notes.append(f"{said}: {entry.who} has no part of its own that could do so")
                continue
            form = bounded(form, bar, pinned)
            found.append(
                Entrance(
                    parts=parts,
                    bar=bar,
                    leaves=entry.leaves,
                    phrase=said,
                    alone=frozenset(meant if entry.others else ()),
                    joins=brings_band([entry]),
                )
            )
        pinned.add(bar)
        if entry.unit == "s":
            placed.append((said, entry.when, bar))
    drops = {_bar_of(e, fitted, meter, total) for e in of_sections if e.section == DROP}
    form = cut_end(_cut(lengthened(form, drops, pinned), fitted), fitted)
    return Timetable(
        form=tuple(form),
        entrances=_led_by_named(found, band),
        placed=tuple(placed),
        notes=tuple(notes),
    )


def _led_by_named(found: Sequence[Entrance], band: Cast) -> tuple[Entrance, ...]:
    """Returns the entrances, with those who are named beside a band playing until it comes in."""
    later = {name for each in found if not each.leaves for name in each.parts}
    named = frozenset(slot.name for slot in band.slots if slot.name not in later)
    return tuple(replace(e, alone=e.alone | named) if e.joins else e for e in found)


def _refused(entry: Entry, bar: int, total: int, fitted: Fit) -> str:
    """Returns why nobody comes in or stops at a bar, or ""."""
    if bar >= total - 1:
        return f"the piece has {total} bars ({fitted.duration_s:g} s): too late"
    return "too early to stop: it plays on" if bar < 1 and entry.leaves else ""


def _lasting(
    form: list[Stretch],
    brief: MusicBrief,
    fitted: Fit,
    meter: tuple[int, int],
    told: tuple[set[int], list[tuple[str, float, int]], list[str]],
) -> tuple[list[Stretch], set[int]]:
    """Returns the form with sections as long as asked, and the bars that are so decided.

    Args:
        form: the sections.
        brief: says how long sections last.
        fitted: bars, and where those are for times.
        meter: beats in a bar and the note that is one beat.
        told: bars that are decided already; filled with what is placed at a second, and notes.
    """
    lengths = {entry.section: entry for entry in brief.entries if entry.lasts}
    if not lengths:
        return form, set()
    pinned, placed, notes = told
    total, bar_s = sum(stretch.bars for stretch in form), bar_seconds(meter, fitted.bpm)
    bars = {}
    for name, entry in lengths.items():
        of_time = entry.unit == "s" and name != form[0].name
        count = entry.when / bar_s if of_time else _bar_of(entry, fitted, meter, total)
        bars[name] = max(round(count), 1)
        if of_time and abs(bars[name] * bar_s - entry.when) > NEAR_S:
            length = f"{bars[name]} bars, {bars[name] * bar_s:.2f} s"
            notes.append(f"{entry.phrase!r:.60}: sections have whole bars: {length}")
    found, edges = lasting(form, bars, pinned)
    if not edges:
        phrases = ", ".join(entry.phrase for entry in lengths.values())
        notes.append(f"{phrases!r:.60}: the piece has {total} bars: too few for that")
    elif (first := lengths.get(form[0].name)) is not None and first.unit == "s":
        placed.append((f"{first.phrase!r:.60}", first.when, found[0].bars))
    return found, edges


def how_far_off(plan: MusicPlan, timetable: Timetable) -> list[str]:
    """Returns a line for each time that no bar line of a plan met."""
    starts = dict(zip(_starts(plan.sections), section_starts(plan), strict=False))
    clock, notes = tempi_of(plan), []
    for said, when_s, bar in timetable.placed:
        if bar not in starts:
            continue
        at_s = seconds_at(clock, starts[bar])
        if abs(at_s - when_s) > NEAR_S + 1e-6:
            side = "after" if at_s > when_s else "before"
            notes.append(
                f"{said}: bar {bar + 1} begins at {at_s:.2f} s, {abs(at_s - when_s):.2f} s {side}"
                f" that: a bar at {plan.bpm:g} bpm lasts {bar_seconds(plan.meter, plan.bpm):.2f} s"
            )
    return list(dict.fromkeys(notes))


def _bar_of(entry: Entry, fitted: Fit, meter: tuple[int, int], total: int) -> int:
    """Returns the bar line for what an entry asks: the one made for it, or the nearest."""
    if entry.unit == "bars":
        return round(entry.when)
    if entry.unit == "share":
        return round(entry.when * total)
    made = next((mark.bar for mark in fitted.marks if mark.when_s == entry.when), None)
    if made is not None:
        return made
    bars = entry.when / bar_seconds(meter, fitted.bpm)
    return math.ceil(bars - 1e-6) if entry.after else round(bars)


def is_meant(slot: Slot, entry: Entry, brief: MusicBrief) -> bool:
    """Returns whether a part is that of who comes in, by role, name, group or kit."""
    if entry.who in ROLES:
        same = {slot.role, entry.who} <= _BEATS and entry.who == "drums"
        return slot.role == entry.who or (same and slot.instruments[0] != "timpani")
    wishes = [wish for wish in brief.instruments if wish.name == entry.who]
    group = vocabulary().players["group"].get(entry.who, {})
    if any(wish.keys for wish in wishes):  # a piece of a kit comes in with the kit
        return slot.role == "percussion" and slot.styles[:1] == (entry.who,)
    if group and "players" not in group:  # an orchestra is whoever is not named beside it
        named = {name for wish in brief.instruments for name in wish.choices}
        return slot.instruments[0] not in named
    choices = {entry.who, *(name for wish in wishes for name in wish.choices)}
    choices |= set(group.get("players", ()))
    if not wishes:  # "deep strings" are others
        chosen = vocabulary().players["chosen"].get(entry.who, {})
        for name in chosen.values():
            choices |= set(vocabulary().players["group"][name]["players"])
    return slot.instruments[0] in choices


def _cut(form: Sequence[Stretch], fitted: Fit) -> list[Stretch]:
    """Returns the form with the bars cut short that bring a time to a bar line."""
    cuts = {mark.bar: mark.cut_beats for mark in fitted.marks}
    ends = itertools.accumulate(stretch.bars for stretch in form)
    return [replace(s, cut_beats=cuts.get(end, 0.0)) for s, end in zip(form, ends, strict=True)]


def _starts(sections: Iterable[Stretch | Section]) -> list[int]:
    """Returns the bar at which each section begins, and that behind the last one."""
    return [0, *itertools.accumulate(section.bars for section in sections)]
