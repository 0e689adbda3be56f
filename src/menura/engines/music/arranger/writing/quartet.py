"""Four-part writing: a chorale whose top voice sings the motif and whose lower voices move."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.voicing import Ends, parallels, voice
from menura.engines.music.arranger.writing.melody import (
    draft_spot,
    finish,
    has_motif,
    motif_of,
    tessitura,
)
from menura.engines.music.arranger.writing.paths import FORBIDDEN, Manner, Spot, find_path
from menura.engines.music.arranger.writing.phrases import Draft, lay_out
from menura.engines.music.arranger.writing.stave import Slot, Stave, dynamics
from menura.engines.music.arranger.writing.styles import tune
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.chords import Chord
    from menura.text.keys import Key

_WINDOWS = ((38, 81), (40, 81), (38, 79), (41, 84), (38, 84), (43, 81), (36, 77))
"""Lowest and highest pitch of the chorale, tried until one lets it end on the tonic."""
_BREATH_BEATS = 0.5
_ATTEMPTS = 12
_MOTIF = 2.0
"""Cost of a scale step off the motif; it grows where no bar of the section would have it."""
_REACH = 7
"""Semitones that the tune may go below and above the chorale's own top voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chorale:
    """The four voices of a section.

    Attributes:
        lines: name of a part -> its notes.
        end: the last chord and its pitches, lowest first, that the next section goes on from; it
            hangs on no seed. None if nothing sounds.
    """

    lines: dict[str, list[Note]]
    end: tuple[Chord, tuple[int, ...]] | None


def write_quartet(staves: Sequence[Stave], before: Chorale | None = None) -> Chorale:
    """Returns the notes of each voice in a section.

    The chorale's layouts give each voice its pitch where chords change, free of parallel fifths
    and octaves; the tune moves between them and is kept from making any; passing notes are only
    taken where they make none.

    Args:
        staves: of the voices, highest first.
        before: of the section before it; it goes on from it if its voices are the same.
    """
    top = staves[0]
    slots = [slot for slot in top.slots() if slot.chord is not None]
    names = [stave.part.name for stave in staves]
    layouts = _laid_out(staves, slots, before.end if before and [*before.lines] == names else None)
    if not layouts:
        return Chorale(lines={name: [] for name in names}, end=None)
    lower = [
        _moved(stave, slots, [layout[-1 - i] for layout in layouts], i, len(staves))
        for i, stave in enumerate(staves[1:], start=1)
    ]
    lines = _with_passing(staves, slots, [_clean_tune(top, slots, layouts, lower), *lower])
    last = slots[-1].chord
    return Chorale(
        lines=dict(zip(names, lines, strict=True)), end=(last, layouts[-1]) if last else None
    )


def _laid_out(
    staves: Sequence[Stave],
    slots: Sequence[Slot],
    before: tuple[Chord, tuple[int, ...]] | None,
) -> list[tuple[int, ...]]:
    """Returns the chorale, with the tonic on top at the end of the piece if that can be had.

    A section that ends on the dominant leaves the leading tone to the lower voices, which know
    where they go on to, whatever the tune of the next section is.
    """
    if not slots:
        return []
    chords, key = [slot.chord for slot in slots], staves[0].key
    tones = chords[-1].tones if chords[-1] else frozenset()
    wanted = {key.pitch_class} if staves[0].closing else {leading_tone(chords[-1], key)}
    top = frozenset(tones & wanted if staves[0].closing else tones - wanted)
    floors = tuple(stave.compass.low for stave in reversed(staves))
    ends = Ends(before=before, top=top, floors=floors)
    found: list[tuple[int, ...]] = []
    for low, high in _WINDOWS:
        layouts = voice(chords, low, high, len(staves), "chorale", ends=ends)
        if any(len(layout) != len(staves) for layout in layouts):
            continue
        found = found or layouts
        if layouts[-1][-1] % 12 in top:
            return layouts
    return found


