"""Four-part writing: a chorale whose top voice sings the motif and whose lower voices move."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.voicing import parallels, voice
from menura.engines.music.arranger.writing.melody import draft_spot, finish, motif_of, tessitura
from menura.engines.music.arranger.writing.paths import FORBIDDEN, Manner, find_path
from menura.engines.music.arranger.writing.phrases import Draft, lay_out
from menura.engines.music.arranger.writing.stave import Slot, Stave, dynamics
from menura.engines.music.arranger.writing.styles import tune
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOWS = ((38, 81), (40, 81), (38, 79), (41, 84), (38, 84), (43, 81), (36, 77))
"""Lowest and highest pitch of the chorale, tried until one lets it end on the tonic."""
_BREATH_BEATS = 0.5
_ATTEMPTS = 12
_REACH = 7
"""Semitones that the tune may go below and above the chorale's own top voice."""


def write_quartet(staves: Sequence[Stave]) -> dict[str, list[Note]]:
    """Returns the notes of each voice in a section.

    The chorale's layouts give each voice its pitch where chords change, free of parallel fifths
    and octaves; the tune moves between them and is kept from making any; passing notes are only
    taken where they make none.

    Args:
        staves: of the voices, highest first.
    """
    top = staves[0]
    slots = [slot for slot in top.slots() if slot.chord is not None]
    layouts = _laid_out(staves, slots)
    if not layouts:
        return {stave.part.name: [] for stave in staves}
    lower = [
        _moved(stave, slots, [layout[-1 - i] for layout in layouts], i, len(staves))
        for i, stave in enumerate(staves[1:], start=1)
    ]
    lines = _with_passing(staves, slots, [_clean_tune(top, slots, layouts, lower), *lower])
    return {stave.part.name: line for stave, line in zip(staves, lines, strict=True)}


def _laid_out(staves: Sequence[Stave], slots: Sequence[Slot]) -> list[tuple[int, ...]]:
    """Returns the chorale, with the tonic on top at the end of the piece if that can be had."""
    chords = [slot.chord for slot in slots]
    found: list[tuple[int, ...]] = []
    for low, high in _WINDOWS if slots else ():
        layouts = voice(chords, low, high, len(staves), "chorale")
        if any(len(layout) != len(staves) for layout in layouts):
            continue
        closed = _tonic_on_top(staves, layouts, slots) if staves[0].closing else layouts
        found = found or closed
        if not staves[0].closing or closed[-1][-1] % 12 == staves[0].key.pitch_class:
            return closed
    return found


def verticals(lines: Sequence[Sequence[Note]]) -> list[tuple[int, ...]]:
    """Returns what sounds, lowest line first, at each onset; a rest keeps the pitch before it."""
    return [layout for _, layout in _sounding(lines)]


def _sounding(lines: Sequence[Sequence[Note]]) -> list[tuple[float, tuple[int, ...]]]:
    beats = sorted({round(note.beat, 6) for line in lines for note in line})
    found, at = [], [0] * len(lines)
    for beat in beats:
        for i, line in enumerate(lines):
            while at[i] + 1 < len(line) and line[at[i] + 1].beat <= beat + 1e-6:
                at[i] += 1
        if all(line and line[0].beat <= beat + 1e-6 for line in lines):
            pairs = zip(lines[::-1], at[::-1], strict=True)
            found.append((beat, tuple(round(line[i].pitch) for line, i in pairs)))
    return found


def _tonic_on_top(
    staves: Sequence[Stave], layouts: list[tuple[int, ...]], slots: Sequence[Slot]
) -> list[tuple[int, ...]]:
    """Returns the layouts with the tonic in the top voice of the last chord, if it has one."""
    chord, tonic = slots[-1].chord, staves[0].key.pitch_class
    if chord is None or tonic not in chord.tones or layouts[-1][-1] % 12 == tonic:
        return layouts
    at = max((i for i in range(len(layouts) - 1) if layouts[i] != layouts[-1]), default=None)
    if at is None:
        return layouts
    before, last = layouts[at], layouts[-1]
    choices = [
        [p for p in range(max(pitch - 7, stave.compass.low), pitch + 8) if p % 12 in chord.tones]
        for pitch, stave in zip(before, reversed(staves), strict=True)
    ]
    choices[0] = [p for p in choices[0] if p % 12 == chord.bass] or [last[0]]
    choices[-1] = [p for p in choices[-1] if p % 12 == tonic]
    third = next((s for s in (3, 4) if s in chord.intervals), 0)
    best: tuple[float, tuple[int, ...]] | None = None
    for layout in itertools.product(*choices):
        if list(layout) != sorted(set(layout)) or parallels([before, layout]):
            continue
        cost = float(sum(abs(a - b) for a, b in zip(before, layout, strict=True)))
        cost += 20.0 * ((chord.root + third) % 12 not in {p % 12 for p in layout})
        cost += 30.0 * any(
            a % 12 == (tonic - 1) % 12 and b - a != 1 for a, b in zip(before, layout, strict=True)
        )
        best = min(best, (cost, layout)) if best else (cost, layout)
    if best is None:
        return layouts
    return [best[1] if i > at else layout for i, layout in enumerate(layouts)]


def _clean_tune(
    stave: Stave,
    slots: Sequence[Slot],
    layouts: Sequence[tuple[int, ...]],
    lower: list[list[Note]],
) -> list[Note]:
    """Returns the top voice, written again until it makes no parallels with the others.

    A pitch that made one is shunned the next time; where that one is the chorale's own, it is the
    pitch before it.
    """
    shunned: dict[float, set[float]] = {}
    line: list[Note] = []
    for _ in range(_ATTEMPTS):
        line = _tune(stave, slots, layouts, shunned)
        sounding = _sounding([line, *lower])
        faults = parallels([layout for _, layout in sounding])
        if not faults:
            break
        for at, _, _ in faults:
            beat = sounding[at][0]
            own = any(abs(slot.start - beat) < 1e-6 for slot in slots)
            heard = [n for n in line if n.beat <= beat + (-1e-6 if own else 1e-6)]
            if heard:
                shunned.setdefault(round(heard[-1].beat, 6), set()).add(heard[-1].pitch)
    return line


