"""A scene as a document: it survives being written, can be edited, and names the line of a slip."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from menura.engines.effects.document import read_scene_plan, write_scene
from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import MOVEMENTS, SPEECH, Layer, Scene
from menura.engines.effects.sources import RATE
from menura.errors import InvalidInput
from menura.metrics.texture import burst_times
from menura.tasks import Effect

PLAN = """\
duration_s = 4.0
room = "dry"

[[layer]]
source = "rain"
variant = "tin"

[[layer]]
name = "the knock"
source = "knock"
times_s = [1.0, 2.5]
"""
FULL = Layer(
    name="all of it",
    source="wind",
    variant="trees",
    intensity=0.123456789,
    size=1.0,
    gain_db=-3.5,
    distance_m=12.25,
    direction_deg=-120.0,
    spread_deg=15.0,
    movement="circling",
    speed_kmh=33.3,
    barrier="door",
    start_s=0.5,
    stop_s=3.0,
    fade_in_s=0.25,
    fade_out_s=0.5,
    times_s=(0.1, 0.30000000000000004),
    every_s=2.0,
    steady=True,
    length_s=1.5,
    pace_ratio=2.5,
    rise=-0.25,
    turn=0.5,
    seed=2**63 - 1,
)


def test_a_layer_with_every_field_set_survives() -> None:
    plain = Layer(name="", source="")
    differing = [
        f.name for f in dataclasses.fields(Layer) if getattr(FULL, f.name) != getattr(plain, f.name)
    ]
    assert set(differing) == {f.name for f in dataclasses.fields(Layer)} - {
        *("text", "voice", "emotion")
    }
    said = Layer(
        name="words",
        source=SPEECH,
        voice="bram",
        emotion="sad",
        text='He said "no", \\ and left. \u00e9',
    )
    whole = Scene(
        title='A "title" with \\ in it',
        duration_s=4.0,
        room="cave",
        room_size=1.5,
        room_db=-3.0,
        binaural=True,
        one_shot=True,
        seed=7,
        layers=(FULL, said),
    )
    assert read_scene_plan(write_scene(whole)) == whole


@given(
    st.floats(0.5, 3600),
    st.lists(st.floats(0, 0.5), max_size=5),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30),
    st.sampled_from(MOVEMENTS),
)
def test_any_scene_survives(
    duration_s: float, times_s: list[float], title: str, movement: str
) -> None:
    layer = Layer(name="k", source="knock", times_s=tuple(sorted(times_s)), movement=movement)
    whole = Scene(title=title, duration_s=duration_s, loop=True, layers=(layer,))
    assert read_scene_plan(write_scene(whole)) == whole


@pytest.mark.parametrize(
    "task",
    [
        Effect("hard rain on a tin roof while thunder rolls far away"),
        Effect("three knocks, then a door creaks open slowly in a stone hall", binaural=True),
        Effect("a quiet cafe, jazz you can hardly hear", loop=True, channels=1),
        Effect('rain, a man says "it is late"', endless=True),
        Effect("a car passes from left to right"),
        Effect('rain\x07 on a \u200d roof, a man says "it\u200b is \ud800late"'),
        Effect(f'rain, a man says "{"word " * 1200}"'),
    ],
)
def test_what_a_prompt_becomes_survives(task: Effect) -> None:
    scene = stage(task).scene
    assert read_scene_plan(write_scene(scene)) == scene


def test_a_time_that_is_edited_moves_the_sound() -> None:
    def onsets(text: str) -> list[float]:
        scene = dataclasses.replace(
            read_scene_plan(text), layers=read_scene_plan(text).layers[1:], duration_s=4.0
        )
        sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
        return burst_times(sound, RATE, rise_db=20).tolist()

    assert onsets(PLAN) == pytest.approx([1.0, 2.5], abs=0.02)
    assert onsets(PLAN.replace("2.5", "3.25")) == pytest.approx([1.0, 3.25], abs=0.02)


def test_what_is_left_out_is_as_usual_and_times_are_sorted() -> None:
    scene = read_scene_plan(PLAN.replace("[1.0, 2.5]", "[2.5, 1.0]"))
    assert (scene.title, scene.channels, scene.loop) == ("Untitled", 2, False)
    assert [layer.name for layer in scene.layers] == ["rain", "the knock"]
    assert scene.layers[1].times_s == (1.0, 2.5)


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (('"knock"', '"knok"'), "line 10, layer 2", "nearest are knock"),
        (('"tin"', '"velvet"'), "line 6, layer 1", "variant is one of soil"),
        (('"dry"', '"moon"'), "line 2, scene", "room is one of"),
        (("duration_s = 4.0", "duration_s = -1"), "line 1, scene", "duration_s is a number"),
        (("duration_s = 4.0", "duration_s = 0.1"), "line 1, scene", "0.5 to 3600"),
        (("duration_s = 4.0", "duration_s = nan"), "line 1, scene", "duration_s"),
        (("duration_s = 4.0", "duration_s = 1e9"), "line 1, scene", "duration_s"),
        (("duration_s = 4.0", "duration_s = true"), "line 1, scene", "duration_s"),
        (("duration_s = 4.0", 'duration_s = "4"'), "line 1, scene", "duration_s"),
        (("duration_s = 4.0\n", ""), "scene", "duration_s is missing"),
        (('room = "dry"', "loop = 1"), "line 2, scene", "true or false"),
        (('room = "dry"', "channels = 3"), "line 2, scene", "channels"),
        (('room = "dry"', "channels = 1\nbinaural = true"), "line 2, scene", "two ears"),
        (('room = "dry"', "rooom = 1"), "line 2, scene", "no field 'rooom'"),
        (("duration_s = 4.0", "duration_s = 0\nloop = true"), "line 2, scene", "no loop"),
        (("[1.0, 2.5]", "[1.0, 9.5]"), "line 11, layer 2", "numbers from 0 to 4"),
        (("[1.0, 2.5]", "[1.0, -1]"), "line 11, layer 2", "numbers from 0 to 4, not -1"),
        (("[1.0, 2.5]", '["x"]'), "line 11, layer 2", "times_s"),
        (("[1.0, 2.5]", "1.0"), "line 11, layer 2", "times_s"),
        (("[1.0, 2.5]", f"[{'1,' * 2001}]"), "line 11, layer 2", "up to 2000"),
        (("times_s = [1.0, 2.5]", "every_s = 0.001"), "line 11, layer 2", "0.05 or more"),
        (("times_s = [1.0, 2.5]", "intensity = 2"), "line 11, layer 2", "intensity"),
        (("times_s = [1.0, 2.5]", "start_s = 2\nstop_s = 1"), "line 12, layer 2", "before it"),
        (("times_s = [1.0, 2.5]", 'barrier = "glass"'), "line 11, layer 2", "barrier"),
        (("times_s = [1.0, 2.5]", 'movement = "up"'), "line 11, layer 2", "movement"),
        (("times_s = [1.0, 2.5]", "seed = -1"), "line 11, layer 2", "seed"),
        (('source = "knock"', 'source = "speech"'), "layer 2", "text is missing"),
        (('source = "knock"', 'source = "music"\ntext = " "'), "line 11, layer 2", "needs a text"),
        (("times_s = [1.0, 2.5]", "length_s = 1e-9"), "line 11, layer 2", "0.05 or more"),
        (('room = "dry"', f"seed = 0x{'f' * 5000}"), "line 2, scene", "hundreds of digits"),
        (('"the knock"', '"room"'), "line 9, layer 2", "give it another name"),
        (('"the knock"', '"a/b"'), "line 9, layer 2", "a plain name"),
        (('"the knock"', '""'), "line 9, layer 2", "a plain name"),
        (('name = "the knock"', 'name = "rain"'), "", "two layers are called 'rain'"),
        (('source = "knock"\n', ""), "layer 2", "source is missing"),
        (("times_s = [1.0", "times_s = [1.0;"), "line 11", "no TOML"),
        ((PLAN, "duration_s = 1"), "scene", "1 to 64 tables"),
        ((PLAN, "duration_s = 1\n" + '[[layer]]\nsource = "rain"\n' * 65), "scene", "1 to 64"),
        ((PLAN, ""), "scene", "missing"),
        ((PLAN, "\0"), "", "no TOML"),
    ],
)
def test_a_slip_is_named_with_its_line(change: tuple[str, str], where: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_scene_plan(PLAN.replace(*change))
    assert where in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
