"""What comes after what in a scene, and the pauses between."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("rain and wind", {"rain": 0, "wind": 0}),
        ("a knock, then a scream", {"knock": 0, "scream": 1}),
        ("a knock followed by a scream", {"knock": 0, "scream": 1}),
        ("a knock. After that a scream.", {"knock": 0, "scream": 1}),
        ("first a knock, then a cough, finally a scream", {"knock": 0, "cough": 1, "scream": 2}),
        ("footsteps before a door slams", {"footsteps": 0, "door_slam": 1}),
        ("before the explosion, a beep", {"beep": 0, "explosion": 1}),
        ("a scream after a bang", {"explosion": 0, "scream": 1}),
        ("after a bang, a scream", {"explosion": 0, "scream": 1}),
        ("a cough, a sneeze, then a sigh", {"cough": 0, "sneeze": 1, "sigh": 2}),
        ("rain on leaves, wind, then thunder", {"rain": 0, "wind": 0, "thunder": 1}),
        ("a cough, a sneeze, a sigh", {"cough": 0, "sneeze": 0, "sigh": 0}),
        ("a car door slams and a dog barks", {"door_close": 0, "dog": 0}),
        ("the door creaks and slams", {"door_creak": 0, "door_slam": 1}),
        ("crowd cheering and clapping", {"applause": 0}),
        ("a knock -> a scream", {"knock": 0, "scream": 1}),
        ("a gunshot, suddenly, then, far away, a scream", {"gunshot": 0, "scream": 1}),
        ("click, buzz", {"ui_click": 0, "insect": 1}),
        ("beep, hum", {"beep": 0, "electricity": 1}),
        ("rain, click, buzz", {"rain": 0, "ui_click": 0, "insect": 0}),
        ("clicks, buzz", {"ui_click": 0, "insect": 0}),
    ],
)
def test_order(prompt, order):
    layers = read_scene(prompt).layers
    assert {layer.source: layer.order for layer in layers} == order
    assert len(layers) == len(order)


@pytest.mark.parametrize(
    ("prompt", "pauses"),
    [
        ("three knocks, a pause, then two more", [0.0, 1.5]),
        ("a knock, a pause of two seconds, a scream", [0.0, 2.0]),
        ("a knock, a long pause, then a scream", [0.0, 3.0]),
        ("a knock, 4 seconds later a scream", [0.0, 4.0]),
        ("a knock, after 5 seconds, a scream", [0.0, 5.0]),
        ("after a bang, silence, then a scream", [0.0, 1.5]),
        ("a pause of two seconds, then a knock", [2.0]),
        ("a knock, no pause, then a scream", [0.0, 0.0]),
    ],
)
def test_a_pause_stands_before_what_follows(prompt, pauses):
    layers = read_scene(prompt).layers
    assert [layer.pause_s for layer in layers] == pauses
    assert [layer.order for layer in layers] == list(range(len(pauses)))


def test_two_more_are_of_what_sounded_last():
    first, second = read_scene("three slow knocks on a metal door, a pause, then two more").layers
    assert (first.source, first.variant, first.count) == ("knock", "metal", 3)
    assert (second.source, second.variant, second.count) == ("knock", "metal", 2)
    assert second.speed == "slow"


def test_what_is_named_again_is_the_same():
    (roar,) = read_scene("a lion roars, and the lion is far away").layers
    assert roar.near == "far"


def test_what_it_does_again_is_another():
    assert [x.order for x in read_scene("a dog barks, then the dog barks twice").layers] == [0, 1]


def test_what_it_turns_into_comes_after():
    layers = read_scene("heartbeat, slow, then fast").layers
    assert [(x.variant, x.order) for x in layers] == [("rest", 0), ("fast", 1)]


@pytest.mark.parametrize(
    ("prompt", "counts"),
    [
        ("heavy footsteps on gravel, six steps, walking from left to right", [6]),
        ("a man walks on wood, four steps, stops, then opens a door", [4, None]),
        ("footsteps: 4 steps", [4]),
        ("footsteps on gravel, two steps, then footsteps on wood, three steps", [2, 3]),
        ("a sword clash, sword clash, sword clash", [3]),
    ],
)
def test_a_count_of_steps_is_of_one_walk(prompt, counts):
    assert [layer.count for layer in read_scene(prompt).layers] == counts


def test_what_is_counted_does_not_fade_where_it_stops():
    assert read_scene("a man walks on wood, four steps, stops").layers[0].fades == ""
    assert read_scene("the rain stops").layers[0].fades == "out"


@pytest.mark.parametrize(
    ("prompt", "lengths_s", "whole_s"),
    [
        ("slow whoosh, rising riser 3 seconds then an impact", [None, 3.0, None], None),
        ("a spell: charging up 2 seconds, then an explosion", [None, 2.0, None], None),
        ("a riser then an impact, 8 seconds in total", [None, None], 8.0),
        ("an explosion, then rain, 20 seconds", [None, None], 20.0),
        ("rain 20 seconds", [None], 20.0),
    ],
)
def test_a_length_behind_a_sound_of_a_story_is_its_own(prompt, lengths_s, whole_s):
    brief = read_scene(prompt)
    assert [layer.duration_s for layer in brief.layers] == lengths_s
    assert brief.duration_s == whole_s


@pytest.mark.parametrize(
    ("prompt", "order"),
    [
        ("podcast intro whoosh with a deep boom at the end", {"whoosh": 0, "impact_hit": 1}),
        ("a gong at the end, a cough, a scream", {"gong": 1, "cough": 0, "scream": 0}),
        ("a cough, a scream, and at the end, a gong", {"cough": 0, "scream": 0, "gong": 1}),
        ("a cough and a scream at the end of a corridor", {"cough": 0, "scream": 0}),
    ],
)
def test_what_comes_at_the_end_comes_last(prompt, order):
    assert {layer.source: layer.order for layer in read_scene(prompt).layers} == order


def test_what_goes_on_is_heard_before_what_comes_at_the_end():
    rain, thunder = read_scene("rain with a thunder clap at the end").layers
    assert (rain.order, thunder.order) == (0, 1)
    assert thunder.pause_s >= 3.0
