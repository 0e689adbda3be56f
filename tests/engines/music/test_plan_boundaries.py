"""Boundaries: sections begin and last as told, and the others share what is left."""

import itertools

import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.boundaries import begun, bounded, lasting
from menura.engines.music.arranger.form import Stretch
from menura.tasks import Music


def form(*sections):
    return [Stretch(name=name, bars=bars, energy=0.5) for name, bars in sections]


SONG = form(("intro", 4), ("verse", 8), ("chorus", 8), ("verse", 8), ("chorus", 4))


def told(stretches):
    return [(stretch.name, stretch.bars) for stretch in stretches]


def starts(stretches):
    return [0, *itertools.accumulate(stretch.bars for stretch in stretches)]


@pytest.mark.parametrize(
    ("bars", "first"),
    [({"intro": 8}, ("intro", 8)), ({"intro": 2, "verse": 6}, ("intro", 2))],
)
def test_sections_last_as_told(bars, first):
    found, pinned = lasting(SONG, bars, set())
    assert told(found)[0] == first
    assert all(s.bars == bars[s.name] for s in found if s.name in bars)
    assert sum(s.bars for s in found) == 32
    assert pinned <= set(starts(found))


def test_where_there_is_no_room_the_form_stays():
    assert lasting(SONG, {"verse": 40}, set()) == (SONG, set())
    found, _ = lasting(SONG, {"verse": 14}, set())
    assert next(s.bars for s in found if s.name == "verse") == 14


@pytest.mark.parametrize("bars", [2, 6, 10])
def test_a_section_before_a_pinned_bar_ends_there(bars):
    found, added = lasting(SONG, {"verse": bars}, {12})
    assert 12 in starts(found)
    assert told(found)[starts(found).index(12) - 1] == ("verse", bars)
    assert added == {12 - bars}


def test_a_section_begins_at_its_bar_and_what_is_pinned_stays():
    one = begun(SONG, "verse", 6, set())
    two = begun(one, "chorus", 15, {6})
    assert told(two)[:2] == [("intro", 6), ("verse", 9)]
    assert two[2].name == "chorus"
    assert sum(s.bars for s in two) == 32


def test_a_section_that_is_over_at_a_bar_is_followed_by_another():
    found = begun(begun(SONG, "chorus", 10, set()), "chorus", 20, {10}, leaves=True)
    assert {10, 20} <= set(starts(found))
    assert found[starts(found).index(10)].name == "chorus"
    assert found[starts(found).index(20)].name != "chorus"


def test_a_boundary_that_is_near_moves_and_a_pinned_one_does_not():
    assert 5 in starts(bounded(SONG, 5, set()))
    assert 4 not in starts(bounded(SONG, 5, set()))
    assert {4, 5} <= set(starts(bounded(SONG, 5, {4})))


@pytest.mark.parametrize(
    ("prompt", "name", "bars"),
    [
        ("house, intro of 8 bars", "intro", 8),
        ("trance, build for 8 bars then drop", "build", 8),
        ("edm drop at 30 seconds, build up of 15 seconds before", "build", 8),
    ],
)
def test_a_section_of_a_prompt_has_its_length(prompt, name, bars):
    plan = arrange(Music(prompt, seed=1)).plan
    assert bars in [section.bars for section in plan.sections if section.name == name]


def test_an_intro_of_seconds_ends_then():
    for seed in range(4):
        plan = arrange(Music("rock with a 10 second intro", seed=seed)).plan
        assert plan.sections[0].name == "intro"
        beats = plan.sections[0].bars * plan.bar_beats - plan.sections[0].cut_beats
        assert beats * 60 / plan.quarter_bpm == pytest.approx(10.0, abs=0.05)


def test_a_section_too_long_for_the_piece_is_told():
    piece = arrange(Music("rock with an intro of 200 bars", seed=1, duration_s=30.0))
    assert any("too few" in note for note in piece.ignored)
