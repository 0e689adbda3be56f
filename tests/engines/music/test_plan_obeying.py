"""Plans keep to what a prompt asks: who plays, how few, and in which tempo."""

import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of, seconds_of, tempi_of
from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.granting import palettes
from menura.engines.music.arranger.players import players
from menura.tasks import Music
from menura.text.brief import read_brief

SEEDS = range(4)


def planned(prompt, seed=1, **fields):
    task = Music(prompt, seed=seed, **fields)
    return compose(read_brief(task), task, seed).plan


def instruments(plan):
    return {part.instrument for part in plan.parts}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("solo violin, no accompaniment", [("melody", "violin")]),
        ("solo flute", [("melody", "flute")]),
        ("solo oud", [("melody", "oud")]),
        ("sad cello solo", [("melody", "cello")]),
        ("jazz trio with saxophone", [("melody", "saxophone"), ("bass", "upright bass"),
                                      ("drums", "brush kit")]),
        ("violin and cello duo", [("melody", "violin"), ("bass", "cello")]),
    ],
)  # fmt: skip
def test_nobody_plays_who_was_not_asked_for(prompt, parts, seed):
    plan = planned(prompt, seed)
    assert [(part.role, part.instrument) for part in plan.parts] == parts
    assert all(section.parts == plan.sections[0].parts for section in plan.sections)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("prompt", ["only drums", "drums only", "just a kick drum"])
def test_drums_alone_are_drums_alone(prompt, seed):
    plan = planned(prompt, seed)
    assert [part.role for part in plan.parts] == ["drums"]
    assert all(section.parts for section in plan.sections)


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("just a kick drum", {35, 36}),
        ("only hi-hats, waltz", {42, 44, 46}),
        ("techno, kick and snare only", {35, 36, 37, 38, 40}),
    ],
)
def test_a_piece_of_the_kit_alone_is_all_that_is_struck(prompt, keys):
    piece = arrange(Music(prompt, seed=1, duration_s=30.0))
    struck = {note.pitch for notes in piece.events.values() for note in notes}
    assert struck
    assert struck <= keys


def test_a_drone_alone_is_a_drone():
    assert [part.role for part in planned("drone only, no chords").parts] == ["drone"]
    assert [part.role for part in planned("melody only").parts] == ["melody"]


@pytest.mark.parametrize("seed", SEEDS)
def test_who_has_two_hands_accompanies_himself_once(seed):
    plan = planned("jazz trio", seed)
    assert instruments(plan) == {"piano", "upright bass", "brush kit"}
    assert [part.name for part in plan.parts if part.instrument == "piano"] == [
        "piano right hand",
        "piano left hand",
    ]
    guitar = planned("power trio", seed)
    assert instruments(guitar) == {"overdriven guitar", "pick bass", "rock kit"}
    assert len(guitar.parts) == 4
    assert [part.role for part in planned("solo piano, no chords", seed).parts] == ["melody"]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("prompt", "count"),
    [("duo", 2), ("trio", 3), ("folk trio", 3), ("rock quartet", 4), ("jazz duo", 2)],
)
def test_a_band_of_a_number_has_that_many(prompt, count, seed):
    plan = planned(prompt, seed)
    assert len(instruments(plan)) == count
    assert "melody" in {part.role for part in plan.parts}


def test_sparse_music_has_a_small_band():
    assert len(planned("sparse pop").parts) <= 4 < len(planned("pop").parts)
    assert len(planned("underscore").parts) <= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_acoustic_and_electronic_change_who_plays(seed):
    plugged = {*palettes()["acoustic"]}
    assert instruments(planned("acoustic pop", seed)).isdisjoint(plugged)
    natural = {*palettes()["electronic"]}
    assert instruments(planned("electronic waltz", seed)).isdisjoint(natural - {"accordion"})
    for table in palettes().values():
        assert {*table, *(n for names in table.values() for n in names)} <= set(players())


def test_a_guest_genre_is_heard():
    assert {"distorted guitar", "strings"} <= instruments(planned("orchestral metal"))


@pytest.mark.parametrize(
    ("prompt", "first", "last"),
    [
        ("accelerando from 80 to 160", 80, 160),
        ("starts at 90 bpm and ends at 140", 90, 140),
        ("techno from 140 to 90 bpm", 140, 90),
        ("pop from 60 to 200 bpm", 60, 200),
    ],
)
@pytest.mark.parametrize("duration_s", [20.0, 60.0, 150.0])
def test_the_tempo_goes_from_one_number_to_the_other(prompt, first, last, duration_s):
    plan = planned(prompt, duration_s=duration_s)
    rates = [bpm for _, bpm in tempi_of(plan)]
    bars = plan.bars
    step = abs(last - first) / bars
    assert rates[0] == pytest.approx(first, abs=step)
    assert rates[-1] == pytest.approx(last, abs=step)
    assert rates == sorted(rates, reverse=last < first)
    assert plan.duration_s == duration_s
    assert 0.5 <= duration_s - seconds_of(plan) <= 6.0
    assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize("prompt", ["rock that slows down at the end", "ballad, ritardando"])
def test_only_the_end_slows_down(prompt):
    plan = planned(prompt, duration_s=60.0)
    *before, final = plan.sections
    assert all(section.tempo == 1.0 and not section.tempo_end for section in before)
    assert final.tempo_end == pytest.approx(0.7)
    assert seconds_of(plan) < plan.duration_s == 60.0


def test_the_score_and_the_notes_keep_the_changing_tempo():
    piece = arrange(Music("folk dance that speeds up", seed=1, duration_s=60.0))
    rates = [bpm for _, bpm in piece.score.tempi]
    assert rates == sorted(rates)
    assert rates[-1] / rates[0] == pytest.approx(1.4, abs=0.06)
    last = list(bars_of(piece.plan))[-1]
    assert piece.score.seconds(last.end) == pytest.approx(seconds_of(piece.plan))


def test_where_the_tempo_cannot_change_it_is_said():
    cued = Music("accelerando from 100 to 120", cues=((8.0, "hit"),))
    assert any("cues" in note for note in compose(read_brief(cued), cued, 1).notes)
    far = Music("from 40 to 250 bpm")
    assert any("4 times" in note for note in compose(read_brief(far), far, 1).notes)
