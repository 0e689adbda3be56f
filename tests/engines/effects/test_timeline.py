"""What happens when: counts, order, pauses, and how all of it fits a length."""

import dataclasses
import itertools

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.lasting import Draft
from menura.engines.effects.lengths import SHORTEST_S
from menura.engines.effects.recurring import MAX_COUNT
from menura.engines.effects.scene import Layer
from menura.engines.effects.sources import find
from menura.engines.effects.timeline import Laid, lay_out
from menura.errors import InvalidInput
from menura.tasks import Effect
from menura.text.scene import SceneLayer

RAIN = SceneLayer(source="rain")
KNOCKS = SceneLayer(source="knock", count=3)
SLAM = SceneLayer(source="door_slam", count=1, order=1)
CREAK = SceneLayer(source="door_creak", count=1)
STEPS = SceneLayer(source="footsteps")
WORDS = SceneLayer(source="speech", text="Nothing to be seen here. " * 4)


def laid(
    *wanted: SceneLayer, duration_s: float | None = None, seed: int = 0, **fields: object
) -> Laid:
    drafts = [
        Draft(
            layer=Layer(
                name=w.source,
                source=w.source,
                movement=w.movement,
                text=w.text,
                intensity=w.intensity,
                seed=i,
            ),
            wanted=w,
        )
        for i, w in enumerate(wanted)
    ]
    given = {"room": "dry", "endless": False, "loop": False, "rng": np.random.default_rng(seed)}
    return lay_out(drafts, duration_s, **given | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2, 5, 40, MAX_COUNT])
@pytest.mark.parametrize("duration_s", [None, 0.5, 3.0])
def test_counts_are_exact_whatever_the_length(count: int, duration_s: float | None) -> None:
    wanted = dataclasses.replace(KNOCKS, count=count)
    made = laid(wanted, duration_s=duration_s)
    times_s = made.layers[0].times_s
    assert len(times_s) == count
    assert list(times_s) == sorted(times_s)
    assert times_s[0] == 0.0
    assert times_s[-1] < made.duration_s
    assert made.duration_s == (duration_s or made.duration_s)


@pytest.mark.parametrize("count", [0, -1, MAX_COUNT + 1, 1_000_000])
def test_no_scene_has_none_or_a_million(count: int) -> None:
    with pytest.raises(InvalidInput, match=f"{count} times 'knocks'.*1 to {MAX_COUNT}"):
        laid(dataclasses.replace(KNOCKS, count=count, words="knocks"))


def test_what_comes_then_comes_when_the_first_is_over() -> None:
    knocks, slam = laid(KNOCKS, SLAM).layers
    assert slam.times_s[0] > knocks.times_s[-1] + 0.05
    paused = laid(KNOCKS, dataclasses.replace(SLAM, pause_s=2.0)).layers[1]
    assert paused.times_s[0] == pytest.approx(slam.times_s[0] + 2.0, abs=0.001)


def test_what_comes_at_once_is_heard_one_by_one_if_only_just() -> None:
    together = dataclasses.replace(SLAM, order=0, together=True)
    knocks, slam = laid(KNOCKS, together).layers
    assert 0 < slam.times_s[0] - knocks.times_s[0] < 0.5


@pytest.mark.parametrize(
    ("first", "least_s", "most_s"),
    [
        (KNOCKS, 0.5, 1.0),  # behind the last of them: who knocks waits
        (SceneLayer(source="bell", count=1), 1.0, 2.5),  # it rings, and not to its end
        (SceneLayer(source="whip"), 0.2, 0.4),
    ],
)
def test_what_is_listed_comes_when_the_main_part_of_the_one_before_is_over(
    first: SceneLayer, least_s: float, most_s: float
) -> None:
    one, slam = laid(first, dataclasses.replace(SLAM, order=0)).layers
    assert least_s < slam.times_s[0] - one.times_s[-1] < most_s


def test_an_elevator_has_rung_before_its_doors_open() -> None:
    bell, doors = stage(Effect("elevator ding, doors open", seed=1)).scene.layers
    assert 0.5 < doors.times_s[0] - bell.times_s[0] < 1.2


@pytest.mark.parametrize(
    ("prompt", "longest_s"),
    [("footstep", 0.6), ("keystroke", 0.6), ("breath", 3.0), ("tick", 0.7), ("hoofbeat", 0.7)],
)
def test_one_of_a_doing_is_one_shot(prompt: str, longest_s: float) -> None:
    scene = stage(Effect(prompt, seed=1)).scene
    assert scene.duration_s <= longest_s
    assert scene.one_shot


@pytest.mark.parametrize("prompt", ["jazz passing by, rain", "rain, music passing by from a car"])
def test_music_that_is_to_move_stays_and_is_heard(prompt: str) -> None:
    scene = stage(Effect(prompt, seed=1)).scene
    assert {layer.source for layer in scene.layers} == {"music", "rain"}


