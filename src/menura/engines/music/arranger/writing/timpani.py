"""Timpani: tuned to tonic and dominant, with rolls into arrivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.stave import dynamics, strong_beats
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from menura.engines.music.arranger.writing.stave import Stave


def write_timpani(stave: Stave) -> list[Note]:
    """Returns strokes on the drum that fits the chord, and a roll before what comes next.

    Two drums stand on tonic and dominant, as in the classical orchestra (Blades, "Percussion
    Instruments and Their History", 1992, chapter 11); a chord that holds neither gets none.
    """
    compass, key = stave.compass, stave.key
    drums = [compass.low + (tone - compass.low) % 12 for tone in
             (key.pitch_class, (key.pitch_class + 7) % 12)]  # fmt: skip
    notes: list[Note] = []
    for bar in stave.bars:
        force = dynamics(bar.energy)
        rolls = not bar.left and (stave.following or stave.closing) and bar.energy >= 0.4
        for at in strong_beats(bar):
            chord = bar.chord_at(bar.start + at)
            tones = chord.tones if chord else frozenset({key.pitch_class})
            pitch = next((p for p in drums if p % 12 in tones), None)
            busy = at == 0 or bar.energy > 0.6
            if pitch is None or not busy:
                continue
            last = rolls and at == strong_beats(bar)[-1]
            beats = bar.end - bar.start - at if last else 1.0
            word = "tremolo" if last else "accent" if bar.energy > 0.8 and at == 0 else ""
            notes.append(Note(bar.start + at, beats, float(pitch), min(force, 1.0), word))
    return notes
