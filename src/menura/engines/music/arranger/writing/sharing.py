"""Who plays the tune: one alone, several in turn, all in octaves when it is loud or ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.writing.phrases import phrase_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.score import Note

_TUTTI = 0.8
"""Energy from which all who have the tune play it together."""


def share_tune(staves: Sequence[Stave], tune: Sequence[Note]) -> dict[str, list[Note]]:
    """Returns what each player of the tune has of it, moved by octaves into the instrument.

    Args:
        staves: of the players; the tune was written for the first.
        tune: its notes.
    """
    first = staves[0]
    if len(staves) == 1:
        return {first.part.name: [_moved(note, 0) for note in tune]}
    starts = _turns(first, len(staves))
    shifts = [_octaves(first, stave) for stave in staves]
    shared: dict[str, list[Note]] = {stave.part.name: [] for stave in staves}
    for note in tune:
        phrase = sum(start <= note.beat + 0.75 for start in starts) - 1
        turn = max(phrase, 0) % len(staves)
        for i, stave in enumerate(staves):
            ending = first.closing and phrase == len(starts) - 1
            if i == turn or first.energy >= _TUTTI or ending:
                moved = _moved(note, shifts[i])
                pitch = stave.compass.fitted(moved.pitch)
                shared[stave.part.name].append(replace(moved, pitch=pitch))
    return shared


def _turns(stave: Stave, players: int) -> list[float]:
    """Returns the beats at which another has his turn: phrases, or less where those are too few.

    The end of a piece stays whole, for all play there.
    """
    starts = [bars[0].start for bars in phrase_groups(stave.bars)]
    if len(starts) >= players or stave.closing:
        return starts
    turns = min(players, len(stave.bars))
    return [stave.bars[at * len(stave.bars) // turns].start for at in range(turns)]


def _octaves(first: Stave, stave: Stave) -> int:
    """Returns how many semitones, in octaves, one player's best register is from another's."""
    return 12 * round((stave.compass.tune - first.compass.tune) / 12)


def _moved(note: Note, semitones: int) -> Note:
    return replace(note, pitch=note.pitch + semitones)
