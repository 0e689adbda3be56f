"""Staging: the level that a stream is given before it can be measured."""

import dataclasses

import pytest
from music_plans import make_plan

from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.staging import expected_lufs, stage
from menura.engines.music.arranger.writing import write

RATE = 48_000


def events_of(plan):
    return perform(write(plan), plan)


def test_who_plays_harder_and_in_larger_number_is_expected_to_be_louder():
    plan = make_plan(1)
    events = events_of(plan)
    soft = {
        name: tuple(dataclasses.replace(e, velocity=e.velocity / 2) for e in notes)
        for name, notes in events.items()
    }
    assert expected_lufs(plan, events) - expected_lufs(plan, soft) == pytest.approx(3.9, abs=0.1)
    few = dataclasses.replace(plan, parts=plan.parts[:3])
    assert expected_lufs(plan, events) - expected_lufs(few, events) == pytest.approx(3.0, abs=0.1)


def test_who_plays_nothing_has_a_level_too():
    plan = make_plan(1)
    assert -30 < expected_lufs(plan, {}) < -8


def test_a_section_composed_anew_leaves_the_desk_as_it_was():
    plan = make_plan(1)
    first = dataclasses.replace(plan.sections[0], seed=77)
    changed = dataclasses.replace(plan, sections=(first, *plan.sections[1:]))
    one, two = (stage(each, events_of(each), RATE).space for each in (plan, changed))
    assert one == two


def test_a_piece_that_climbs_is_expected_to_be_softer_by_what_it_begins_below():
    plan = make_plan(1)
    events = events_of(plan)
    first = dataclasses.replace(plan.sections[0], energy=0.25, energy_end=1.0)
    rest = (dataclasses.replace(s, energy=1.0) for s in plan.sections[1:])
    climbing = dataclasses.replace(plan, sections=(first, *rest))
    even = dataclasses.replace(
        climbing, sections=(dataclasses.replace(first, energy_end=0.0), *climbing.sections[1:])
    )
    levels = (expected_lufs(each, events) for each in (climbing, even, plan))
    climbed_lufs, even_lufs, plain_lufs = levels
    assert plain_lufs == even_lufs
    assert -4.0 < climbed_lufs - even_lufs < -0.2
    assert stage(even, events, RATE).levels == ()
    assert stage(climbing, events, RATE).levels[0] == (0.0, pytest.approx(-6.0))
