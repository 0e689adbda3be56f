"""A given tune: the notes a plan brings along, laid over its sections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.melody import bar_at
from menura.engines.music.arranger.writing.stave import dynamics, strong_beats
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Stave


def given_tune(stave: Stave, melody: Sequence[tuple[float, float, float]]) -> list[Note]:
    """Returns the notes of a given tune that fall into a section.

    The tune begins with the piece and begins again, on a bar line, whenever it is over; it is
    moved by octaves so that most of it lies where the instrument sings.

    Args:
        stave: the section.
        melody: (beat, beats, pitch), by beat.
    """
    bar_beats = stave.plan.bar_beats
    length = max(beat + beats for beat, beats, _ in melody)
    period = max(math.ceil(length / bar_beats - 1e-6), 1) * bar_beats
    pitches = sorted(pitch for _, _, pitch in melody)
    octave = 12 * round((stave.compass.tune - pitches[len(pitches) // 2]) / 12)
    notes = []
    for turn in range(int(stave.start // period), math.ceil(stave.end / period)):
        for beat, beats, pitch in melody:
            at = turn * period + beat
            if stave.start - 1e-6 <= at < stave.end - 1e-6:
                bar = bar_at(stave, at)
                strong = any(abs(at - bar.start - s) < 1e-6 for s in strong_beats(bar))
                force = min(dynamics(bar.energy) + 0.05 + 0.05 * strong, 1.0)
                high = stave.compass.fitted(pitch + octave)
                notes.append(Note(at, min(beats, stave.end - at), high, force, ""))
    return notes
