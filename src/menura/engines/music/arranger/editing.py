"""Editing: a plan that goes on, or has a section composed anew; the rest keeps its notes."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import seconds_of
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.engines.music.plan import MusicPlan, Section

MAX_SEED = 2**62


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
    """Returns the plan as much longer as asked: it goes on with its own sections, then closes.

    What comes before its last section stays as it is. Then sections from its middle come again,
    composed anew, as many bars as fit; the last section closes as it did.

    Raises:
        InvalidInput: if it is a loop, or the time is shorter than a bar.
    """
    if plan.loop:
        raise InvalidInput("a loop has no end to go on from: play it again")
    bar_s = plan.bar_beats * 60 / plan.quarter_bpm
    bars = math.floor(seconds / bar_s + 1e-6)
    if bars < 1:
        raise InvalidInput(f"a bar of this piece lasts {bar_s:.2f} s: give at least that long")
    rng = np.random.default_rng([seed, plan.seed % MAX_SEED, 2])
    models = _models(plan)
    added: list[Section] = []
    left = bars
    for i in range(bars):
        if left <= 0:
            break
        model = models[i % len(models)]
        take = min(model.bars, left)
        # A rest too short to be a section of its own goes to the one before it.
        take = left if left - take < 2 else take
        chords = (model.chords * math.ceil(take / len(model.chords)))[:take]
        added.append(
            dataclasses.replace(
                model, bars=take, chords=chords, cut_beats=0.0, seed=int(rng.integers(MAX_SEED))
            )
        )
        left -= take
    *before, last = plan.sections
    longer = dataclasses.replace(plan, sections=(*before, *added, last))
    grown_s = seconds_of(longer) - seconds_of(plan)
    return dataclasses.replace(longer, duration_s=plan.duration_s + grown_s)


def _models(plan: MusicPlan) -> list[Section]:
    """Returns the sections that may come again: those in the middle, the fullest first."""
    middle = list(plan.sections[1:-1]) or list(plan.sections)
    fullest = max(range(len(middle)), key=lambda i: middle[i].energy)
    return middle[fullest:] + middle[:fullest]
