"""Comping: chords in the rhythm of a style, under a tune."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.arranger.voicing import voice
from menura.engines.music.arranger.writing.stave import dynamics, lowest_tune
from menura.engines.music.arranger.writing.styles import nearest, own_style
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.arranger.writing.stave import Slot, Stave

_STACCATO = 0.75
"""Share of its step that a chord cut short is written."""
_SPAN = 17
"""Semitones that chords have at least, however low the tune lies above them."""
_LEFT_HAND = 41
"""Lowest pitch of a left hand: a chord's root goes into the octave above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comping:
    """How chords are played.

    Attributes:
        name: of the style.
        right: letters of each bar in turn.
        left: letters of each bar in turn for the left hand; "" = none.
        voicing: a style of the voicings.
        voices: how many pitches at once.
        low: lowest pitch of the right hand.
        high: highest pitch.
    """

    name: str
    right: tuple[str, ...]
    left: tuple[str, ...]
    voicing: str
    voices: int
    low: int
    high: int


def write_comping(stave: Stave) -> list[Note]:
    """Returns the chords of a section as a style has them."""
    comping = comping_of(stave)
    slots = stave.slots()
    voicings = voiced(stave, comping, slots)
    alone = not any(p.role == "bass" and p.name in stave.bars[0].parts for p in stave.plan.parts)
    notes: list[Note] = []
    for bar in stave.bars:
        inside = [(s, v) for s, v in zip(slots, voicings, strict=True) if s.bar is bar]
        if stave.closing and not bar.left:
            notes += _held(stave, comping, inside, alone=alone)
            continue
        letters = comping.right[bar.index % len(comping.right)]
        notes += _right_hand(stave, bar, letters, inside)
        if alone and comping.left:
            notes += _left_hand(stave, bar, comping.left[bar.index % len(comping.left)])
    return notes


def comping_of(stave: Stave) -> Comping:
    """Returns how a part plays chords: its style, or its genre's where it is not known."""
    table = _facts()["styles"]
    own = own_style(stave.plan, stave.part)
    name = nearest(stave.style, table) or nearest(own, table) or "sustained"
    facts = table[name]
    right, left = facts["right"], facts["left"]
    if stave.plan.meter != (4, 4):
        meters = _facts()["meters"][facts["like"]]
        written = f"{stave.plan.meter[0]}/{stave.plan.meter[1]}"
        right, held = meters.get(written, ["c" + "-" * (stave.plan.meter[0] - 1), ""])
        left = held if left else ""
    low, high = facts["range"]
    low, high = max(low, stave.compass.low), min(high, stave.compass.high)
    high = min(high, max(lowest_tune(stave) + 2, low + _SPAN))  # the tune has its own register
    if high - low < 14:  # a high instrument: an octave and more from its own bottom
        low, high = stave.compass.low, min(stave.compass.low + 24, stave.compass.high)
    return Comping(
        name=name,
        right=tuple(right.split("|")),
        left=tuple(left.split("|")) if left else (),
        voicing=facts["voicing"],
        voices=facts["voices"],
        low=low,
        high=high,
    )


def voiced(stave: Stave, comping: Comping, slots: list[Slot]) -> list[tuple[int, ...]]:
    """Returns the pitches of each chord inside the instrument's compass, lowest first."""
    chords = [slot.chord for slot in slots]
    found = voice(chords, comping.low, comping.high, comping.voices, comping.voicing)
    return [tuple(sorted({int(stave.compass.fitted(p)) for p in pitches})) for pitches in found]


def _right_hand(
    stave: Stave, bar: Bar, letters: str, inside: list[tuple[Slot, tuple[int, ...]]]
) -> list[Note]:
    step = stave.plan.bar_beats / len(letters)
    changes = {round(slot.start - bar.start, 4) for slot, _ in inside[1:]}
    notes: list[Note] = []
    struck = 0
    for i, written in enumerate(letters):
        at = bar.start + i * step
        if at >= bar.end - 1e-6:
            break
        slot, pitches = next((s, v) for s, v in reversed(inside) if s.start <= at + 1e-6)
        changed = written in "-." and round(at - bar.start, 4) in changes and struck
        letter = "c" if changed else written
        if letter == "-":
            last = len(notes) - struck
            notes[last:] = [replace(note, beats=at + step - note.beat) for note in notes[last:]]
        elif letter == "." or not pitches:
            struck = 0 if stave.compass.hold else struck
        else:
            room = _until_next(letters, i) * step
            stroke = _stroke(stave, slot, pitches, letter, (at, step, room))
            notes += [replace(n, beats=min(n.beats, bar.end - at)) for n in stroke]
            struck = len(stroke)
    return notes


def _stroke(
    stave: Stave,
    slot: Slot,
    pitches: tuple[int, ...],
    letter: str,
    when: tuple[float, float, float],
) -> list[Note]:
    """Returns the notes of a letter.

    Args:
        stave: who plays.
        slot: the chord's stretch.
        pitches: of the chord, lowest first.
        letter: of the pattern.
        when: its beat, the length of a step, and how long it is to the next stroke.
    """
    at, step, room = when
    force, length, word, chosen = dynamics(slot.bar.energy) - 0.06, step, "", pitches
    if letter.isdigit():
        chosen = (pitches[min(int(letter), len(pitches)) - 1],)
        length = step * 2 if stave.compass.hold else slot.end - at
    elif letter == "u":
        chosen, force, length = pitches[-4:], force - 0.1, room if stave.compass.strum else step
    elif letter == "x":
        chosen, force, word = pitches[-3:], force - 0.2, "mute"
    elif letter == "k":
        length, word = step * _STACCATO, "staccato"
    else:
        length = room if stave.compass.strum else step
        force += 0.08 * (letter == "C")
    return [Note(at, length, float(p), min(max(force, 0.08), 1.0), word) for p in chosen]


def _until_next(letters: str, i: int) -> int:
    """Returns how many steps it is to the next stroke: strings ring until they are struck again."""
    return next((j for j in range(1, len(letters) - i) if letters[i + j] not in ".-"),
                len(letters) - i)  # fmt: skip


def _left_hand(stave: Stave, bar: Bar, letters: str) -> list[Note]:
    step = stave.plan.bar_beats / len(letters)
    force = dynamics(bar.energy) - 0.04
    notes: list[Note] = []
    for i, letter in enumerate(letters):
        at = bar.start + i * step
        if at >= bar.end - 1e-6:
            break
        chord = bar.chord_at(at)
        if letter == "-" and notes:
            notes = [
                replace(n, beats=at + step - n.beat) if n.beat == notes[-1].beat else n
                for n in notes
            ]
        if letter in "-." or chord is None:
            continue
        root = max(_LEFT_HAND - 5, stave.compass.low)
        root += (chord.bass - root) % 12
        fifth = 7 if (chord.root + 7) % 12 in chord.tones else 12
        steps = {"R": (0,), "5": (fifth,), "8": (12,), "W": (0, 12)}[letter]
        notes += [Note(at, step, float(root + up), min(force, 1.0), "") for up in steps]
    return notes


def _held(
    stave: Stave, comping: Comping, inside: list[tuple[Slot, tuple[int, ...]]], *, alone: bool
) -> list[Note]:
    """Returns the last bar: its chord, held to the end."""
    slot, pitches = inside[-1]
    bar = slot.bar
    force = dynamics(bar.energy) - 0.02
    notes = [Note(bar.start, bar.beats, float(p), min(force, 1.0), "") for p in pitches]
    if alone and comping.left:
        notes += _left_hand(stave, replace(bar, chords=((bar.start, slot.chord),)), "R-")
    return notes


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "comping.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
