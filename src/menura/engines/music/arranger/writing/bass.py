"""Bass lines: patterns on the chord's root, third and fifth, and lines that walk."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.arranger.writing.stave import dynamics
from menura.engines.music.arranger.writing.styles import nearest, own_style
from menura.engines.music.arranger.writing.walking import walk
from menura.engines.music.score import Note

if TYPE_CHECKING:
    import numpy as np

    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.chords import Chord


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How a bass moves.

    Attributes:
        name: of the style.
        bars: letters of each bar in turn.
        short: share of its written length that a note sounds.
        pedal: whether it stays on the tonic whatever the chord is.
    """

    name: str
    bars: tuple[str, ...]
    short: float
    pedal: bool


def write_bass(stave: Stave) -> list[Note]:
    """Returns the bass line of a section."""
    pattern = bass_pattern(stave.style, own_style(stave.plan, stave.part), stave.plan.meter)
    if pattern.name == "walking" and stave.plan.meter[1] == 4 and stave.energy >= 0.3:
        return _settled(stave, walk(stave))
    chance = stave.rng("bass")
    notes: list[Note] = []
    for at, bar in enumerate(stave.bars):
        after = stave.bars[at + 1] if at + 1 < len(stave.bars) else None
        if stave.closing and after is None:
            notes += _held(stave, bar)
            continue
        notes += _play_bar(stave, pattern, bar, after, chance)
    return _settled(stave, notes)


def bass_pattern(style: str, own: str, meter: tuple[int, int]) -> Pattern:
    """Returns the pattern of a style in a meter; of the genre's own where it is not known."""
    styles = _facts()["styles"]
    name = nearest(style, styles) or nearest(own, styles) or "root fifth"
    facts = styles[name]
    written = facts["bars"]
    if meter != (4, 4):
        table = _facts()["meters"][facts["like"]]
        written = table.get(f"{meter[0]}/{meter[1]}", "R" + "-" * (meter[0] - 1))
    return Pattern(
        name=name,
        bars=tuple(written.split("|")),
        short=facts["short"],
        pedal=facts.get("pedal", False),
    )


def root_pitch(stave: Stave, pitch_class: int) -> int:
    """Returns the bass pitch of a pitch class: the lowest in reach from the bottom of the line."""
    floor = max(stave.compass.low, 28)
    if stave.part.instrument in _facts()["deep"]["instruments"]:
        return floor + (pitch_class - floor) % 12
    if stave.compass.high - floor > 30:
        floor = max(floor, 33) if stave.compass.low < 33 else floor
    return floor + (pitch_class - floor) % 12


def _play_bar(
    stave: Stave, pattern: Pattern, bar: Bar, after: Bar | None, chance: np.random.Generator
) -> list[Note]:
    letters = pattern.bars[bar.index % len(pattern.bars)]
    step = stave.plan.bar_beats / len(letters)
    changes = {round(beat - bar.start, 4) for beat, _ in bar.chords[1:]}
    goal = after.chords[0][1] if after else None
    drawn = chance.random(len(letters))
    notes: list[Note] = []
    for i, written in enumerate(letters):
        at = i * step
        moves = round(at, 4) in changes and not pattern.pedal
        letter = "r" if written in "-." and moves else written
        silent = letter == "." or (letter == "g" and drawn[i] > 0.35 + 0.6 * bar.energy)
        if at >= bar.beats - 1e-6 or silent:
            continue
        if letter == "-":
            held = notes and notes[-1].articulation != "ghost"
            notes[-1:] = [replace(n, beats=bar.start + at + step - n.beat) if held else n
                          for n in notes[-1:]]  # fmt: skip
            continue
        chord = None if pattern.pedal else bar.chord_at(bar.start + at)
        pitch = _pitch(stave, chord, letter, goal)
        force = dynamics(bar.energy) + (0.06 if letter in "R8sS" else -0.02)
        force = force * 0.55 if letter == "g" else force
        word = {"g": "ghost", "s": "slide", "S": "slide"}.get(letter, "")
        notes.append(Note(bar.start + at, step, pitch, min(max(force, 0.1), 1.0), word))
    return [replace(note, beats=note.beats * pattern.short) for note in notes]


def _pitch(stave: Stave, chord: Chord | None, letter: str, goal: Chord | None) -> float:
    """Returns the pitch of a letter over a chord, on the way to the chord of the next bar."""
    if chord is None:
        root = root_pitch(stave, stave.key.pitch_class)
        return float(root + 7 * (letter == "5"))
    if letter in "Rrgs":
        return float(root_pitch(stave, chord.bass))
    root = root_pitch(stave, chord.root)
    if letter == "a":
        target = root_pitch(stave, goal.bass) if goal else root + 1
        below = target >= root and target > stave.compass.low
        return float(target - 1 if below else target + 1)
    if letter == "5":
        fifth = _first_of(chord, (7, 6, 8), 7)
        falls = root % 12 > 5 and root + fifth - 12 >= stave.compass.low
        return float(root + fifth - 12 * falls)
    steps, otherwise = {
        "8": ((), 12),
        "S": ((), 12),
        "3": ((4, 3, 5, 2), 7),
        "u": ((7, 6, 8), 7),
        "6": ((9,), 9),
        "7": ((10, 11), 9),
    }[letter]
    return float(root + _first_of(chord, steps, otherwise))


def _first_of(chord: Chord, steps: tuple[int, ...], otherwise: int) -> int:
    """Returns the first of some intervals that a chord has."""
    inside = {step % 12 for step in chord.intervals}
    return next((step for step in steps if step in inside), otherwise)


def _held(stave: Stave, bar: Bar) -> list[Note]:
    """Returns the last bar of the piece: the root, held into the ring-out."""
    chord = bar.chords[-1][1]
    root = root_pitch(stave, chord.bass if chord else bar.key.pitch_class)
    return [Note(bar.start, bar.beats, float(root), dynamics(bar.energy), "")]


def _settled(stave: Stave, notes: list[Note]) -> list[Note]:
    """Returns the notes inside the instrument's compass."""
    return [replace(note, pitch=stave.compass.fitted(note.pitch)) for note in notes]


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "bass.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
