"""Four voices: the rules of part-writing, over many pieces."""

from __future__ import annotations

import dataclasses
import functools

import pytest
from music_plans import make_plan

from menura.engines.music.arranger.players import find_player
from menura.engines.music.arranger.writing import rules, write
from menura.engines.music.arranger.writing.quartet import verticals
from menura.engines.music.score import Line, Note, Score
from menura.text.keys import Key

VOICES = ("violin 1", "violin 2", "viola", "cello")
SEEDS = range(100)


@functools.cache
def piece(seed):
    plan = make_plan(seed, band="string quartet", meter=((4, 4), (3, 4))[seed % 2])
    return plan, write(plan)


def resolutions(seed):
    return rules.leading_tones(piece(seed)[1], VOICES)


def ends_a_section(seed, beat):
    """Whether the note at a beat is in the last bar of a section."""
    plan, score = piece(seed)
    return any(0 < start - beat <= plan.bar_beats for start, _ in score.sections)


def test_no_parallel_fifths_or_octaves():
    assert sum(rules.parallel_faults(piece(seed)[1], VOICES) for seed in SEEDS) == 0


def test_voices_stay_in_range_and_in_order():
    for seed in SEEDS:
        plan, score = piece(seed)
        means = []
        for part in plan.parts:
            notes = rules.notes_of(score, part.name)
            player = find_player(part.instrument)
            assert all(player.low <= note.pitch <= player.high for note in notes)
            means.append(sum(note.pitch for note in notes) / len(notes))
        assert means == sorted(means, reverse=True), seed


def test_voices_move_in_rhythms_of_their_own():
    for seed in SEEDS:
        _, score = piece(seed)
        onsets = {tuple(n.beat for n in rules.notes_of(score, voice)) for voice in VOICES}
        assert len(onsets) >= 3, seed


def test_piece_ends_on_the_tonic():
    for seed in SEEDS:
        plan, score = piece(seed)
        for voice in (VOICES[0], VOICES[-1]):
            assert rules.notes_of(score, voice)[-1].pitch % 12 == plan.key.pitch_class, seed


def test_top_voice_has_the_motif():
    for seed in SEEDS:
        plan, score = piece(seed)
        notes = rules.notes_of(score, VOICES[0])
        assert rules.sections_without_motif(plan, plan.parts[0], notes) == [], seed


def test_leading_tones_resolve_also_into_the_next_section():
    judged = [(seed, *found) for seed in SEEDS for found in resolutions(seed)]
    assert len(judged) >= 300
    assert [found for found in judged if not found[-1]] == []
    assert {part for _, part, _, _ in judged} >= set(VOICES[:3])
    across = [beat for seed, _, beat, _ in judged if ends_a_section(seed, beat)]
    assert len(across) >= 30


def test_a_leading_tone_is_not_taken_away_by_the_tune():
    seen = [beat for seed in SEEDS for part, beat, _ in resolutions(seed) if part == VOICES[0]]
    assert len(seen) >= 30


def test_another_seed_in_a_section_leaves_the_next_as_it_was():
    plan = make_plan(3, band="string quartet")
    first = dataclasses.replace(plan.sections[0], seed=plan.sections[0].seed + 1)
    other = dataclasses.replace(plan, sections=(first, *plan.sections[1:]))
    behind = plan.sections[0].bars * plan.bar_beats
    for voice in VOICES:
        old, new = (
            [note for note in rules.notes_of(write(p), voice) if note.beat >= behind]
            for p in (plan, other)
        )
        assert old == new, voice
    assert write(plan) != write(other)


@pytest.mark.parametrize(
    ("rows", "resolved"),
    [
        (((71, 72), (67, 64), (62, 60), (43, 48)), [True]),  # up
        (((74, 72), (71, 67), (62, 64), (43, 48)), [True]),  # to the fifth, the tonic on top
        (((74, 76), (71, 67), (62, 60), (43, 48)), [False]),  # to the fifth, under another tone
        (((71, 67), (67, 64), (62, 60), (43, 48)), [False]),  # to the fifth on top
        (((67, 67), (62, 64), (59, 64), (43, 48)), [False]),
        (((74, 72), (67, 64), (62, 60), (43, 48)), []),
    ],
)
def test_resolutions_of_the_leading_tone_are_judged(rows, resolved):
    lines = tuple(
        Line(part=name, notes=tuple(Note(i * 2.0, 2.0, float(p), 0.6) for i, p in enumerate(row)))
        for name, row in zip(VOICES, rows, strict=True)
    )
    score = Score(
        key=Key("C", "major"), meter=(4, 4), tempi=((0.0, 100.0),), sections=((0.0, "a"),),
        chords=((0.0, "G"), (2.0, "C")), lines=lines, beats=4.0,
    )  # fmt: skip
    assert [good for _, _, good in rules.leading_tones(score, VOICES)] == resolved


@pytest.mark.parametrize(
    ("upper", "lower", "faults"),
    [
        ((67, 69), (60, 62), 1),  # fifths
        ((72, 74), (60, 62), 1),  # octaves
        ((67, 67), (60, 60), 0),  # repeated
        ((67, 65), (60, 62), 0),  # contrary
    ],
)
def test_parallels_are_found(upper, lower, faults):
    lines = tuple(
        Line(part=name, notes=tuple(Note(i * 1.0, 1.0, float(p), 0.6) for i, p in enumerate(row)))
        for name, row in (("a", upper), ("b", lower))
    )
    score = Score(
        key=Key("C", "major"), meter=(4, 4), tempi=((0.0, 100.0),), sections=((0.0, "a"),),
        chords=((0.0, "C"),), lines=lines, beats=4.0,
    )  # fmt: skip
    assert rules.parallel_faults(score, ("a", "b")) == faults


def test_verticals_hold_pitches_through_rests():
    upper = [Note(0.0, 1.0, 72.0, 0.6), Note(2.0, 1.0, 74.0, 0.6)]
    lower = [Note(0.0, 0.5, 48.0, 0.6), Note(1.0, 1.0, 50.0, 0.6)]
    assert verticals([upper, lower]) == [(48, 72), (50, 72), (50, 74)]
