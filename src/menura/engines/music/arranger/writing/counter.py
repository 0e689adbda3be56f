"""Counter-melody: thirds under the tune, guide tones against it, answers in its rests."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.harmony import chord_scale, chords_scale
from menura.engines.music.arranger.writing.melody import bar_at, motif_of
from menura.engines.music.arranger.writing.paths import Manner, Spot, find_path
from menura.engines.music.arranger.writing.stave import Slot, dynamics, strong_beats
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.writing.stave import Stave

_GAP_BEATS = 1.25
"""A rest or held note of the tune this long has room for an answer."""
_MANNER = Manner(register=0.12, motif=0.8, leap=0.15, dissonance=6.0, repeat=1.0)
_DEEPER, _BELOW = 7, 5.0
"""Semitones that a second voice goes below its best register, and keeps below the tune."""
_SHADOWS = frozenset({"heterophony", "unison"})
_PLAINER, _HELD_BEATS = 0.5, 2.0
"""Share of weak notes that a shadow leaves out, and how long it holds one for another."""
_CLASHES = (-2.0, -1.0, 1.0, 2.0)


def write_counter(stave: Stave, tune: Sequence[Note]) -> list[Note]:
    """Returns a second voice for a section.

    Args:
        stave: the section.
        tune: the melody that sounds in it, by beat; may be empty.
    """
    if "third" in stave.style and tune:
        return _thirds(stave, tune)
    if tune and (stave.style in _SHADOWS or not chords_scale(stave.key.mode)):
        return _shadow(stave, tune)
    trilled = "trill" in stave.style
    answering = "guide" not in stave.style and not trilled
    onsets = _guide_onsets(stave)
    if answering:
        onsets = _answered(stave, tune, onsets)
    if not onsets:
        return []
    spots = [_spot(stave, beat, moves, tune) for beat, _, moves in onsets]
    pitches = find_path(spots, _MANNER, stave.rng("counter"))
    notes = []
    for (beat, end, moves), pitch in zip(onsets, pitches, strict=True):
        force = dynamics(bar_at(stave, beat).energy) - (0.02 if moves is not None else 0.1)
        word = "legato" if stave.compass.hold and moves is None else ""
        word = "trill" if trilled and end - beat >= 1 else word
        notes.append(Note(beat, end - beat, pitch, min(max(force, 0.1), 1.0), word))
    return notes


def _thirds(stave: Stave, tune: Sequence[Note]) -> list[Note]:
    """Returns the tune's notes a third or sixth lower, on chord tones where the tune is strong."""
    centre = (stave.compass.low + stave.compass.high) / 2
    shift = -12.0 if tune and np.mean([n.pitch for n in tune]) - centre > 12 else 0.0
    spots = []
    for note in tune:
        bar = bar_at(stave, note.beat)
        chord = bar.chord_at(note.beat)
        scale = _scale(bar.key.pitch_class, bar.key.steps, chord_scale(chord, bar.key)
                       if chord else ())  # fmt: skip
        under = [note.pitch + shift - down for down in (3.0, 4.0, 8.0, 9.0)]
        spots.append(
            Spot(
                scale=scale,
                chord=frozenset(float(t) for t in chord.tones) if chord else frozenset(),
                strong=_is_strong(bar.start, strong_beats(bar), note.beat),
                target=float(stave.compass.fitted(note.pitch + shift - 4)),
                low=stave.compass.low,
                high=stave.compass.high,
                extra=(*((p, -1.6) for p in under), (note.pitch + shift, 4.0)),
            )
        )
    pitches = find_path(spots, _MANNER, stave.rng("thirds"))
    return [
        Note(n.beat, n.beats, p, max(n.velocity - 0.1, 0.1), n.articulation)
        for n, p in zip(tune, pitches, strict=True)
    ]


def _shadow(stave: Stave, tune: Sequence[Note]) -> list[Note]:
    """Returns the tune as a second player has it at once: an octave off, plainer, never exact.

    Heterophony: all play one tune, each in the manner of the instrument (Touma, "The Music of the
    Arabs", 1996, chapter 5). In unison nothing is left out.
    """
    octaves = 12 * round((stave.compass.tune - float(np.mean([n.pitch for n in tune]))) / 12)
    drawn = stave.rng("shadow").random(len(tune)) if stave.style != "unison" else np.ones(len(tune))
    notes: list[Note] = []
    for note, draw in zip(tune, drawn, strict=True):
        weak = not float(note.beat - stave.start).is_integer()
        if weak and draw < _PLAINER and notes and note.beat - notes[-1].beat < _HELD_BEATS:
            notes[-1] = replace(notes[-1], beats=note.beat + note.beats - notes[-1].beat)
            continue
        pitch = stave.compass.fitted(note.pitch + octaves)
        word = "trill" if note.beats >= 1 and 0.9 < draw < 1 else note.articulation
        force = max(note.velocity - 0.08, 0.1)
        notes.append(replace(note, pitch=pitch, velocity=force, articulation=word))
    return notes


