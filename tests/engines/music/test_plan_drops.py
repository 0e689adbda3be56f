"""Drops: thin bars before one that is asked for, and eight bars of it where there is room."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import seconds_at, section_starts, tempi_of
from menura.engines.music.arranger.casting import Cast
from menura.engines.music.arranger.drops import lengthened, thinned
from menura.engines.music.arranger.engine import create
from menura.engines.music.arranger.form import Stretch
from menura.engines.music.arranger.genres import Slot
from menura.tasks import Music

LOW = {"drums", "percussion", "bass"}


@pytest.fixture(scope="module")
def engine(studio, settings):
    engine = create(studio.card("arranger"), settings)
    yield engine
    engine.close()


def form(*sections):
    return [Stretch(name=name, bars=bars, energy=0.5) for name, bars in sections]


def told(stretches):
    return [(stretch.name, stretch.bars) for stretch in stretches]


def starts_s(plan):
    return [seconds_at(tempi_of(plan), beat) for beat in section_starts(plan)]


@pytest.mark.parametrize(
    ("sections", "pinned", "found"),
    [
        ([("build", 9), ("drop", 2), ("breakdown", 2), ("drop", 4)], {9}, [("drop", 8)]),
        (
            [("build", 8), ("drop", 4), ("breakdown", 16), ("drop", 8)],
            {8},
            [("drop", 8), ("breakdown", 12), ("drop", 8)],
        ),
        ([("build", 8), ("drop", 4), ("outro", 4)], {8, 12}, [("drop", 4), ("outro", 4)]),
        ([("build", 8), ("drop", 12)], {8}, [("drop", 12)]),
    ],
)
def test_a_drop_lasts_where_what_follows_has_bars_to_spare(sections, pinned, found):
    at = sections[0][1]
    longer = lengthened(form(*sections), {at}, pinned)
    assert told(longer) == [sections[0], *found]


@pytest.mark.parametrize(
    "prompt",
    [
        "drum and bass 174 bpm, drop at 0:12",
        "house, drop at 0:15",
        "trance with a drop",
        "dubstep, drop after 8 bars",
    ],
)
def test_beat_and_bass_are_out_before_a_drop_and_in_it_again(prompt):
    for seed in range(3):
        plan = arrange(Music(prompt, duration_s=40.0, seed=seed)).plan
        roles = {part.name: part.role for part in plan.parts}
        playing = [{roles[name] for name in section.parts} for section in plan.sections]
        names = [section.name for section in plan.sections]
        assert "drop" in names[1:]
        for at, name in enumerate(names):
            if name != "drop" or not at or names[at - 1] == "drop":
                continue
            thin = [here for here in playing[max(at - 2, 0) : at] if not LOW & here]
            assert thin, (seed, names)
            assert playing[at] >= {"drums", "bass"}
            assert plan.sections[at - 1].bars <= 2


def test_two_bars_before_a_drop_are_thin_unless_the_ones_before_them_are():
    slots = tuple(
        Slot(name=role, role=role, instruments=("piano",), styles=("",))
        for role in ("drums", "bass", "pad")
    )
    band = Cast(slots=slots, wished=frozenset(), notes=(), touches={})
    everybody, thin = ("drums", "bass", "pad"), ("pad",)
    short = form(("verse", 4), ("build", 2), ("drop", 8))
    assert thinned(short, [everybody] * 3, band)[1] == [everybody, thin, everybody]
    rolled = [thin, everybody, everybody]
    assert thinned(short, rolled, band)[1] == rolled


def test_a_drop_that_is_timed_has_eight_bars_and_stays_at_its_time():
    plan = arrange(Music("drum and bass 174 bpm, drop at 0:12", duration_s=24.0, seed=1)).plan
    at = [section.name for section in plan.sections].index("drop")
    assert plan.sections[at].bars >= 8
    assert starts_s(plan)[at] == pytest.approx(12.0, abs=0.35)


def test_the_bars_before_a_drop_are_heard_to_be_thin(engine):
    task = engine.check(Music("drum and bass 174 bpm, drop at 0:12", duration_s=24.0, seed=1))
    plan = arrange(task).plan
    performance = engine.perform(task)
    sound = np.concatenate([block.samples for block in performance.blocks], axis=1)
    edges = [round(s * performance.rate) for s in starts_s(plan)]
    at = [section.name for section in plan.sections].index("drop")

    def level_db(first, last):
        return 10 * np.log10(np.mean(np.square(sound[:, first:last], dtype=float)))

    rise = level_db(edges[at - 1], edges[at])
    drop = level_db(edges[at], edges[at] + 8 * performance.rate)
    assert drop - rise > 4.0
    assert level_db(0, edges[at - 1]) - rise > 3.0


def test_a_section_whose_length_is_told_stays_whole():
    plan = arrange(Music("trance, build for 8 bars then drop", seed=1)).plan
    assert ("build", 8) in [(section.name, section.bars) for section in plan.sections]


def test_nobody_is_sent_away_where_nobody_else_would_be_left():
    slots = (Slot(name="kit", role="drums", instruments=("909 kit",), styles=("",)),)
    band = Cast(slots=slots, wished=frozenset(), notes=(), touches={})
    names = [("kit",), ("kit",)]
    found = thinned(form(("build", 8), ("drop", 8)), names, band)
    assert (told(found[0]), found[1]) == ([("build", 8), ("drop", 8)], names)


@pytest.mark.parametrize("prompt", ["drum and bass", "house", "trance"])
def test_a_piece_that_asks_for_no_drop_has_no_thin_bars(prompt):
    plan = arrange(Music(prompt, duration_s=60.0, seed=1)).plan
    assert "rise" not in [section.name for section in plan.sections]
