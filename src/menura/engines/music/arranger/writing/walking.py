"""Walking bass: a note to each beat, chord tones where it counts, a half step into what comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.arranger.harmony import chord_scale
from menura.engines.music.arranger.writing.paths import Manner, Spot, find_path
from menura.engines.music.arranger.writing.stave import Slot, dynamics
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from menura.engines.music.arranger.writing.stave import Stave

_RANGE = 19
"""Semitones that a walking line ranges over (Friedland, "Building Walking Bass Lines", 1995)."""
_MANNER = Manner(register=0.05, motif=0.0, leap=0.25, dissonance=6.0, repeat=2.5)


def walk(stave: Stave) -> list[Note]:
    """Returns a walking line: roots at changes, an approach by half step or scale before them."""
    chance = stave.rng("walk")
    slots = stave.slots()
    low = float(max(stave.compass.low, 28))
    high = min(low + _RANGE, stave.compass.high)
    beats: list[float] = []
    spots: list[Spot] = []
    for i, slot in enumerate(slots):
        count = max(round(slot.end - slot.start), 1)
        final = stave.closing and i == len(slots) - 1
        following = slots[i + 1] if i + 1 < len(slots) else None
        for j in range(1 if final else count):
            beats.append(slot.start + j)
            approach = following if j == count - 1 and count > 1 else None
            swing = 4 * float(chance.random() - 0.5) + (2.0 if slot.bar.index % 4 > 1 else -2.0)
            target = (low + high) / 2 + swing
            spots.append(_spot(slot, j, approach, (low, high), target, wild=chance.random() < 0.5))
    pitches = find_path(spots, _MANNER, chance)
    ends = [*beats[1:], stave.end]
    force = dynamics(stave.energy)
    notes = []
    for beat, end, pitch in zip(beats, ends, pitches, strict=True):
        accent = 0.04 if (beat - stave.start) % 2 else 0.0
        share = 1.0 if stave.closing and end > stave.end - 1e-6 else 0.95  # the last one rings
        notes.append(Note(beat, (end - beat) * share, pitch, min(force + accent, 1.0), ""))
        if (
            (not stave.closing or end < stave.end - 1e-6)
            and end - beat > 0.9
            and chance.random() < 0.12 * (0.5 + stave.energy)
        ):
            notes.append(Note(beat + 0.5, 0.25, pitch, force * 0.5, "ghost"))
    return notes


def _spot(
    slot: Slot,
    j: int,
    approach: Slot | None,
    window: tuple[float, float],
    target: float,
    *,
    wild: bool,
) -> Spot:
    key = slot.bar.key
    chord = slot.chord
    if chord is None:
        scale = tuple(sorted((key.pitch_class + step) % 12 for step in key.steps))
        return Spot(scale=scale, chord=frozenset(), strong=False, target=target,
                    low=window[0], high=window[1])  # fmt: skip
    scale = chord_scale(chord, key)
    tones = frozenset(float(tone) for tone in chord.tones)
    only = frozenset({float(chord.bass)}) if j == 0 else frozenset()
    if approach is not None and approach.chord is not None and approach.chord != chord:
        goal = float(approach.chord.bass)
        below, above = (goal - 1) % 12, (goal + 1) % 12
        only = frozenset({below, above}) if wild else frozenset({below, above, (goal - 7) % 12})
        scale = tuple(sorted({*scale, *only}))
        tones = tones | only
    return Spot(
        scale=scale,
        chord=tones,
        strong=j % 2 == 0,
        target=target,
        only=only,
        low=window[0],
        high=window[1],
    )