def _tune(
    stave: Stave,
    slots: Sequence[Slot],
    layouts: Sequence[tuple[int, ...]],
    shunned: dict[float, set[float]],
) -> list[Note]:
    """Returns the top voice: the chorale's pitch where a chord begins, the motif in between."""
    manner = tune(stave.style)
    drafts = _split(lay_out(stave, manner, motif_of(stave.plan, stave.style)), slots)
    where = tessitura(stave, None)
    spots = []
    for draft in drafts:
        at = max(j for j, slot in enumerate(slots) if slot.start <= draft.beat + 1e-6 or not j)
        layout = layouts[at]
        spot = draft_spot(stave, draft, where)
        if abs(draft.beat - slots[at].start) < 1e-6:
            pinned = float(layout[-1])
            spots.append(
                replace(spot, low=pinned, high=pinned, target=pinned, only=frozenset(),
                        scale=tuple(sorted({*spot.scale, pinned % 12})))
            )  # fmt: skip
            continue
        low, high = max(layout[-2] + 1.0, layout[-1] - _REACH), layout[-1] + float(_REACH)
        spot = replace(
            spot, low=min(low, layout[-1]), high=high, target=layout[-1] + draft.lift / 2
        )
        avoided = shunned.get(round(draft.beat, 6), ())
        spot = replace(spot, extra=tuple((p, FORBIDDEN / 2) for p in avoided))
        spots.append(spot)
    pitches = find_path(
        spots, Manner(leap=manner.leap, motif=2.0, register=0.1), stave.rng("pitches")
    )
    return finish(stave, manner, drafts, pitches)


def _split(drafts: Sequence[Draft], slots: Sequence[Slot]) -> list[Draft]:
    """Returns the notes with those divided that sound on over a change of chord."""
    starts = [slot.start for slot in slots]
    found = []
    for draft in drafts:
        end = draft.beat + draft.beats
        inside = [s for s in starts if draft.beat + 1e-6 < s < end - 1e-6]
        edges = [draft.beat, *inside, end]
        for i, (a, b) in enumerate(itertools.pairwise(edges)):
            piece = replace(draft, beat=a, beats=b - a)
            if i:
                piece = replace(piece, strong=True, motion=None, breath=False)
            found.append(piece)
    return found


def _moved(
    stave: Stave, slots: Sequence[Slot], pitches: Sequence[int], number: int, voices: int
) -> list[Note]:
    """Returns a lower voice: its pitches in a rhythm of its own, with a breath at the end."""
    bottom = number == voices - 1
    shape = float(stave.theme_rng(f"voice {number}").random())
    waltz = stave.plan.bar_beats == 3 and stave.plan.meter[1] == 4
    notes = []
    for slot, pitch in zip(slots, pitches, strict=True):
        length = slot.end - slot.start
        last = not slot.bar.left and slot.end >= slot.bar.end - 1e-6
        beats: list[tuple[float, float]] = [(0.0, length)]
        if waltz and length == 3 and not (last and stave.closing):
            beats = [(0.0, 1.5)] if bottom else [(1.0, 0.8), (2.0, 0.8)]
            if stave.energy > 0.7 and bottom:
                beats = [(0.0, 3.0)]
        elif not (last and stave.closing) and length >= 2 and not bottom:
            half = length / 2
            beats = [(0.0, half), (half, half)] if shape < 0.6 or stave.energy > 0.6 else beats
        if last and not stave.closing:
            beats = [(b, min(n, length - _BREATH_BEATS - b)) for b, n in beats]
        force = dynamics(slot.bar.energy) - (0.04 if bottom else 0.1)
        notes += [
            Note(slot.start + b, n, float(pitch), max(force - 0.04 * (b > 0), 0.1), "")
            for b, n in beats
            if n > 0.1
        ]
    return notes


def _with_passing(
    staves: Sequence[Stave], slots: Sequence[Slot], lines: list[list[Note]]
) -> list[list[Note]]:
    """Returns the lines with passing notes between thirds of the lower voices, where none clash."""
    starts = {round(slot.start, 6) for slot in slots}
    for number in range(1, len(lines)):
        stave, chance = staves[number], staves[number].rng("passing")
        for note, after in itertools.pairwise(tuple(lines[number])):
            third = abs(after.pitch - note.pitch) in {3, 4} and round(after.beat, 6) in starts
            bound = note.beat + note.beats > after.beat - 1e-6 and note.beats >= 1
            between = _between(stave, note.pitch, after.pitch)
            if chance.random() > 0.7 or not third or not bound or between is None:
                continue
            half, force = note.beats / 2, max(note.velocity - 0.05, 0.05)
            passing = Note(note.beat + half, half, between, force, note.articulation)
            at = lines[number].index(note)
            line = [*lines[number]]
            line[at : at + 1] = [replace(note, beats=half), passing]
            if not parallels(verticals([*lines[:number], line, *lines[number + 1 :]])):
                lines[number] = line
    return lines


def _between(stave: Stave, low: float, high: float) -> float | None:
    tones = {(stave.key.pitch_class + step) % 12 for step in stave.key.steps}
    inside = range(round(min(low, high)) + 1, round(max(low, high)))
    return next((float(p) for p in inside if p % 12 in tones), None)
