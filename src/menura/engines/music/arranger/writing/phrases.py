"""Phrases: where the notes of a tune fall and what each one is for, before it has a pitch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.stave import strong_beats

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.arranger.writing.motifs import Motif
    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.arranger.writing.styles import Tune

PHRASE_BARS = 4
_SCHEMATA = ("ASFK", "ABAK", "AAIK", "AIFK", "ASAK", "AGHK", "ASSK", "ASBK")
_SPARSE = ("ARAK", "ASRK", "AKAK", "ARSK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A note without a pitch.

    Attributes:
        beat: where it begins, quarter notes from the start of the piece.
        beats: how long it is.
        strong: whether it falls on a strong beat.
        motion: scale steps from the note before that the motif asks for; None = free.
        lift: how much higher than the section's level the phrase wants it, semitones.
        breath: whether it begins a phrase or comes after a rest.
        close: "" or how the phrase ends on it: `open`, `closed` or `final`.
        phrase: number of its phrase in the section.
    """

    beat: float
    beats: float
    strong: bool
    motion: float | None
    lift: float
    breath: bool
    close: str
    phrase: int


def lay_out(stave: Stave, tune: Tune, motif: Motif) -> list[Draft]:
    """Returns the notes of a section's tune, in phrases of PHRASE_BARS bars, two to a period.

    The first phrase asks (it ends open), the second answers (it ends on the tonic). Both follow
    one schema: the motif, what becomes of it, a cadence. After Caplin, "Classical Form" (1998),
    chapters 3 and 4.
    """
    theme, chance = stave.theme_rng("theme"), stave.rng("tune")
    schemata = _SPARSE if tune.rest >= 0.4 else _SCHEMATA
    schema = schemata[int(theme.integers(len(schemata)))]
    other = replace(motif.inverted(), steps=motif.inverted().steps[::-1])
    sequence = int(theme.choice((-1, 1, 1, 2)))
    drafts: list[Draft] = []
    groups = phrase_groups(stave.bars)
    for number, bars in enumerate(groups):
        answers = number % 2 == 1 or number == len(groups) - 1
        final = stave.closing and number == len(groups) - 1
        close = "final" if final else "closed" if answers else "open"
        letters = _fitted(schema, len(bars))
        for at, (bar, letter) in enumerate(zip(bars, letters, strict=True)):
            cell = _cell(letter, motif, other)
            if letter == "S" and chance.random() < 0.5:
                cell = cell.varied(chance)
            lift = 3.0 * math.sin(math.pi * (at + 0.5) / len(bars)) + sequence * (letter == "S")
            frame = _Frame(bar=bar, lift=lift, phrase=number)
            last = at == len(bars) - 1
            alone = len(stave.bars) == 1
            if last:
                drafts += _cadence(frame, cell, close, tune, alone=alone)
            else:
                drafts += _place(frame, cell, letter)
        drafts = _led_into(drafts, bars, tune, chance) if number else drafts
    return _breathing(drafts, groups)


def phrase_groups(bars: Sequence[Bar]) -> list[tuple[Bar, ...]]:
    """Returns bars in phrases of PHRASE_BARS; one bar too many joins the phrase before it."""
    groups = [tuple(bars[i : i + PHRASE_BARS]) for i in range(0, len(bars), PHRASE_BARS)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return groups


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    bar: Bar
    lift: float
    phrase: int


def _fitted(schema: str, bars: int) -> str:
    """Returns a schema for a phrase of another length: it begins and ends as it would."""
    if bars <= PHRASE_BARS:
        return schema[: bars - 1] + schema[-1]
    return schema[:-1] + "B" * (bars - PHRASE_BARS) + schema[-1]


def _cell(letter: str, motif: Motif, other: Motif) -> Motif:
    if letter == "I":
        return motif.inverted()
    if letter == "F":
        return motif.fragmented()
    if letter in "GH":
        return motif.augmented("GH".index(letter))
    return other if letter == "B" else motif


def _place(frame: _Frame, cell: Motif, letter: str) -> list[Draft]:
    """Returns the notes of a bar; each lasts until the next."""
    if letter == "R":
        return []
    beats = frame.bar.beats
    onsets = [onset for onset in cell.onsets if onset < beats - 1e-6]
    if not onsets:
        return []
    ends = [*onsets[1:], beats]
    strong = strong_beats(frame.bar)
    drafts = []
    for i, (onset, end) in enumerate(zip(onsets, ends, strict=True)):
        drafts.append(
            Draft(
                beat=frame.bar.start + onset,
                beats=end - onset,
                strong=any(abs(onset - beat) < 1e-6 for beat in strong),
                motion=float(cell.steps[i] - cell.steps[i - 1]) if i else None,
                lift=frame.lift,
                breath=False,
                close="",
                phrase=frame.phrase,
            )
        )
    return drafts


def _cadence(frame: _Frame, cell: Motif, close: str, tune: Tune, *, alone: bool) -> list[Draft]:
    """Returns the last bar of a phrase: a short way to a long note on a strong beat, then rest.

    A bar that is a section alone has the motif, whose last note is the long one.
    """
    bar = frame.bar
    strong = strong_beats(bar)
    spot = 0.0 if close == "final" or len(strong) < 2 else strong[-1]
    if alone:
        spot = max((onset for onset in cell.onsets if onset < bar.beats - 1e-6), default=spot)
    before = [draft for draft in _place(frame, cell, "A") if draft.beat < bar.start + spot - 1e-6]
    if before:
        before[-1] = replace(before[-1], beats=bar.start + spot - before[-1].beat)
    length = bar.beats - spot
    if close != "final":
        length = max(length - max(tune.rest * bar.beats, 0.5), min(0.5, length))
    last = Draft(
        beat=bar.start + spot,
        beats=length,
        strong=True,
        motion=None,
        lift=frame.lift - 2.0,
        breath=False,
        close=close,
        phrase=frame.phrase,
    )
    return [*before, last]


def _led_into(
    drafts: list[Draft], bars: Sequence[Bar], tune: Tune, chance: np.random.Generator
) -> list[Draft]:
    """Returns the notes with a pickup before the phrase of `bars`, if there is room."""
    start = bars[0].start
    first = next((i for i, d in enumerate(drafts) if d.beat >= start - 1e-6), None)
    if first is None or not first or drafts[first].beat > start + 1e-6:
        return drafts
    end = drafts[first - 1].beat + drafts[first - 1].beats
    room = start - end
    if chance.random() >= tune.pickup or room < tune.grid + 0.5 - 1e-6:
        return drafts
    count = 2 if room >= 2 * tune.grid + 0.5 and chance.random() < 0.5 else 1
    led = [
        replace(
            drafts[first],
            beat=start - (count - i) * tune.grid,
            beats=tune.grid,
            strong=False,
            motion=None if not i else 1.0,
            lift=drafts[first].lift - 1.0,
        )
        for i in range(count)
    ]
    return drafts[:first] + led + drafts[first:]


def _breathing(drafts: list[Draft], groups: Sequence[Sequence[Bar]]) -> list[Draft]:
    """Returns the notes with the breaths marked: after a rest, and at each phrase's first note."""
    marked: list[Draft] = []
    for draft in drafts:
        gap = draft.beat - (marked[-1].beat + marked[-1].beats) if marked else 1.0
        marked.append(replace(draft, breath=gap > 0.4))
    if len(groups) > 1 and marked:
        return [replace(d, motion=None) if d.breath else d for d in marked]
    return marked