def leading_tone(chord: Chord | None, key: Key) -> int | None:
    """Returns the pitch class of the leading tone, if the chord is a dominant that has it."""
    tone = (key.pitch_class - 1) % 12
    dominant = chord is not None and chord.root == (key.pitch_class + 7) % 12
    return tone if chord and dominant and tone in chord.tones else None


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


def _clean_tune(
    stave: Stave,
    slots: Sequence[Slot],
    layouts: Sequence[tuple[int, ...]],
    lower: list[list[Note]],
) -> list[Note]:
    """Returns the top voice, written again until it has the motif and no parallels to the others.

    A pitch that made one is shunned the next time; where that one is the chorale's own, it is the
    pitch before it.
    """
    shunned: dict[float, set[float]] = {}
    line: list[Note] = []
    clean: list[Note] = []
    motif = _MOTIF
    for _ in range(_ATTEMPTS):
        line = _tune(stave, slots, layouts, shunned, motif)
        sounding = _sounding([line, *lower])
        faults = parallels([layout for _, layout in sounding])
        if not faults and has_motif(stave, line):
            return line
        if not faults:
            clean, motif = clean or line, 2 * motif
        for at, _, _ in faults:
            beat = sounding[at][0]
            own = any(abs(slot.start - beat) < 1e-6 for slot in slots)
            heard = [n for n in line if n.beat <= beat + (-1e-6 if own else 1e-6)]
            if heard:
                shunned.setdefault(round(heard[-1].beat, 6), set()).add(heard[-1].pitch)
    return clean or line


def _tune(
    stave: Stave,
    slots: Sequence[Slot],
    layouts: Sequence[tuple[int, ...]],
    shunned: dict[float, set[float]],
    motif: float,
) -> list[Note]:
    """Returns the top voice: the chorale's pitch where a chord begins, the motif in between."""
    manner = tune(stave.style)
    drafts = _split(lay_out(stave, manner, motif_of(stave.plan, stave.style)), slots)
    where = tessitura(stave, None)
    spots = []
    for draft in drafts:
        slot = _slot_at(slots, draft.beat)
        layout = layouts[slots.index(slot)]
        spot = draft_spot(stave, draft, where)
        if abs(draft.beat - slot.start) < 1e-6:
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
        _led(stave, slots, drafts, spots),
        Manner(leap=manner.leap, motif=motif, register=0.1),
        stave.rng("pitches"),
    )
    return finish(stave, manner, drafts, pitches)


def _led(
    stave: Stave, slots: Sequence[Slot], drafts: Sequence[Draft], spots: list[Spot]
) -> list[Spot]:
    """Returns the spots with the last leading tone of a dominant only where it goes to the tonic.

    Where its chord begins on one, the tonic comes next; elsewhere none is taken from which it
    would not be a half step up.
    """
    led = list(spots)
    for at, draft in enumerate(drafts):
        slot = _slot_at(slots, draft.beat)
        tone = leading_tone(slot.chord, stave.key)
        coming = drafts[at + 1] if at + 1 < len(drafts) else None
        under = _slot_at(slots, coming.beat).chord if coming else None
        if tone is None or (coming and (under is None or under.root != stave.key.pitch_class)):
            continue
        pinned = led[at].low == led[at].high
        if pinned and coming and led[at].low % 12 == tone:
            goal = led[at].low + 1
            led[at + 1] = replace(led[at + 1], low=goal, high=goal, only=frozenset())
        elif not pinned:
            after = led[at + 1] if coming else None
            good = after.low - 1 if after and after.low == after.high else None
            wrong = (p for p in range(128) if p % 12 == tone and p != good)
            shunned = tuple((float(p), FORBIDDEN / 2) for p in wrong)
            led[at] = replace(led[at], extra=(*led[at].extra, *shunned))
    return led


def _slot_at(slots: Sequence[Slot], beat: float) -> Slot:
    return slots[max(j for j, slot in enumerate(slots) if slot.start <= beat + 1e-6 or not j)]


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