def test_an_arrow_hits_when_it_has_flown() -> None:
    scene = stage(Effect("arrow flying by and hitting", seed=1)).scene
    shot, hit = scene.layers
    assert (shot.variant, hit.variant) == ("shot", "hit")
    assert 0.15 < hit.times_s[0] - shot.times_s[0] < 0.6


def test_music_that_ends_makes_room_for_what_is_next() -> None:
    jazz = SceneLayer(source="music", text="jazz", duration_s=5.0)
    music, rain = laid(jazz, dataclasses.replace(RAIN, order=1)).layers
    assert music.stop_s == 5.0
    assert rain.start_s > 5.0


def test_what_ends_does_so_before_the_next_begins() -> None:
    steps, slam = laid(STEPS, SLAM).layers
    assert steps.start_s == 0.0
    assert 2.0 < steps.stop_s < slam.times_s[0]
    timed = dataclasses.replace(RAIN, duration_s=1.5)
    rain, slam = laid(timed, SLAM).layers
    assert (rain.start_s, rain.stop_s) == (0.0, 1.5)
    assert slam.times_s[0] > 1.5


def test_order_survives_an_asked_length() -> None:
    knocks, slam = laid(KNOCKS, SLAM, duration_s=1.0).layers
    assert knocks.times_s[-1] < slam.times_s[0] < 0.8


def test_too_short_is_said_and_long_enough_is_not() -> None:
    many = dataclasses.replace(KNOCKS, count=20)
    assert any("short for all of it" in note for note in laid(many, duration_s=1.0).notes)
    assert laid(many, duration_s=60.0).notes == []
    assert laid(many).notes == []


def test_no_stroke_lies_in_the_fade_of_the_end() -> None:
    """The last of the asked knocks is as loud as the first."""
    for duration_s in (None, 0.5, 1.0):
        made = laid(KNOCKS, duration_s=duration_s)
        fade_s = min(0.35, made.duration_s / 4)
        assert made.layers[0].times_s[-1] + 0.02 <= made.duration_s - fade_s


def test_a_backdrop_lasts_as_long_as_the_scene() -> None:
    made = laid(RAIN, KNOCKS, duration_s=8.0)
    rain, knocks = made.layers
    assert (rain.start_s, rain.stop_s, rain.times_s) == (0.0, 0.0, ())
    assert knocks.times_s[0] > 0.1
    assert laid(RAIN).duration_s >= 5.0


def test_what_comes_now_and_then_is_spread_over_the_scene_and_written_out() -> None:
    drops = SceneLayer(source="glass_clink", every_s=2.0)
    clinks = laid(RAIN, drops, duration_s=60.0).layers[1]
    gaps = np.diff(clinks.times_s)
    assert clinks.every_s == 0.0
    assert 22 <= len(clinks.times_s) <= 40
    assert 0.8 <= gaps.min() < 1.6
    assert 2.4 < gaps.max() <= 3.2
    other = laid(RAIN, drops, duration_s=60.0, seed=1).layers[1]
    assert other.times_s != clinks.times_s


def test_what_is_regular_is_regular() -> None:
    bells = SceneLayer(source="bell", every_s=3.0, irregular=False)
    times_s = laid(RAIN, bells, duration_s=20.0).layers[1].times_s
    assert np.allclose(np.diff(times_s), 3.0, atol=0.002)
    assert len(times_s) == 7


def test_what_is_dense_comes_more_often() -> None:
    rates = [
        len(laid(RAIN, SceneLayer(source="dog", intensity=i), duration_s=100.0).layers[1].times_s)
        for i in (0.2, 0.8)
    ]
    assert rates[1] > 1.5 * rates[0]


def test_a_scene_without_end_draws_on() -> None:
    made = laid(RAIN, SceneLayer(source="owl", every_s=5.0), endless=True)
    assert made.duration_s == 0.0
    assert made.layers[1].every_s == pytest.approx(5.0)
    assert made.layers[1].times_s == ()


def test_what_can_be_stretched_fills_an_asked_length() -> None:
    usual = laid(CREAK).layers[0].length_s
    filled = laid(CREAK, duration_s=4.0).layers[0].length_s
    assert usual == 0.0
    assert 2.5 < filled < 4.0
    assert laid(CREAK, duration_s=100.0).layers[0].length_s == find("door_creak").length_s[1]


def test_slow_lasts_longer_than_fast() -> None:
    slow, fast = (
        laid(dataclasses.replace(CREAK, speed=speed)).layers[0].length_s
        for speed in ("slow", "fast")
    )
    assert slow > 1.5 * fast


def test_words_have_the_time_they_take() -> None:
    speech, slam = laid(WORDS, SLAM).layers
    assert speech.stop_s == pytest.approx(len(WORDS.text) / 10, abs=0.01)
    assert slam.times_s[0] > speech.stop_s


def test_a_room_has_time_to_die_away_but_not_all_of_it() -> None:
    one = SLAM
    assert laid(one, room="cathedral").duration_s > laid(one).duration_s + 2.0
    made = laid(dataclasses.replace(KNOCKS, count=10), duration_s=2.0, room="cathedral")
    assert 1.0 < made.layers[0].times_s[-1] < 1.4


