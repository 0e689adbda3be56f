"""What begins at a moment that is named, or leads up to the next thing."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "starts_s", "whole_s"),
    [
        ("wolf howl at 3 seconds", [3.0], None),
        ("rain, thunder clap at about 5 seconds", [None, 5.0], None),
        ("at 3 seconds, a wolf howls", [3.0], None),
        ("a knock at 2 seconds, then a door opens", [2.0, None], None),
        ("wind, a wolf howls at 3 s and an owl hoots at 6 s", [None, 3.0, 6.0], None),
        ("a knock at 0:03", [3.0], None),
        ("rain, a knock at 00:03", [None, 3.0], None),
        ("thunder at 1:15, rain", [75.0, None], None),
        ("0:02 knock, 0:04 door creak", [2.0, 4.0], None),
        ("rain, a dog barks 3 s in", [None, 3.0], None),
        ("rain, a dog barks three seconds in", [None, 3.0], None),
        ("three seconds in, a knock", [3.0], None),
        ("thunder 4 seconds into the rain", [4.0, None], None),
        ("rain with thunder at the 3 second mark", [None, 3.0], None),
        ("rain and after 2.5 seconds a door slams", [None, 2.5], None),
        ("explosion after 3 seconds", [3.0], None),
        ("a knock at 10:15", [None], None),
        ("birds at 5:30 in the morning", [None], None),
        ("rain, 3 seconds in a cave", [None], 3.0),
        ("rain for 5 seconds", [None], 5.0),
        ("rain that stops at 5 seconds", [None], 5.0),
    ],
)
def test_a_moment_is_no_length(prompt, starts_s, whole_s):
    brief = read_scene(prompt)
    assert [layer.start_s for layer in brief.layers] == starts_s
    assert brief.duration_s == whole_s


def test_after_what_happened_a_delay_counts_from_there():
    knock, slam = read_scene("a knock. After 2 seconds a door slams").layers
    assert (slam.order - knock.order, slam.pause_s, slam.start_s) == (1, 2.0, None)


def test_after_seconds_of_a_sound_is_its_length():
    slam, rain = read_scene("a door slams after three seconds of rain").layers
    assert rain.duration_s == 3.0
    assert slam.order > rain.order


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("old telephone ringing twice, then being picked up", 2),
        ("phone rings twice and someone picks up", 2),
        ("the phone rings, a man picks up the phone", None),
    ],
)
def test_a_telephone_is_picked_up_when_it_has_rung(prompt, count):
    brief = read_scene(prompt)
    phone, handset = brief.layers
    assert (phone.source, phone.count, phone.grows) == ("phone", count, "")
    assert (handset.source, handset.count) == ("switch", 1)
    assert handset.order > phone.order
    assert any("heard as switch/button" in note for note in brief.notes)


def test_a_wind_picks_up_beside_a_telephone():
    phone, wind = read_scene("the phone rings, the wind picks up").layers
    assert (phone.grows, wind.grows) == ("", "more")


@pytest.mark.parametrize("joint", ["building to a", "leading up to a", "building up to a"])
def test_what_builds_to_something_comes_before_it(joint):
    riser, boom = read_scene(f"cinematic riser {joint} boom").layers
    assert (riser.source, riser.order, riser.fades) == ("riser", 0, "")
    assert (boom.source, boom.order) == ("explosion", 1)


def test_the_bell_of_a_carriage_return_is_a_small_one():
    brief = read_scene("typewriter typing, then the carriage return bell")
    told = [(layer.source, layer.variant, layer.order) for layer in brief.layers]
    assert told == [("typing", "typewriter", 0), ("bell", "shop", 1)]
