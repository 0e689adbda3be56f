"""Hits: the last bar of a piece that ends on one, in which all strike one short chord together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Stave

HIT = "hit"
"""Name of the section."""
_FORCE = 0.92
"""Velocity of the chord: MIDI 117, fortissimo."""
_BEATS = 1.0
_UNPITCHED = frozenset({"drums", "percussion"})


def is_hit(stave: Stave) -> bool:
    """Returns whether a part has the hit that the piece ends on."""
    return stave.closing and stave.name == HIT and len(stave.bars) == 1


def struck(stave: Stave, notes: Sequence[Note]) -> list[Note]:
    """Returns what a part has in that section: its first notes, short, hard and on the first beat.

    Who would have waited has the root of the chord.

    Args:
        stave: of the part.
        notes: what it would have played there.
    """
    first = min((note.beat for note in notes), default=stave.start)
    chosen = [note for note in notes if note.beat <= first + 1e-6]
    chord = stave.bars[0].chord_at(stave.start)
    if not chosen and chord is not None and stave.part.role not in _UNPITCHED:
        low = stave.compass.tune + (chord.root - stave.compass.tune) % 12
        chosen = [Note(stave.start, _BEATS, stave.compass.fitted(float(low)), _FORCE, "")]
    beats = min(_BEATS, stave.bars[0].beats)
    return [
        replace(
            note,
            beat=stave.start,
            beats=beats,
            velocity=max(note.velocity, _FORCE),
            articulation="accent",
        )
        for note in chosen
    ]
