"""Soft ends, pauses, solos of basses, fades: what a plan makes of them."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange, planned
from menura.engines.music.arranger.bars import seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.staging import stage
from menura.tasks import Music

RATE = 8000


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


def levels_db(engine, task: Music) -> np.ndarray:
    """Returns the level of each second."""
    task = engine.check(task)
    sound = np.concatenate([block.samples for block in engine.perform(task).blocks], axis=1)
    rate = round(sound.shape[1] / task.duration_s)
    count = sound.shape[1] // rate
    power = (sound[:, : count * rate] ** 2).mean(axis=0).reshape(count, rate).mean(axis=1)
    return 10 * np.log10(power + 1e-9)


@pytest.mark.parametrize("prompt", ["piano", "piano, crescendo", "rock"])
def test_a_soft_end_gets_softer(prompt, engine):
    soft, usual = (
        levels_db(engine, Music(f"{prompt}{words}", duration_s=24.0, seed=2))
        for words in (", ends softly", ", ends properly")
    )
    assert soft[20] - soft[8:16].mean() < usual[20] - usual[8:16].mean() - 4.0
    assert soft[20] > -60.0  # and is heard


def test_a_soft_end_has_no_drums_and_leaves_the_rest():
    soft = planned(Music("rock, quiet ending", duration_s=60.0, seed=1)).plan
    plain = planned(Music("rock, proper ending", duration_s=60.0, seed=1)).plan
    assert [s.energy for s in soft.sections[:-2]] == [s.energy for s in plain.sections[:-1]][
        : len(soft.sections) - 2
    ]
    last = soft.sections[-1]
    assert last.energy_end < 0.1 < last.energy
    assert "drums" not in last.parts
    assert "drums" in soft.sections[-2].parts
    assert soft.bars == plain.bars


@pytest.mark.parametrize(
    ("prompt", "start_s", "bars"),
    [
        ("rock, all instruments stop at 12 seconds for one bar", 12.0, 1),
        ("techno, everything drops out at 0:15 for 2 bars", 15.0, 2),
    ],
)
def test_in_a_pause_nobody_plays(prompt, start_s, bars):
    piece = arrange(Music(prompt, duration_s=30.0, seed=3))
    at = [section.name for section in piece.plan.sections].index("break")
    section = piece.plan.sections[at]
    assert (section.bars, section.parts) == (bars, ())
    clock, starts = tempi_of(piece.plan), section_starts(piece.plan)
    begins_s, ends_s = seconds_at(clock, starts[at]), seconds_at(clock, starts[at + 1])
    assert begins_s == pytest.approx(start_s, abs=0.05)
    onsets_s = [event.start_s for events in piece.events.values() for event in events]
    assert not any(begins_s + 0.1 < onset_s < ends_s - 0.1 for onset_s in onsets_s)
    assert any(onset_s > ends_s for onset_s in onsets_s)
    assert read_plan(write_plan(piece.plan)) == piece.plan


def test_a_pause_is_heard(engine):
    level_db = levels_db(
        engine, Music("rock, everything stops at 8 seconds for one bar", duration_s=16.0, seed=1)
    )
    assert level_db[8:10].min() < level_db[4:7].mean() - 12.0


def test_a_pause_too_late_is_told():
    notes = planned(Music("rock, everything stops at 59 seconds", duration_s=60.0, seed=1)).notes
    assert any("nobody stops" in note for note in notes)


@pytest.mark.parametrize("prompt", ["funk with bass solo at 0:10", "jazz trio with bass solo"])
def test_a_bass_solo_has_one_bass_and_no_other_tune(prompt):
    piece = arrange(Music(prompt, duration_s=30.0, seed=0))
    parts = {part.name: part for part in piece.plan.parts}
    solo = next(part for part in piece.plan.parts if part.name.endswith("solo"))
    assert len([part for part in parts.values() if part.role == "bass"]) == 1
    inside = [section for section in piece.plan.sections if solo.name in section.parts]
    assert {section.name for section in inside} == {"solo"}
    for section in inside:
        roles = [parts[name].role for name in section.parts]
        assert roles.count("melody") == 1
        assert "bass" not in roles
    assert piece.events[solo.name]
    assert len(inside) < len(piece.plan.sections)


@pytest.mark.parametrize(
    ("prompt", "duration_s"),
    [
        ("solo celesta music box in 3/4, slows down at the end, fades out", 20.0),
        ("celesta and music box duet", 16.0),
    ],
)
def test_all_who_have_the_tune_play_it(prompt, duration_s):
    piece = arrange(Music(prompt, duration_s=duration_s, seed=0))
    assert all(piece.events[part.name] for part in piece.plan.parts)
    first_s = min(event.start_s for event in piece.events["music box 2"])
    assert first_s < 0.5 * duration_s


def test_a_piece_that_slows_down_and_fades_is_played_to_its_end():
    piece = arrange(Music("solo celesta, slows down at the end, fades out", duration_s=20.0))
    last_s = max(event.start_s for events in piece.events.values() for event in events)
    assert last_s > 17.0
    assert last_s < 20.0


def test_who_has_no_note_is_told():
    plan = write_plan(planned(Music("piano and flute", duration_s=10.0, seed=1)).plan)
    silent = plan.replace(
        "[[section]]", '[[part]]\nname = "idle"\nrole = "pad"\ninstrument = "pad"\n\n[[section]]', 1
    )
    assert "idle (pad) has no note in this piece" in arrange(Music(plan=silent)).ignored
    assert not any("has no note" in line for line in arrange(Music(plan=plan)).ignored)


def test_a_fade_in_rises_out_of_silence(engine):
    level_db = levels_db(engine, Music("fade in, ambient", duration_s=30.0, seed=1))
    assert level_db[0] < level_db[8:20].mean() - 20.0
    assert (np.diff(level_db[:4]) > 0).all()


def test_a_fade_in_is_in_the_plan_and_no_loop_has_one():
    plan = planned(Music("fade in, ambient", duration_s=30.0, seed=1)).plan
    assert 'beginning = "fade"' in write_plan(plan)
    assert read_plan(write_plan(plan)) == plan
    assert stage(plan, {}, RATE).opens
    looped = planned(Music("fade in, ambient", duration_s=30.0, seed=1, loop=True)).plan
    assert not looped.beginning


def test_a_jazz_waltz_is_jazz():
    plan = planned(Music("jazz waltz", duration_s=30.0, seed=1)).plan
    assert (plan.genre, plan.meter) == ("jazz swing", (3, 4))


def test_a_plan_sounds_as_its_prompt_to_the_bit(engine):
    task = Music("jazz trio, crescendo, ends softly", duration_s=8.0, seed=3)
    plan = write_plan(planned(task).plan)
    told, read = (
        np.concatenate([b.samples for b in engine.perform(engine.check(each)).blocks], axis=1)
        for each in (task, Music(plan=plan, seed=3))
    )
    assert np.array_equal(told, read)
