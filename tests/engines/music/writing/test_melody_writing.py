"""Tunes: what music theory asks of them, measured over many pieces."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from music_plans import METERS, make_plan

from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.writing import rules, write
from menura.engines.music.arranger.writing.motifs import Motif, make_motif
from menura.engines.music.arranger.writing.styles import tune
from menura.engines.music.score import Note
from menura.tasks import Music
from menura.text.brief import MusicBrief

SINGERS = ("pop", "jazz swing", "progressive house")
SEEDS = range(100)


@functools.cache
def piece(seed):
    band = SINGERS[seed % len(SINGERS)]
    meter = METERS[seed % len(METERS)] if seed % 2 else (4, 4)
    plan = make_plan(seed, band=band, meter=meter, bpm=70.0 + seed)
    return plan, rules.notes_of(write(plan), "lead")


def test_strong_beats_are_consonant_or_resolved():
    shares = [rules.share_consonant(*piece(seed)) for seed in SEEDS]
    assert min(shares) >= 0.85
    assert np.mean(shares) >= 0.98


def test_leaps_turn_back_by_step():
    assert np.mean([rules.share_recovered(piece(seed)[1]) for seed in SEEDS]) >= 0.95


def test_range_can_be_sung():
    assert max(rules.span(piece(seed)[1]) for seed in SEEDS) <= 19


def test_climax_stands_once_and_late():
    once = 0
    for seed in SEEDS:
        plan, notes = piece(seed)
        once += rules.peaks(notes) == 1
        top = max(notes, key=lambda note: note.pitch)
        loudest = max(section.energy for section in plan.sections)
        at = [s for s, start in zip(plan.sections, starts(plan), strict=True) if start <= top.beat]
        assert at[-1].energy == loudest, seed
    assert once >= 95


def test_motif_recurs_in_every_section():
    for seed in SEEDS:
        plan, notes = piece(seed)
        part = next(part for part in plan.parts if part.role == "melody")
        assert rules.sections_without_motif(plan, part, notes) == [], seed


def test_last_note_is_the_tonic():
    for seed in SEEDS:
        plan, notes = piece(seed)
        assert notes[-1].pitch % 12 == plan.key.pitch_class
        assert notes[-1].beat + notes[-1].beats == pytest.approx(plan.bars * plan.bar_beats)


def test_first_phrase_of_a_period_ends_open():
    open_ends = 0
    for seed in SEEDS:
        plan, notes = piece(seed)
        first = plan.sections[0]
        if first.bars < 8:
            continue
        asked = [note for note in notes if note.beat < 4 * plan.bar_beats - 1e-6]
        answered = [note for note in notes if note.beat < 8 * plan.bar_beats - 1e-6]
        pickup = plan.bar_beats * 4 - 1.1
        last = [n for n in asked if n.beat <= pickup or n.beats > 0.5][-1]
        open_ends += last.pitch % 12 != plan.key.pitch_class
        assert answered
    assert open_ends >= 40


def test_seeds_give_different_tunes_and_one_seed_the_same():
    tunes = {tuple((n.beat, n.pitch) for n in piece(seed)[1]) for seed in SEEDS}
    assert len(tunes) == len(SEEDS)
    plan = make_plan(11)
    assert write(plan) == write(plan)


def test_replaced_section_leaves_the_others_alone():
    plan = make_plan(4, band="pop")
    sections = list(plan.sections)
    sections[1] = dataclasses.replace(sections[1], seed=sections[1].seed + 1)
    other = dataclasses.replace(plan, sections=tuple(sections))
    old, new = write(plan), write(other)
    low, high = old.sections[1][0], old.sections[2][0]
    for before, after in zip(old.lines, new.lines, strict=True):
        assert outside(before.notes, low, high) == outside(after.notes, low, high)
    lead = [rules.notes_of(score, "lead") for score in (old, new)]
    assert lead[0] != lead[1]


def test_sections_of_one_name_share_their_theme():
    plan = make_plan(2, band="pop")
    names = [section.name for section in plan.sections]
    twice = next(name for name in names if names.count(name) == 2)
    at = [i for i, name in enumerate(names) if name == twice]
    notes, begins = rules.notes_of(write(plan), "lead"), starts(plan)
    rhythms = []
    for i in at:
        bar = [n.beat - begins[i] for n in notes if 0 <= n.beat - begins[i] < plan.bar_beats]
        rhythms.append(np.round(bar, 3).tolist())
    assert rhythms[0] == rhythms[1] != []


@pytest.mark.parametrize(
    ("pitches", "consonant"),
    [
        ((60, 62, 67, 65), 1.0),  # C and G over C major
        ((62, 60, 67, 65), 1.0),  # an appoggiatura: D falls to C
        ((62, 67, 66, 60), 0.0),  # D leaps away, F sharp too
    ],
)
def test_consonance_is_measured(pitches, consonant):
    plan = make_plan(1, tonic="C", mode="major")
    section = dataclasses.replace(plan.sections[0], bars=1, chords=("C",))
    plan = dataclasses.replace(plan, sections=(section,))
    notes = tuple(Note(float(i), 1.0, float(p), 0.6) for i, p in enumerate(pitches))
    assert rules.share_consonant(plan, notes) == consonant


@pytest.mark.parametrize(
    ("pitches", "share"), [((60, 67, 65), 1.0), ((60, 67, 72), 0.0), ((60, 62, 64), 1.0)]
)
def test_recovery_is_measured(pitches, share):
    notes = [Note(float(i), 1.0, float(p), 0.6) for i, p in enumerate(pitches)]
    assert rules.share_recovered(notes) == share


@pytest.mark.parametrize(
    ("genre", "meter", "duration_s", "seed"),
    [
        ("horror", (4, 4), 17.51, 140),  # a climax of one bar, which closes the piece
        ("solo piano", (4, 4), 19.0, 33),
        ("ballad", (4, 4), 14.0, 248),
        ("latin", (5, 4), 13.0, 267),
        ("reggae", (4, 4), 23.0, 317),
        ("ambient", (5, 4), 17.0, 451),
        *(("pop", (4, 4), 6.0 + 0.7 * seed, seed) for seed in range(20)),
    ],
)
def test_motif_is_also_in_sections_of_a_bar(genre, meter, duration_s, seed):
    brief = MusicBrief(genres=(genre,), meter=meter, duration_s=duration_s)
    plan = compose(brief, Music("x"), seed).plan
    score = write(plan)
    for part in plan.parts:
        notes = rules.notes_of(score, part.name) if part.role == "melody" else ()
        if notes:
            assert rules.sections_without_motif(plan, part, notes) == []


@pytest.mark.parametrize(
    ("onsets", "pitches", "heard"),
    [
        ((0.0, 1.0, 2.0), (60, 64, 62), True),
        ((0.0, 1.0, 2.0), (60, 57, 59), True),  # upside down
        ((0.0, 0.5, 1.0, 2.0), (60, 62, 64, 62), True),  # with a note between
        ((0.0, 1.0, 2.0), (60, 60, 60), False),
        ((0.0, 1.0, 2.5), (60, 64, 62), False),
        ((0.0, 1.0), (60, 64), False),
        ((), (), False),
    ],
)
def test_motif_is_known_by_its_onsets_and_moves(onsets, pitches, heard):
    motif = Motif(onsets=(0.0, 1.0, 2.0), steps=(0, 2, 1), beats=4.0)
    assert motif.heard_in(onsets, pitches) is heard


def test_missing_motif_is_found():
    plan, notes = piece(0)
    part = next(part for part in plan.parts if part.role == "melody")
    shifted = tuple(dataclasses.replace(note, beat=note.beat + 0.125) for note in notes)
    assert rules.sections_without_motif(plan, part, shifted) == list(range(len(plan.sections)))


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("style", ["lyrical", "hook", "reel", "jazz"])
def test_motifs_fit_their_bar(meter, style):
    rng = np.random.default_rng(3)
    beats = meter[0] * 4 / meter[1]
    for _ in range(20):
        motif = make_motif(tune(style), meter, 110.0, rng)
        assert 2 <= len(motif.onsets) == len(motif.steps)
        assert 0 <= motif.onsets[0] < motif.onsets[-1] < beats
        for other in (motif.inverted(), motif.fragmented(), motif.augmented(0)):
            assert len(other.onsets) == len(other.steps) > 0
            assert max(other.onsets) < beats


def test_given_tune_is_played():
    melody = ((0.0, 1.0, 62.0), (1.0, 0.5, 66.0), (2.0, 1.0, 69.0))
    plan = make_plan(3, tonic="D", mode="major", melody=melody)
    notes = rules.notes_of(write(plan), "lead")
    assert [round(n.pitch) % 12 for n in notes[:3]] == [2, 6, 9]
    assert [n.beat for n in notes[:4]] == [0.0, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("mode", ["maqam bayati", "maqam rast", "raga yaman", "raga bhairav"])
def test_modes_over_a_drone(mode):
    plan = make_plan(9, band="arabic", mode=mode, tonic="D")
    notes = rules.notes_of(write(plan), "oud")
    scale = {(2 + step) % 12 for step in plan.key.steps}
    assert {note.pitch % 12 for note in notes} <= scale
    assert notes[-1].pitch % 12 == 2
    quarter = any(step % 1 for step in plan.key.steps)
    assert quarter == any(note.pitch % 1 for note in notes)
    assert {note.articulation for note in notes} & {"trill", "slide"}


def starts(plan):
    beats = [section.bars * plan.bar_beats for section in plan.sections]
    return [0.0, *np.cumsum(beats[:-1]).tolist()]


def outside(notes, low, high):
    return [note for note in notes if not low - 1e-6 <= note.beat < high - 1e-6]
