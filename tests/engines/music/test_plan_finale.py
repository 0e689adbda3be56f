"""Finale: where a hit is asked for, all strike one short chord, and nothing is louder."""

import dataclasses

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of, seconds_at, tempi_of
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.writing import write
from menura.tasks import Music

PROMPTS = ("cinematic", "rock", "string quartet", "house", "jazz trio", "ambient", "waltz")


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("duration_s", [8.0, 15.0, 60.0])
def test_all_strike_the_last_downbeat_together_and_shortly(prompt, duration_s):
    plan = arrange(Music(f"{prompt}, ends on a big hit", duration_s=duration_s, seed=2)).plan
    last = list(bars_of(plan))[-1]
    assert (plan.sections[-1].name, plan.sections[-1].bars) == ("hit", 1)
    assert plan.ending == "hit"
    for line in write(plan).lines:
        here = [note for note in line.notes if note.beat >= last.start - 1e-6]
        assert here, line.part
        assert {note.beat for note in here} == {last.start}
        assert max(note.beats for note in here) <= 1.0
        assert min(note.velocity for note in here) >= 0.9
    at_s = seconds_at(tempi_of(plan), last.start)
    assert 0.4 <= duration_s - at_s <= 3.5


def test_a_hit_is_in_the_key_of_the_piece():
    for seed in range(5):
        plan = arrange(Music("rock, ends on a hit", duration_s=20.0, seed=seed)).plan
        chord = list(bars_of(plan))[-1].chords[0][1]
        assert chord.root == plan.key.pitch_class


@pytest.mark.parametrize("prompt", ["cinematic", "calm folk"])
def test_the_hit_is_the_loudest_moment(prompt, engine):
    task = engine.check(Music(f"{prompt}, ends on a big hit", duration_s=15.0, seed=1))
    plan = arrange(task).plan
    performance = engine.perform(task)
    sound = np.concatenate([block.samples for block in performance.blocks], axis=1)
    at = round(seconds_at(tempi_of(plan), list(bars_of(plan))[-1].start) * performance.rate)
    tenth = performance.rate // 5
    level = np.array([np.mean(np.square(piece)) for piece in np.array_split(sound, 75, axis=1)])
    hit = np.mean(np.square(sound[:, at : at + tenth], dtype=float))
    assert 10 * np.log10(hit / np.median(level)) > 1.0
    behind = np.mean(np.square(sound[:, at + 6 * tenth : at + 8 * tenth], dtype=float))
    assert 10 * np.log10(hit / behind) > 8.0


@pytest.mark.parametrize("prompt", ["punk", "latin"])
def test_a_genre_that_ends_with_a_hit_by_itself_has_no_bar_for_it(prompt):
    plan = arrange(Music(prompt, duration_s=30.0, seed=1)).plan
    assert plan.ending == "hit"
    assert "hit" not in [section.name for section in plan.sections]


def test_a_form_that_is_spelt_out_keeps_its_sections():
    plan = arrange(Music("rock, ends on a hit", form="verse chorus", seed=1)).plan
    assert [section.name for section in plan.sections] == ["verse", "chorus"]


def test_a_loop_has_no_hit():
    plan = arrange(Music("rock loop, ends on a hit", duration_s=12.0, seed=1)).plan
    assert "hit" not in [section.name for section in plan.sections]


def test_a_long_section_of_that_name_is_played():
    plan = arrange(Music("rock", duration_s=20.0, seed=1)).plan
    *before, last = plan.sections
    named = dataclasses.replace(plan, sections=(*before, dataclasses.replace(last, name="hit")))
    assert last.bars > 1
    notes = [sum(len(line.notes) for line in write(each).lines) for each in (plan, named)]
    assert notes[1] > 0.9 * notes[0]
