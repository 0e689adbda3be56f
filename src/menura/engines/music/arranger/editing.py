"""Editing: a plan that goes on, or has a section composed anew; the rest keeps its notes."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import pulses, seconds_of, section_beats
from menura.engines.music.arranger.document import MAX_BARS, MAX_SECONDS, MAX_SECTIONS
from menura.engines.music.arranger.timing import CUE_PULL
from menura.engines.music.arranger.writing.hits import HIT
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.engines.music.plan import MusicPlan, Section

MAX_SEED = 2**62
LEAST_TAIL_S = 0.8
"""Ring-out that a piece keeps, if it had as much."""


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
    composed anew, by whole bars; the last section closes. To fill the time their tempo moves by
    CUE_PULL at most; what whole bars leave over goes to the ring-out, or, in a piece that fades,
    to its last bars.

    Raises:
        InvalidInput: if it is a loop, or gets too long.
    """
    if plan.loop:
        raise InvalidInput("a loop has no end to go on from: play it again")
    length_s = plan.duration_s + seconds
    if length_s > MAX_SECONDS:
        raise InvalidInput(f"the piece would last {length_s:.0f} s: over {MAX_SECONDS:g} s")
    rng = np.random.default_rng([seed, plan.seed % MAX_SEED, 2])
    bars, tempo = _whole_bars(plan, seconds)
    added: list[Section] = []
    left = bars
    for model in itertools.cycle(_models(plan)):
        if left <= 0:
            break
        size = min(model.bars, left)
        # A rest too short to be a section of its own goes to the one before it.
        size = left if left - size < 2 and left <= MAX_BARS else size
        added.append(
            dataclasses.replace(
                model,
                bars=size,
                chords=(model.chords * math.ceil(size / len(model.chords)))[:size],
                tempo=tempo,
                tempo_end=0.0,
                energy=(model.energy + (model.energy_end or model.energy)) / 2,
                energy_end=0.0,
                cut_beats=0.0,
                approach_cut_beats=0.0,
                seed=int(rng.integers(MAX_SEED)),
            )
        )
        left -= size
    *before, last = plan.sections
    if len(before) + len(added) >= MAX_SECTIONS:
        raise InvalidInput(f"the piece would have over {MAX_SECTIONS} sections")
    if plan.ending == "fade":
        last = _played_on(plan, last, seconds - bars * _bar_s(plan) / tempo)
    sections = (*before, *added, last)
    return dataclasses.replace(plan, sections=sections, duration_s=length_s)


def _bar_s(plan: MusicPlan) -> float:
    return plan.bar_beats * 60 / plan.quarter_bpm


def _whole_bars(plan: MusicPlan, seconds: float) -> tuple[int, float]:
    """Returns how many bars go into a time, and their tempo as a factor on the plan's.

    The number is the one that changes the ring-out least, and leaves enough of it.
    """
    tail_s = plan.duration_s - seconds_of(plan)
    least_s = min(tail_s, LEAST_TAIL_S)
    exact = seconds / _bar_s(plan)
    found = []
    for bars in (math.floor(exact + 1e-9), math.ceil(exact - 1e-9)):
        tempo = min(max(bars / exact, 1 - CUE_PULL), 1 + CUE_PULL) if bars else 1.0
        over_s = seconds - bars * _bar_s(plan) / tempo
        if tail_s + over_s >= least_s - 1e-6:
            found.append((abs(over_s), bars, tempo))
    _, bars, tempo = min(found)
    return bars, tempo


def _played_on(plan: MusicPlan, last: Section, seconds: float) -> Section:
    """Returns the last section of a piece that fades, longer by the pulses that fit a time."""
    beats = section_beats(plan, last) + seconds / 60 * plan.quarter_bpm * last.tempo
    whole = int((beats + 1e-6) // plan.bar_beats)
    rest = max(
        pulse for pulse in pulses(plan.meter) if pulse <= beats - whole * plan.bar_beats + 1e-6
    )
    bars = whole + (rest > 0)
    if not last.bars <= bars <= MAX_BARS:
        return last
    chords = (last.chords * math.ceil(bars / len(last.chords)))[:bars]
    cut = plan.bar_beats - rest if rest else 0.0
    return dataclasses.replace(last, bars=bars, chords=chords, cut_beats=cut)


def _models(plan: MusicPlan) -> list[Section]:
    """Returns the sections that may come again: those in the middle, the fullest first."""
    whole = [section for section in plan.sections if section.name != HIT] or plan.sections
    middle = list(whole[1:-1]) or list(whole)
    fullest = max(range(len(middle)), key=lambda i: middle[i].energy)
    return middle[fullest:] + middle[:fullest]
