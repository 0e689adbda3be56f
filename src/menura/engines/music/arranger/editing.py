"""Editing: a plan that goes on, or has a section composed anew; the rest keeps its notes."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.document import MAX_BARS, MAX_SECONDS, MAX_SECTIONS
from menura.engines.music.arranger.timing import Fit, place_cues
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.engines.music.plan import MusicPlan, Section

MAX_SEED = 2**62
_SPARE_S = 60.0


def replaced(plan: MusicPlan, name: str, seed: int) -> MusicPlan:
    """Returns the plan with new seeds for all sections of a name.

    Raises:
        InvalidInput: if it has none.
    """
    names = [section.name for section in plan.sections]
    if name not in names:
        known = ", ".join(dict.fromkeys(names))
        raise InvalidInput(f"the piece has no section {name!r:.60}: it has {known}")
    rng = np.random.default_rng([seed, plan.seed % MAX_SEED, 1])
    sections = tuple(
        dataclasses.replace(section, seed=int(rng.integers(MAX_SEED)))
        if section.name == name
        else section
        for section in plan.sections
    )
    return dataclasses.replace(plan, sections=sections)


def continued(plan: MusicPlan, seconds: float, seed: int) -> MusicPlan:
    """Returns the plan exactly as much longer as asked: it goes on, then closes as it did.

    What comes before its last section stays as it is. Then sections from its middle come again,
    composed anew; the last section closes. To fill the time their tempo moves a little; where
    whole bars would move it too far, the last bar before the close is shorter.

    Raises:
        InvalidInput: if it is a loop, or gets too long.
    """
    if plan.loop:
        raise InvalidInput("a loop has no end to go on from: play it again")
    length_s = plan.duration_s + seconds
    if length_s > MAX_SECONDS:
        raise InvalidInput(f"the piece would last {length_s:.0f} s: over {MAX_SECONDS:g} s")
    rng = np.random.default_rng([seed, plan.seed % MAX_SEED, 2])
    fit = Fit(bpm=plan.bpm, bars=1, duration_s=2 * seconds + _SPARE_S)
    (stretch, *_), _, _ = place_cues(fit, plan.meter, [(seconds, "hit")])
    models = _models(plan)
    added: list[Section] = []
    left = stretch.bars
    for model in itertools.cycle(models):
        if left <= 0:
            break
        bars = min(model.bars, left)
        # A rest too short to be a section of its own goes to the one before it.
        bars = left if left - bars < 2 and left <= MAX_BARS else bars
        chords = (model.chords * math.ceil(bars / len(model.chords)))[:bars]
        cut = stretch.cut_beats if bars == left else 0.0
        added.append(
            dataclasses.replace(
                model,
                bars=bars,
                chords=chords,
                tempo=stretch.tempo,
                cut_beats=cut,
                seed=int(rng.integers(MAX_SEED)),
            )
        )
        left -= bars
    *before, last = plan.sections
    if len(before) + len(added) >= MAX_SECTIONS:
        raise InvalidInput(f"the piece would have over {MAX_SECTIONS} sections")
    sections = (*before, *added, last)
    return dataclasses.replace(plan, sections=sections, duration_s=length_s)


def _models(plan: MusicPlan) -> list[Section]:
    """Returns the sections that may come again: those in the middle, the fullest first."""
    middle = list(plan.sections[1:-1]) or list(plan.sections)
    fullest = max(range(len(middle)), key=lambda i: middle[i].energy)
    return middle[fullest:] + middle[:fullest]
