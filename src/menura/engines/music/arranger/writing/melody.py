"""Melody: the tune of a section, from the motif of the piece."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.harmony import chord_scale
from menura.engines.music.arranger.writing.expression import expression_of
from menura.engines.music.arranger.writing.modal import decorate, grammar_of, modal_spots
from menura.engines.music.arranger.writing.motifs import Motif, make_motif
from menura.engines.music.arranger.writing.paths import Manner, Spot, find_path
from menura.engines.music.arranger.writing.phrases import Draft, lay_out
from menura.engines.music.arranger.writing.stave import dynamics, seeded
from menura.engines.music.arranger.writing.styles import Tune, tune
from menura.engines.music.score import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.arranger.writing.stave import Stave
    from menura.engines.music.chords import Chord
    from menura.engines.music.plan import MusicPlan

CLIMAX_AT = 2 / 3
"""Of the piece: where the highest note stands (Huron, "Sweet Anticipation", 2006, on arches)."""
_LIFT = 5
"""Semitones that the moods of a piece move its tunes by at most."""
_DETACHED = -0.3
"""Moods that ask for less legato than this have every note struck."""
_INSISTING = (3.0, 9.0, 27.0)
"""How much dearer it gets to leave the motif where no bar of a section would have it."""
_RESERVED = 5
"""Semitones at the top that only the climax may use: a triad always has a tone in five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tessitura:
    """Where a tune moves.

    Attributes:
        low: lowest pitch.
        high: highest pitch of all but the climax.
        top: highest pitch.
        climax: beat near which the climax stands; None in sections without it.
    """

    low: float
    high: float
    top: float
    climax: float | None


def motif_of(plan: MusicPlan, style: str) -> Motif:
    """Returns the motif of the piece: one for the plan's seed, whoever plays it."""
    chance = seeded(plan.seed, "motif")
    return make_motif(coloured_tune(plan, style), plan.meter, plan.quarter_bpm, chance)


def coloured_tune(plan: MusicPlan, style: str) -> Tune:
    """Returns how a style of tune moves as the moods of the plan have it: thinner or denser."""
    own, density = tune(style), expression_of(plan).density
    rest = min(max(own.rest - 0.2 * density, 0.05), 0.5)
    return replace(own, rate=own.rate * 2 ** (0.7 * density), rest=rest)


def climax_beat(bars: Sequence[Bar], melodic: frozenset[str]) -> float | None:
    """Returns the beat at which the piece peaks: in its fullest section with a tune, late."""
    sung = [bar for bar in bars if melodic & set(bar.parts)]
    if not sung:
        return None
    end = bars[-1].end

    def height(bar: Bar) -> tuple[float, float]:
        return (round(bar.energy, 2), -abs(bar.start / end - CLIMAX_AT))

    return max(sung, key=height).start


def tessitura(stave: Stave, climax: float | None) -> Tessitura:
    """Returns where the tune of a section moves on its instrument."""
    low, top = stave.compass.tune_window(round(_LIFT * expression_of(stave.plan).register))
    reserved = _RESERVED if top - low >= 14 else 0
    inside = climax is not None and stave.start <= climax < stave.end and reserved
    return Tessitura(low=low, high=top - reserved, top=top, climax=climax if inside else None)


def write_melody(stave: Stave, climax: float | None) -> list[Note]:
    """Returns the tune of a section."""
    manner_of_tune = coloured_tune(stave.plan, stave.style)
    drafts = lay_out(stave, manner_of_tune, motif_of(stave.plan, stave.style))
    if not drafts:
        return []
    where = tessitura(stave, climax)
    grammar = grammar_of(stave.key)
    if grammar is not None:
        spots = modal_spots(stave, drafts, grammar)
    else:
        plain = [draft_spot(stave, draft, where) for draft in drafts]
        spots = _peaked(plain, drafts, where)
    manner = Manner(leap=manner_of_tune.leap, dissonance=manner_of_tune.dissonance)
    pitches = find_path(spots, manner, stave.rng("pitches"))
    notes = finish(stave, manner_of_tune, drafts, pitches)
    if grammar is not None:
        return decorate(notes, grammar, stave.rng("ornaments"))
    for tried, weight in itertools.product((spots, plain), _INSISTING):
        if has_motif(stave, notes):
            break
        insisting = replace(manner, motif=weight * manner.motif)
        pitches = find_path(tried, insisting, stave.rng("pitches"))
        notes = finish(stave, manner_of_tune, drafts, pitches)
    return notes


