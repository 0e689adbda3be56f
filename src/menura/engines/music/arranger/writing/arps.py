"""Arpeggios: chords taken apart, note after note."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.arranger.voicing import voice
from menura.engines.music.arranger.writing.stave import dynamics, lowest_tune
from menura.engines.music.arranger.writing.styles import nearest, own_style
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Slot, Stave

_VOICES = 4
_SPAN = 19


def write_arp(stave: Stave) -> list[Note]:
    """Returns the arpeggio of a section; the pattern begins again with each chord and bar."""
    table = _facts()["styles"]
    own = own_style(stave.plan, stave.part)
    facts = table[nearest(stave.style, table) or nearest(own, table) or "up"]
    slots = stave.slots()
    low = max(stave.compass.low, min(stave.compass.tune - 16, stave.compass.high - 2 * _SPAN))
    if facts["octaves"] == 1:  # it keeps out of the way of the tune
        low = max(min(low, lowest_tune(stave) - _SPAN - 3), stave.compass.low)
    high = min(low + _SPAN, stave.compass.high)
    voicings = voice([slot.chord for slot in slots], low, high, _VOICES, "close")
    notes: list[Note] = []
    for i, (slot, pitches) in enumerate(zip(slots, voicings, strict=True)):
        inside = [p for p in pitches if stave.compass.low <= p <= stave.compass.high]
        if not inside:
            continue
        final = stave.closing and i == len(slots) - 1
        notes += _last_one(slot, inside) if final else _run(stave, slot, inside, facts)
    return notes


def _run(stave: Stave, slot: Slot, pitches: Sequence[int], facts: dict[str, Any]) -> list[Note]:
    step = facts["step"]
    if stave.plan.meter[1] == 8 and step == 1.0:
        step = 0.5
    beats = np.arange(slot.start, slot.end - 1e-6, step)
    ladder = _ladder(pitches, facts["octaves"], stave.compass.high)
    order = _order(facts["order"], len(ladder))
    accents = facts["accents"]
    force = dynamics(slot.bar.energy) - 0.06
    offset = round((slot.start - slot.bar.start) / step)
    return [
        Note(
            float(beat),
            step * facts["gate"],
            float(ladder[order[j % len(order)]]),
            float(np.clip(force + accents[(offset + j) % len(accents)], 0.08, 1.0)),
            "staccato" if facts["gate"] < 0.65 else "",
        )
        for j, beat in enumerate(beats)
    ]


def _ladder(pitches: Sequence[int], octaves: int, high: float) -> list[int]:
    """Returns the pitches and their octaves above, as far as the compass goes."""
    rungs = {p + 12 * octave for octave in range(octaves) for p in pitches}
    return sorted(p for p in rungs if p <= high)


def _order(order: str | list[int], count: int) -> list[int]:
    up = list(range(count))
    if order == "up":
        return up
    if order == "down":
        return up[::-1]
    if order == "updown":
        return up + up[-2:0:-1]
    return [min(int(rung) - 1, count - 1) for rung in order]


def _last_one(slot: Slot, pitches: Sequence[int]) -> list[Note]:
    """Returns the last chord of the piece: rolled slowly upwards, then left to ring."""
    force = dynamics(slot.bar.energy) - 0.04
    step = min(0.25, (slot.end - slot.start) / (2 * len(pitches)))
    return [
        Note(slot.start + i * step, slot.end - slot.start - i * step, float(p), force, "")
        for i, p in enumerate(pitches)
    ]


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "arps.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