def test_a_loop_leaves_no_room_for_a_tail() -> None:
    assert laid(SLAM, room="cathedral", loop=True).duration_s <= laid(SLAM).duration_s


def test_nothing_is_shorter_than_it_may_be() -> None:
    assert laid(SceneLayer(source="tap", count=1)).duration_s >= SHORTEST_S


def test_a_scene_goes_on_until_what_a_cue_starts_is_over() -> None:
    assert laid(SLAM, cued_s=7.0).duration_s > 7.3
    assert laid(SLAM, cued_s=7.0, duration_s=2.0).duration_s == 2.0


def test_what_moves_takes_its_time() -> None:
    car = SceneLayer(source="car", movement="passing")
    usual, fast, asked = (
        laid(dataclasses.replace(car, **fields)).layers[0]
        for fields in ({}, {"speed": "fast"}, {"duration_s": 3.0})
    )
    assert 4.0 <= usual.length_s <= 12.0
    assert fast.length_s < usual.length_s
    assert asked.length_s == 3.0
    assert usual.times_s == (0.0,)


def test_gaps_between_knocks_differ_and_come_again_with_the_seed() -> None:
    wanted = dataclasses.replace(KNOCKS, count=12)
    first, again, other = (laid(wanted, seed=s).layers[0].times_s for s in (1, 1, 2))
    assert first == again != other
    gaps = [b - a for a, b in itertools.pairwise(first)]
    assert len({round(gap, 3) for gap in gaps}) > 6


def test_steps_that_are_counted_and_move_are_one_walk() -> None:
    walk = dataclasses.replace(STEPS, count=6, movement="left to right")
    moved = laid(walk).layers[0]
    still = laid(dataclasses.replace(STEPS, count=6)).layers[0]
    assert len(moved.times_s) == 1
    assert moved.length_s == pytest.approx(still.stop_s, abs=0.6)
    assert len(laid(SceneLayer(source="car", count=3, movement="passing")).layers[0].times_s) == 3


@pytest.mark.parametrize("movement", ["circling", "passing", "left to right"])
def test_what_moves_is_heard_to_an_asked_end(movement: str) -> None:
    bee = SceneLayer(source="insect", movement=movement)
    made = laid(bee, duration_s=11.0).layers[0]
    assert made.times_s == (0.0,)
    assert made.length_s == pytest.approx(11.0, abs=0.5)
    asked = dataclasses.replace(bee, duration_s=4.0)
    assert laid(asked, duration_s=11.0).layers[0].length_s == 4.0


def test_what_circles_does_so_as_long_as_what_goes_on() -> None:
    bee = SceneLayer(source="insect", movement="circling")
    car = SceneLayer(source="car", movement="passing")
    _, circling, passing = laid(RAIN, bee, car, duration_s=30.0).layers
    assert circling.times_s[0] + circling.length_s > 29.0
    assert passing.length_s < 15.0


def test_what_has_a_length_of_its_own_keeps_the_next_waiting() -> None:
    charge = SceneLayer(source="power_up", count=1, duration_s=2.5)
    slam = laid(charge, SLAM).layers[1]
    assert slam.times_s[0] >= 2.5


@pytest.mark.parametrize("duration_s", [8.0, 20.0, 60.0])
def test_what_is_at_the_end_is_there_whatever_the_length(duration_s: float) -> None:
    prompt = "light rain, a door slams at the end"
    scene = stage(Effect(prompt, seed=1, duration_s=duration_s)).scene
    (slam,) = (layer for layer in scene.layers if layer.source == "door_slam")
    assert 0.3 < duration_s - slam.times_s[-1] < 2.0


def test_what_is_asked_for_at_a_moment_begins_then() -> None:
    howl = SceneLayer(source="wolf", start_s=3.0)
    alone = laid(howl)
    assert alone.layers[0].times_s == (3.0,)
    assert alone.duration_s > 3.0 + find("wolf").length_s[0]
    amid = laid(RAIN, howl, SceneLayer(source="birds", start_s=20.0))
    assert [layer.times_s for layer in amid.layers] == [(), (3.0,), ()]
    assert amid.layers[2].start_s == 20.0
    assert amid.duration_s > 20.0


def test_what_sounds_with_what_has_a_moment_begins_with_it() -> None:
    blast = SceneLayer(source="explosion", start_s=5.0)
    debris = SceneLayer(source="rubble", together=True)
    first, second = (each.times_s[0] for each in laid(blast, debris).layers)
    assert first == 5.0
    assert 5.0 < second < 5.5


def test_a_moment_is_kept_whatever_the_length() -> None:
    howl = SceneLayer(source="wolf", start_s=3.0)
    assert laid(RAIN, howl, duration_s=4.0).layers[1].times_s == (3.0,)
    missed = laid(RAIN, howl, duration_s=2.0)
    assert [note for note in missed.notes if "behind the end" in note]
