"""Climbing: what gets louder or quieter does so from bar to bar, and as much as it says."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.editing import continued
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.form import Stretch, climbed
from menura.tasks import Music

UP = [(0.0, 0.25), (0.5, 0.5), (1.0, 1.0)]
DRONE = "dark ambient drone, gets louder towards the end"


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


def energies(plan):
    return np.array([bar.energy for bar in bars_of(plan)])


def test_a_form_follows_its_curve_without_steps():
    form = [Stretch(name=name, bars=4, energy=0.5) for name in ("intro", "theme", "coda")]
    found = climbed(form, UP)
    assert [(s.energy, s.energy_end) for s in found] == [
        (0.25, 0.417),
        (0.417, 0.667),
        (0.667, 1.0),
    ]


def test_a_breakdown_and_what_leads_from_it_keep_their_energy():
    names = ("verse", "breakdown", "build", "drop")
    found = climbed([Stretch(name=name, bars=4, energy=0.3) for name in names], UP)
    assert [s.energy_end > 0 for s in found] == [True, False, False, False]
    assert {s.energy for s in found[1:]} == {0.3}


@pytest.mark.parametrize(
    ("prompt", "up"),
    [(DRONE, True), ("orchestral crescendo", True), ("calm piano that gets quieter", False)],
)
def test_every_bar_is_stronger_than_the_one_before(prompt, up):
    for seed in range(3):
        plan = arrange(Music(prompt, duration_s=40.0, seed=seed)).plan
        steps = np.diff(energies(plan)) * (1 if up else -1)
        assert (steps > 0).all()
        assert steps.max() < 0.2
        assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize(
    "prompt", ["ambient", "orchestral", "techno, 40 seconds", "pop, rises, loop"]
)
def test_who_asks_for_no_climb_and_a_loop_have_none(prompt):
    plan = arrange(Music(prompt, seed=1)).plan
    assert not any(section.energy_end for section in plan.sections)
    assert "energy_end" not in write_plan(plan)


@pytest.mark.parametrize(
    ("prompt", "least_db"),
    [(DRONE, 7.0), ("orchestral crescendo", 10.0), ("calm piano that gets quieter", -8.0)],
)
def test_what_gets_louder_is_measured_to_do_so(prompt, least_db, engine):
    task = engine.check(Music(prompt, duration_s=30.0, seed=1))
    sound = np.concatenate([block.samples for block in engine.perform(task).blocks], axis=1)
    whole = sound[:, : int(0.9 * sound.shape[1])]  # what rings out is no climb
    fifths = [np.mean(np.square(part, dtype=float)) for part in np.array_split(whole, 5, axis=1)]
    level_db = 10 * np.log10(fifths) * np.sign(least_db)
    assert level_db[-1] - level_db[0] > abs(least_db)
    assert np.diff(level_db).min() > -0.5
    assert np.diff(level_db).max() < 8.0


def test_what_goes_on_behind_a_climb_stands():
    plan = arrange(Music(DRONE, duration_s=40.0, seed=1)).plan
    longer = continued(plan, 15.0, 3)
    added = longer.sections[len(plan.sections) - 1 : -1]
    assert added
    assert not any(section.energy_end for section in added)
