"""Touch: how long notes are held, how chords are rolled, what is bound to what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.performing.humans import facts
from menura.engines.music.arranger.writing.compass import compass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.music.plan import Part
    from menura.engines.music.score import Note

_BOUND = frozenset({"legato", "slide"})
_REST_BEATS = 0.3
_GAP_S = 0.004
_PEDALLED = frozenset({"chords", "arp", "pad"})


def lengths(
    part: Part,
    notes: Sequence[Note],
    written_s: NDArray[np.float64],
    chord_s: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Returns how long notes are held, in seconds.

    Args:
        part: who plays them.
        notes: as written.
        written_s: how long they are written.
        chord_s: how long it is until the harmony changes.

    Returns:
        Shape of `written_s`.
    """
    shares, touch = facts()["lengths"], facts()["touch"]
    long_s: NDArray[np.float64] = written_s * np.array(
        [shares[note.articulation] for note in notes]
    )
    bound = np.array([note.articulation == "legato" for note in notes])
    long_s = long_s + bound * touch["legato_overlap_ms"] / 1000
    if part.instrument in facts()["pedals"]["held"] and part.role in _PEDALLED:
        free = np.array([note.articulation == "" for note in notes])
        ringing = np.minimum(chord_s - 0.03, touch["pedal_s"])
        long_s = np.where(free, np.maximum(long_s, ringing), long_s)
    return long_s


def spread(
    instrument: str,
    beats: NDArray[np.float64],
    pitches: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Returns how much later than its chord each note comes, in seconds.

    Strings are strummed downwards on the beat and upwards off it, harps are rolled, and two hands
    are never quite together. A chord's first note keeps its time.

    Args:
        instrument: that plays.
        beats: onsets, rising.
        pitches: of the notes.
        rng: of the part in the section.
    """
    touch = facts()["touch"]
    moments, which, counts = np.unique(np.round(beats, 6), return_inverse=True, return_counts=True)
    low, high = touch["strum_ms"]
    if instrument in facts()["pedals"]["rolled"]:
        wide_ms = np.full(len(moments), float(touch["roll_ms"]))
    elif compass(instrument).strum:
        wide_ms = rng.uniform(low, high, len(moments))
    else:
        wide_ms = np.zeros(len(moments))
    order = np.lexsort((pitches, which))
    first = np.searchsorted(which[order], np.arange(len(moments)))
    rank = np.empty(len(beats))
    rank[order] = np.arange(len(beats)) - first[which[order]]
    share = rank / np.maximum(counts[which] - 1, 1)
    upward = np.abs(moments - np.round(moments)) > 0.1
    share = np.where(upward[which], 1 - share, share)
    strummed = (counts >= 3) & (wide_ms > 0)
    together = np.where(counts > 1, touch["hands_ms"], 0.0)[which] * rng.random(len(beats)) * 0.5
    late_ms = np.where(strummed[which], wide_ms[which] * share, together)
    return np.asarray(late_ms / 1000, dtype=np.float64)


def previous_pitches(notes: Sequence[Note]) -> list[float | None]:
    """Returns, for notes bound to the one before, its pitch; None for all others."""
    found: list[float | None] = []
    for i, note in enumerate(notes):
        before = notes[i - 1] if i else None
        bound = note.articulation in _BOUND and before is not None
        near = before is not None and note.beat - before.beat - before.beats < _REST_BEATS
        alone = before is not None and before.beat < note.beat - 1e-6
        found.append(before.pitch if before and bound and near and alone else None)
    return found


def unstruck(
    starts: NDArray[np.float64], long_s: NDArray[np.float64], pitches: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns lengths cut so that no note still sounds when its own pitch is struck again."""
    order = np.lexsort((starts, pitches))
    gaps = np.full(len(starts), np.inf)
    again = np.diff(pitches[order]) == 0
    room = np.diff(starts[order]) - _GAP_S
    gaps[order[:-1]] = np.where(again, room, np.inf)
    return np.asarray(np.minimum(long_s, np.maximum(gaps, 0.01)), dtype=np.float64)
