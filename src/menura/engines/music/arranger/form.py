"""Form: which sections a piece has, in which order, and how strong."""

from __future__ import annotations

import functools
import itertools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Form
    from menura.engines.music.arranger.timing import Segment

MAX_SECTION_BARS = 64
MAX_SECTIONS = 200
_STRONG = frozenset({"drop", "climax", "chorus", "refrain", "hook"})
_OWN = frozenset({"build", "breakdown", "drop", "climax", "intro", "outro"})
_STEPS = frozenset({"build", "breakdown", "drop"})
_OWN_WEIGHT, _CURVE_WEIGHT = 0.2, 0.75
"""How far a curve bends sections that are what their energy makes them, and the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A section before its chords and parts.

    Attributes:
        name: of the section.
        bars: how long; in a template, against the others.
        energy: 0 to 1.
        energy_end: that it comes to at its end; 0 = it stays.
        presence: the energy that decides who plays: moods that calm the playing send nobody home.
        tempo: factor on the tempo of the piece.
        tempo_end: factor that it comes to at its end; 0 = it stays.
        cut_beats: quarter notes that its last bar lacks.
        approach_cut_beats: quarter notes that the bar before that one lacks.
    """

    name: str
    bars: int
    energy: float
    energy_end: float = 0.0
    presence: float = 0.5
    tempo: float = 1.0
    tempo_end: float = 0.0
    cut_beats: float = 0.0
    approach_cut_beats: float = 0.0


def choose_form(
    forms: Sequence[Form], asked: Sequence[str], bars: int, rng: np.random.Generator
) -> list[Stretch]:
    """Returns the template that has most of the sections asked for; those it lacks are put in."""
    best = max(_having(form, asked) for form in forms)
    able = [form for form in forms if _having(form, asked) == best]
    fitting = [form for form in able if sum(s[1] for s in form.sections) <= 2 * bars] or able
    lengths = np.array([sum(s[1] for s in form.sections) for form in fitting])
    weights = np.array([form.weight for form in fitting])
    weights = weights * np.exp(-2 * np.abs(np.log(lengths / bars)))
    form = fitting[int(rng.choice(len(fitting), p=weights / weights.sum()))]
    stretches = [Stretch(name=n, bars=b, energy=e) for n, b, e in form.sections]
    for name in dict.fromkeys(asked):
        if name not in {stretch.name for stretch in stretches}:
            stretches = _inserted(stretches, name)
    return stretches


def named_form(names: Sequence[str]) -> list[Stretch]:
    """Returns the form that a caller spelt out, as a template."""
    return [_usual(name) for name in names[:MAX_SECTIONS]]