def has_motif(stave: Stave, notes: Sequence[Note]) -> bool:
    """Returns whether a bar of the section has the motif of the piece."""
    motif = motif_of(stave.plan, stave.style)
    for bar in stave.bars:
        inside = [note for note in notes if bar.start - 1e-6 <= note.beat < bar.end - 1e-6]
        if motif.heard_in([n.beat - bar.start for n in inside], [n.pitch for n in inside]):
            return True
    return False


def bar_at(stave: Stave, beat: float) -> Bar:
    """Returns the bar of the section that a beat is in."""
    for bar in stave.bars:
        if beat < bar.end - 1e-6:
            return bar
    return stave.bars[-1]


def consonances(chord: Chord | None, scale: tuple[float, ...]) -> frozenset[float]:
    """Returns the pitch classes of a chord; all of the scale where there is none."""
    return frozenset(scale) if chord is None else frozenset(float(t) for t in chord.tones)


def draft_spot(stave: Stave, draft: Draft, where: Tessitura) -> Spot:
    """Returns where the pitch of a note may lie, by the harmony, its motif and its phrase."""
    bar = bar_at(stave, draft.beat)
    chord = bar.chord_at(draft.beat)
    tonic = float(stave.key.pitch_class)
    scale = chord_scale(chord, bar.key) if chord else _scale(bar)
    chord_tones = consonances(chord, scale)
    only: frozenset[float] = frozenset()
    if draft.close:
        closed = draft.close != "open" and tonic in chord_tones
        only = frozenset({tonic}) if closed else (chord_tones - {tonic} or chord_tones)
    level = where.low + 3.5 + 5.5 * bar.energy
    return Spot(
        scale=scale,
        chord=chord_tones,
        strong=draft.strong or bool(draft.close),
        target=min(level + draft.lift, where.high),
        motion=draft.motion,
        breath=draft.breath,
        only=only,
        low=where.low,
        high=where.high,
    )


def _scale(bar: Bar) -> tuple[float, ...]:
    return tuple(sorted((bar.key.pitch_class + step) % 12 for step in bar.key.steps))


def _peaked(spots: list[Spot], drafts: Sequence[Draft], where: Tessitura) -> list[Spot]:
    """Returns the spots with one of them raised above all others: the climax."""
    at = where.climax
    free = [i for i, draft in enumerate(drafts) if not draft.close]
    strong = [i for i in free if drafts[i].strong] or free
    if at is None or not strong:
        return spots
    peak = min(strong, key=lambda i: abs(drafts[i].beat - at))
    raised = replace(
        spots[peak], low=where.high + 0.5, high=where.top, target=where.top - 1, motion=None
    )
    return [*spots[:peak], raised, *spots[peak + 1 :]]


def finish(
    stave: Stave, manner: Tune, drafts: Sequence[Draft], pitches: Sequence[float]
) -> list[Note]:
    """Returns the notes of drafts and pitches, with their forces and articulations."""
    chance, top = stave.rng("finish"), max(pitches)
    legato = expression_of(stave.plan).legato
    notes: list[Note] = []
    for draft, pitch in zip(drafts, pitches, strict=True):
        energy = bar_at(stave, draft.beat).energy
        force = dynamics(energy) + 0.05 + 0.05 * draft.strong + 0.04 * (pitch == top)
        force -= 0.05 * (draft.close in {"open", "closed"})
        bound = stave.compass.hold and not draft.breath and legato > _DETACHED
        articulation = "legato" if bound else ""
        if manner.grid < 0.5 and draft.beats <= 0.5 and manner.syncopation > 0.5:
            articulation = "staccato"
        note = Note(draft.beat, draft.beats, pitch, min(max(force, 0.05), 1.0), articulation)
        notes += _approached(note, notes, manner, chance)
    return notes


def _approached(
    note: Note, before: list[Note], manner: Tune, chance: np.random.Generator
) -> list[Note]:
    """Returns a note, at times with a quick one a half step below that leads into it.

    The quick note takes its time from the end of the note before it.
    """
    grace = 0.25
    if chance.random() >= manner.chromatic or not before or before[-1].beats <= 2 * grace:
        return [note]
    old = before[-1]
    if abs(old.beat + old.beats - note.beat) > 1e-6 or old.pitch == note.pitch - 1:
        return [note]
    before[-1] = replace(old, beats=old.beats - grace)
    lead = Note(note.beat - grace, grace, note.pitch - 1, note.velocity * 0.7, "")
    return [lead, replace(note, articulation="legato" if note.articulation == "legato" else "")]
