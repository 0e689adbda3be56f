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
