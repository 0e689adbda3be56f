"""Tunes over a drone: maqam and raga, phrase by phrase through the degrees of the mode."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.arranger.harmony import chords_scale
from menura.engines.music.arranger.writing.paths import Spot
from menura.engines.music.arranger.writing.phrases import phrase_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.phrases import Draft
    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.score import Note
    from menura.text.keys import Key

_GLIDE_SEMITONES = 4
_COLOUR = 0.4
"""What a degree that marks the mode is worth, as a cost saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """How phrases of a mode move; degrees count from 0, the tonic.

    Attributes:
        rests: degrees that phrases end on, the final one first.
        starts: degrees that they begin on.
        centre: degree that each phrase in turn moves around.
        colour: degrees that tell the mode from others.
        ornament: chance that a long note is decorated.
        slide: chance that one is reached by a glide.
    """

    rests: tuple[int, ...]
    starts: tuple[int, ...]
    centre: tuple[int, ...]
    colour: tuple[int, ...]
    ornament: float
    slide: float


def grammar_of(key: Key) -> Grammar | None:
    """Returns the grammar of a mode that is heard over a drone; None for modes with chords."""
    if chords_scale(key.mode):
        return None
    facts = _facts().get(key.mode, _facts()["any"])
    return Grammar(
        rests=tuple(facts["rests"]),
        starts=tuple(facts["starts"]),
        centre=tuple(facts["centre"]),
        colour=tuple(facts["colour"]),
        ornament=facts["ornament"],
        slide=facts["slide"],
    )


def modal_spots(stave: Stave, drafts: Sequence[Draft], grammar: Grammar) -> list[Spot]:
    """Returns where the notes may lie: phrases unfold upwards through the mode and come home.

    Args:
        stave: the section.
        drafts: its notes.
        grammar: of the mode.
    """
    key, chance = stave.key, stave.theme_rng("modal")
    steps = key.steps
    base, window = _window(stave)
    count = len(phrase_groups(stave.bars))
    # the first section opens low, later and louder ones higher up
    shift = 0 if stave.arrival and stave.energy < 0.6 else int(chance.integers(0, 2))
    spots = []
    scale = tuple(sorted((key.pitch_class + step) % 12 for step in steps))
    stable = frozenset(_class(key, degree) for degree in grammar.rests)
    wanted = {_class(key, degree) for degree in grammar.colour}
    octaves = np.arange(12 * (window[0] // 12), window[1] + 12, 12.0)
    sought = tuple((float(octave + tone), -_COLOUR) for octave in octaves for tone in wanted)
    for draft in drafts:
        at = (draft.phrase + shift) % len(grammar.centre)
        if draft.phrase == count - 1 and count > 1:
            at = len(grammar.centre) - 1
        only: frozenset[float] = frozenset()
        if draft.close in {"closed", "final"}:
            only = frozenset({_class(key, 0)})
        elif draft.close:
            only = frozenset(_class(key, degree) for degree in grammar.rests[1:])
        elif draft.breath:
            only = frozenset(_class(key, degree) for degree in grammar.starts)
        centre = grammar.centre[at]
        level = base + steps[centre % len(steps)] + 12 * (centre // len(steps))
        spots.append(
            Spot(
                scale=scale,
                chord=stable,
                strong=draft.strong and not draft.breath,
                target=min(max(level + draft.lift - 1, window[0]), window[1]),
                motion=draft.motion,
                breath=draft.breath,
                only=only,
                low=window[0],
                high=window[1],
                extra=sought,
            )
        )
    return spots


def decorate(notes: Sequence[Note], grammar: Grammar, chance: np.random.Generator) -> list[Note]:
    """Returns a line with its long notes trilled and glided into, as the tradition has it."""
    draws = chance.random((len(notes), 2))
    found: list[Note] = []
    for i, note in enumerate(notes):
        before = notes[i - 1] if i else None
        moves = before is not None and 0 < abs(note.pitch - before.pitch) <= _GLIDE_SEMITONES
        if note.beats >= 1 and moves and draws[i, 0] < grammar.slide:
            found.append(replace(note, articulation="slide"))
        elif note.beats >= 1 and draws[i, 1] < grammar.ornament:
            found.append(replace(note, articulation="trill"))
        else:
            found.append(note)
    return found


def _window(stave: Stave) -> tuple[float, tuple[float, float]]:
    """Returns the pitch of the tonic that the tune stands on, and its lowest and highest pitch.

    It moves from a third below the tonic to a fourth above the octave, as the modes are taught.
    """
    compass, tonic = stave.compass, stave.key.pitch_class
    goal = compass.tune - 6
    base = float(goal + (tonic - goal + 6) % 12 - 6)
    while base < compass.low:
        base += 12
    return base, (max(base - 4, compass.low), min(base + 15, compass.high))


def _class(key: Key, degree: int) -> float:
    return (key.pitch_class + key.steps[degree % len(key.steps)]) % 12


@functools.cache
def _facts() -> dict[str, dict[str, Any]]:
    text = (resources.files(__package__) / "modal.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
