"""Rules of melody and part-writing, as measurements of a score.

Shares are 1.0 where there is nothing to judge. After Huron, "Voice Leading" (2016), and
Schoenberg, "Fundamentals of Musical Composition" (1967).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.voicing import parallels
from menura.engines.music.arranger.writing.melody import motif_of
from menura.engines.music.arranger.writing.paths import FOURTH, STEP
from menura.engines.music.arranger.writing.quartet import verticals
from menura.engines.music.arranger.writing.stave import strong_beats
from menura.engines.music.arranger.writing.styles import style_of
from menura.engines.music.chords import SILENCE, Chord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.plan import MusicPlan, Part
    from menura.engines.music.score import Note, Score

_BREATH_BEATS = 0.4
_THIRD = 3.1
"""Semitones: in scales with gaps (pentatonic, blues, harmonic minor) the next tone is this far."""


def notes_of(score: Score, part: str) -> tuple[Note, ...]:
    """Returns the notes of a part."""
    return next(line.notes for line in score.lines if line.part == part)


def share_consonant(plan: MusicPlan, notes: Sequence[Note]) -> float:
    """Returns the share of notes on strong beats that the harmony bears.

    That is: tones of the chord, and dissonances resolved by step into one (appoggiatura,
    suspension, passing note).
    """
    judged, borne = 0, 0
    following = [*notes[1:], None]
    bars = list(bars_of(plan))
    at = 0
    for note, after in zip(notes, following, strict=True):
        while note.beat >= bars[at].end - 1e-6:
            at += 1
        bar = bars[at]
        chord = bar.chord_at(note.beat)
        strong = any(abs(note.beat - bar.start - beat) < 1e-6 for beat in strong_beats(bar))
        if chord is None or not strong:
            continue
        judged += 1
        inside = note.pitch % 12 in chord.tones
        resolved = after is not None and 0.5 < abs(after.pitch - note.pitch) <= STEP
        borne += inside or resolved
    return borne / judged if judged else 1.0


def share_recovered(notes: Sequence[Note]) -> float:
    """Returns the share of leaps beyond a fourth that turn back by step, within one breath."""
    leaps, recovered = 0, 0
    for one, two, three in zip(notes, notes[1:], notes[2:], strict=False):
        bound = all(
            b.beat - a.beat - a.beats < _BREATH_BEATS for a, b in ((one, two), (two, three))
        )
        leap = two.pitch - one.pitch
        if bound and abs(leap) > FOURTH + 0.1:
            leaps += 1
            turn = three.pitch - two.pitch
            recovered += turn * leap < 0 and abs(turn) <= _THIRD
    return recovered / leaps if leaps else 1.0


def span(notes: Sequence[Note]) -> float:
    """Returns how far it is from the lowest to the highest note, in semitones."""
    pitches = [note.pitch for note in notes]
    return max(pitches) - min(pitches) if pitches else 0.0


def peaks(notes: Sequence[Note]) -> int:
    """Returns how often the highest pitch is reached from another one."""
    pitches = [note.pitch for note in notes]
    top = max(pitches)
    before = [None, *pitches[:-1]]
    return sum(now == top != old for old, now in zip(before, pitches, strict=True))


def sections_without_motif(plan: MusicPlan, part: Part, notes: Sequence[Note]) -> list[int]:
    """Returns the indices of sections with a tune in which no bar has the motif.

    What a bar must have of it: `Motif.heard_in`.
    """
    motif = motif_of(plan, style_of(plan, part))
    missing = []
    bars = list(bars_of(plan))
    for index, section in enumerate(plan.sections):
        if part.name not in section.parts:
            continue
        inside = [bar for bar in bars if bar.section == index]
        found = False
        for bar in inside:
            played = [n for n in notes if bar.start - 1e-6 <= n.beat < bar.end - 1e-6]
            onsets = [n.beat - bar.start for n in played]
            found = found or motif.heard_in(onsets, [n.pitch for n in played])
        if not found:
            missing.append(index)
    return missing


def leading_tones(score: Score, parts: Sequence[str]) -> list[tuple[str, float, bool]]:
    """Returns part, beat and whether it resolves, of each leading tone of a dominant chord.

    Judged is what a voice leaves the dominant with when the tonic chord comes: it rises to the
    tonic, or falls, in an inner voice, to the fifth while the top voice has the tonic (Kostka and
    Payne, "Tonal Harmony", 2009, chapter 13). One that a voice leaves within its chord is ornament.

    Args:
        score: the piece.
        parts: highest first.
    """
    tonic = score.key.pitch_class
    lines = [notes_of(score, part) for part in parts]
    found = []
    for at, (part, line) in enumerate(zip(parts, lines, strict=True)):
        for note, after in itertools.pairwise(line):
            roots = [_root_at(score, n.beat) for n in (note, after)]
            if (note.pitch - tonic) % 12 != 11 or roots != [(tonic + 7) % 12, tonic]:
                continue
            start = max(beat for beat, _ in score.chords if beat <= after.beat + 1e-6)
            top = [n.pitch for n in lines[0] if n.beat >= start - 1e-6][:1]
            falls = 0 < at < len(parts) - 1 and all((p - tonic) % 12 == 0 for p in top)
            move = after.pitch - note.pitch
            found.append((part, note.beat, move == 1 or (move == -4 and falls)))
    return found


def _root_at(score: Score, beat: float) -> int | None:
    symbol = [name for start, name in score.chords if start <= beat + 1e-6][-1]
    return None if symbol == SILENCE else Chord.parse(symbol).root


def parallel_faults(score: Score, parts: Sequence[str]) -> int:
    """Returns how many parallel fifths and octaves the parts make inside sections.

    Args:
        score: the piece.
        parts: highest first.
    """
    starts = [*(beat for beat, _ in score.sections), score.beats]
    faults = 0
    for start, end in itertools.pairwise(starts):
        lines = [
            [n for n in notes_of(score, part) if start - 1e-6 <= n.beat < end - 1e-6]
            for part in parts
        ]
        faults += len(parallels(verticals(lines)))
    return faults
