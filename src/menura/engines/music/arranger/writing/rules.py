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

    A bar has it if its notes begin where the motif's do and move where the motif moves, up or
    down, in at least half of its steps; upside down counts too.
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
            onsets = [round(n.beat - bar.start, 3) for n in played]
            wanted = [round(onset, 3) for onset in motif.onsets]
            if [onset for onset in onsets if onset in wanted] != wanted:
                continue
            kept = [n for n, onset in zip(played, onsets, strict=True) if onset in wanted]
            moves = [_sign(b.pitch - a.pitch) for a, b in itertools.pairwise(kept)]
            asked = [_sign(b - a) for a, b in itertools.pairwise(motif.steps)]
            same = sum(a == b for a, b in zip(moves, asked, strict=True))
            inverse = sum(a == -b for a, b in zip(moves, asked, strict=True))
            found = found or 2 * max(same, inverse) >= len(asked)
        if not found:
            missing.append(index)
    return missing


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


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
