"""Pads and drones: what lies under everything and breathes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.arranger.voicing import voice
from menura.engines.music.arranger.writing.melody import bar_at
from menura.engines.music.arranger.writing.stave import dynamics, lowest_tune
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from menura.engines.music.arranger.writing.stave import Stave

_LOW, _HIGH, _SPAN = 50, 77, 17
_VOICES = 4
_CLUSTER = (-2, -1, 0)
"""Semitones that the top of a chord is crowded with (Penderecki's strings, and horror's since)."""
_SOFTER = 0.08
_DRONE_BEATS = 16.0
_CLIMB_BARS = 2
"""Where the energy climbs from bar to bar, held notes begin again so often: each has one level."""
_UNDER = 8
"""Semitones that a drone stays below the middle of the tune."""


def write_pad(stave: Stave) -> list[Note]:
    """Returns the chords of a section, each voice held for as long as its pitch stays.

    `open` or `wide` in the style spreads the voices; `tremolo` bows them; `cluster` crowds the top.
    """
    slots = stave.slots()
    low = max(stave.compass.low, _LOW - (7 if "wide" in stave.style else 0))
    high = min(stave.compass.high, _HIGH, max(lowest_tune(stave) + 3, low + _SPAN))
    if high - low < 14:
        low, high = stave.compass.low, min(stave.compass.low + 24, stave.compass.high)
    spread = "open" if stave.energy > 0.6 or stave.style in {"wide", "open"} else "close"
    voicings = voice([slot.chord for slot in slots], low, high, _VOICES, spread)
    clustered = "cluster" in stave.style
    word = "tremolo" if clustered or "tremolo" in stave.style else ""
    sounding: dict[int, tuple[float, float]] = {}
    notes: list[Note] = []

    def release(pitch: int, end: float) -> None:
        start, force = sounding.pop(pitch)
        notes.append(Note(start, end - start, float(pitch), force, word))

    for slot, pitches in zip(slots, voicings, strict=True):
        crowd = tuple(pitches[-1] + by for by in _CLUSTER) if clustered and pitches else ()
        sounded = (*pitches[:2], *crowd) if crowd else pitches
        wanted = {p for p in sounded if stave.compass.low <= p <= stave.compass.high}
        again = stave.climbs and slot.start == slot.bar.start and not slot.bar.index % _CLIMB_BARS
        for pitch in sorted(set(sounding) - (set() if again else wanted)):
            release(pitch, slot.start)
        force = min(max(dynamics(slot.bar.energy) - _SOFTER, 0.1), 1.0)
        for pitch in sorted(wanted - set(sounding)):
            sounding[pitch] = (slot.start, force)
    for pitch in sorted(sounding):
        release(pitch, stave.end)
    return sorted(notes, key=lambda note: (note.beat, note.pitch))


def write_drone(stave: Stave) -> list[Note]:
    """Returns tonic and fifth, struck again every few bars where the tones die away."""
    compass, key = stave.compass, stave.key
    root = max(compass.low, 36)
    root += (key.pitch_class - root) % 12
    fifth = root + 7 if 7 in key.steps else root + 5
    inside = [p for p in (root, fifth, root + 12) if compass.low <= p <= compass.high]
    pitches = [p for p in inside if p <= lowest_tune(stave) - _UNDER] or inside[:1]
    every = stave.plan.bar_beats if not compass.hold else _DRONE_BEATS
    every = min(every, _CLIMB_BARS * stave.plan.bar_beats) if stave.climbs else every
    notes: list[Note] = []
    beat = stave.start
    while beat < stave.end - 1e-6:
        end = min(beat + every, stave.end)
        force = min(max(dynamics(bar_at(stave, beat).energy) - _SOFTER, 0.1), 1.0)
        notes += [Note(beat, end - beat, float(p), force, "") for p in pitches]
        beat = end
    return notes