def _guide_onsets(stave: Stave) -> list[tuple[float, float, float | None]]:
    """Returns (beat, end, motion) of the long notes: one to a chord, two bars at most."""
    return [(slot.start, slot.end, None) for slot in stave.slots() if slot.chord is not None]


def _answered(
    stave: Stave, tune: Sequence[Note], onsets: list[tuple[float, float, float | None]]
) -> list[tuple[float, float, float | None]]:
    """Returns the long notes with the motif's head in place of them where the tune rests."""
    motif = motif_of(stave.plan, stave.style)
    found: list[tuple[float, float, float | None]] = []
    for slot in stave.slots():
        final = stave.closing and not slot.bar.left
        gap = None if final else _gap(slot, tune)
        if gap is None or not tune:
            found += [onset for onset in onsets if onset[0] == slot.start]
            continue
        length = gap[1] - gap[0] + motif.onsets[0]
        head = [i for i, onset in enumerate(motif.onsets) if onset < length - 1e-6]
        if gap[0] > slot.start + 0.5 and slot.chord is not None:
            found.append((slot.start, gap[0], None))
        beats = [gap[0] + motif.onsets[i] - motif.onsets[0] for i in head]
        ends = [*beats[1:], gap[1]]
        for i, beat, end in zip(head, beats, ends, strict=True):
            if beat < gap[1] - 1e-6:
                motion = motif.steps[i] - motif.steps[i - 1] if i else 0
                found.append((beat, min(end, gap[1]), float(motion)))
    return found


def _gap(slot: Slot, tune: Sequence[Note]) -> tuple[float, float] | None:
    """Returns the longest stretch of a slot in which the tune begins no note, on a half beat."""
    starts = [n.beat for n in tune if slot.start - 1e-6 <= n.beat < slot.end - 1e-6]
    edges = [slot.start - 0.5, *starts, slot.end]
    rooms = [(b - a, a + 0.5, b) for a, b in itertools.pairwise(edges)]
    length, start, end = max(rooms)
    start = np.ceil(start * 2) / 2
    return (float(start), end) if length - 0.5 >= _GAP_BEATS else None


def _spot(stave: Stave, beat: float, motion: float | None, tune: Sequence[Note]) -> Spot:
    bar = bar_at(stave, beat)
    chord = bar.chord_at(beat)
    own = tuple(sorted((bar.key.pitch_class + step) % 12 for step in bar.key.steps))
    scale = chord_scale(chord, bar.key) if chord else own
    tones = frozenset(float(t) for t in chord.tones) if chord else frozenset(scale)
    sung = next((n for n in reversed(tune) if n.beat <= beat + 1e-6), None)
    low, high = stave.compass.tune_window()
    low = max(low - _DEEPER, stave.compass.low)
    middle = (low + high) / 2
    extra: tuple[tuple[float, float], ...] = ()
    target = middle
    if sung is not None:
        mean = sum(n.pitch for n in tune) / len(tune)
        target = middle - 0.5 * (sung.pitch - mean)
        if mean - _BELOW >= low + 5:  # where it can, it stays under the tune
            target = min(target, mean - _BELOW)
            high = int(max(min(high, max(mean, sung.pitch) + 2), low + 12))
        extra = (*((sung.pitch + by, 5.0) for by in _CLASHES), (sung.pitch, 3.0))
    guides = frozenset(
        float((chord.root + step) % 12) for step in chord.intervals if step in {3, 4, 9, 10, 11}
    ) if chord else frozenset()  # fmt: skip
    return Spot(
        scale=scale,
        chord=tones,
        strong=True,
        target=target,
        motion=motion,
        only=guides if motion is None else frozenset(),
        low=low,
        high=high,
        extra=extra,
    )


def _is_strong(start: float, strong: Sequence[float], beat: float) -> bool:
    return any(abs(beat - start - at) < 1e-6 for at in strong)


def _scale(tonic: int, steps: Sequence[float], bent: tuple[float, ...]) -> tuple[float, ...]:
    return bent or tuple(sorted((tonic + step) % 12 for step in steps))