def divided(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Returns the form without any section of more than MAX_SECTION_BARS bars."""
    found = []
    for stretch in stretches:
        pieces = -(-stretch.bars // MAX_SECTION_BARS)
        size = -(-stretch.bars // pieces)
        for at in range(pieces):
            piece = replace(stretch, bars=min(size, stretch.bars - at * size))
            last = at == pieces - 1
            found.append(piece if last else replace(piece, cut_beats=0.0, approach_cut_beats=0.0))
    return found


def shape(
    stretches: Sequence[Stretch],
    curve: Sequence[tuple[float, float]],
    level: float,
) -> list[Stretch]:
    """Returns the form with its energies bent to a curve, and raised or lowered to a level.

    Args:
        stretches: the form.
        curve: (position 0 to 1, energy 0 to 1), rising positions; empty = the form's own.
        level: 0 to 1; 0.5 leaves the form as it is.
    """
    total = sum(stretch.bars for stretch in stretches)
    starts = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    found = []
    for stretch, start in zip(stretches, starts, strict=False):
        energy = stretch.energy
        if curve:
            middle = (start + stretch.bars / 2) / total
            wished = float(np.interp(middle, [p for p, _ in curve], [e for _, e in curve]))
            weight = _OWN_WEIGHT if stretch.name in _OWN else _CURVE_WEIGHT
            energy += weight * (wished - energy)
        presence = min(max(energy, 0.0), 1.0)
        if not curve:
            energy += 0.5 * (level - 0.5)
        energy = round(min(max(energy, 0.05), 1.0), 3)
        found.append(replace(stretch, energy=energy, presence=presence))
    return found


def climbed(stretches: Sequence[Stretch], curve: Sequence[tuple[float, float]]) -> list[Stretch]:
    """Returns the form with energies that follow a curve from bar to bar, without steps.

    A breakdown, a build and a drop keep the energy that makes them what they are.

    Args:
        stretches: the form.
        curve: (position 0 to 1, energy 0 to 1), rising positions, at least one.
    """
    places, energies = [p for p, _ in curve], [e for _, e in curve]
    ends = [0, *itertools.accumulate(stretch.bars for stretch in stretches)]
    at = np.round(np.interp(np.array(ends) / ends[-1], places, energies), 3).tolist()
    return [
        stretch if stretch.name in _STEPS else replace(stretch, energy=start, energy_end=end)
        for stretch, (start, end) in zip(stretches, itertools.pairwise(at), strict=True)
    ]


def on_cues(stretches: Sequence[Stretch], segments: Sequence[Segment]) -> list[Stretch]:
    """Returns the form divided where cues fall: a section begins at each of them.

    What begins with a `drop` is the form's strongest section and what leads to it, or follows a
    `rise`, a build; after a `hit` the section goes on.
    """
    peak = max(stretches, key=lambda s: (s.energy, s.name in _STRONG))
    queue, found = list(stretches), []
    for at, segment in enumerate(segments):
        pieces, left = [], segment.bars
        while left:
            head = queue.pop(0)
            if head.bars > left:
                queue.insert(0, replace(head, bars=head.bars - left))
            pieces.append(replace(head, bars=min(head.bars, left), tempo=segment.tempo))
            left -= pieces[-1].bars
        if segment.cue == "drop":
            pieces[0] = replace(pieces[0], name=peak.name, energy=max(peak.energy, 0.9))
        elif segment.cue == "rise":
            pieces[0] = replace(pieces[0], name="build", energy=min(pieces[0].energy, 0.6))
        if at + 1 < len(segments) and segments[at + 1].cue == "drop":
            pieces[-1] = replace(pieces[-1], name="build", energy=min(pieces[-1].energy, 0.6))
        pieces[-1] = replace(pieces[-1], cut_beats=segment.cut_beats)
        found += pieces
    return found


def is_known(name: str) -> bool:
    """Returns whether a section has a place and a harmony of its own by its name."""
    return name.lower() in known_sections()


def called(names: Sequence[str]) -> list[str]:
    """Returns the sections of a form by names that say what they are, in the place of letters."""
    themes = [name for name in names if "called" in known_sections().get(name, {})]
    back = len(themes) > 2 and themes[0] == themes[-1] == "a"
    found = []
    for name in names:
        facts = known_sections().get(name, {})
        title = facts.get("called", name)
        found.append(str(facts.get("back", title) if back else title))
    return found


@functools.cache
def known_sections() -> dict[str, Any]:
    """Returns the facts of each section that has a name of its own: sections.toml."""
    text = (resources.files(__package__) / "sections.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _having(form: Form, asked: Sequence[str]) -> tuple[int, bool]:
    """Returns how many of the sections asked for it has, and whether they come in that order."""
    names = [name for name, _, _ in form.sections]
    return sum(name in names for name in asked), in_order(names, asked)


def in_order(names: Sequence[str], asked: Sequence[str]) -> bool:
    """Returns whether the sections asked for come in that order."""
    rest = iter(names)
    return all(name in rest for name in asked)


def _usual(name: str) -> Stretch:
    facts = known_sections().get(name.lower(), known_sections()["verse"])
    return Stretch(name=name, bars=facts["bars"], energy=facts["energy"])


def _inserted(sections: list[Stretch], name: str) -> list[Stretch]:
    facts = known_sections().get(name.lower(), known_sections()["verse"])
    names = [section.name for section in sections]
    at = round(facts["place"] * len(sections))
    if facts.get("before") in names:
        at = names.index(facts["before"])
    return [*sections[:at], _usual(name), *sections[at:]]
