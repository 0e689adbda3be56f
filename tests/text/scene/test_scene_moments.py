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


@pytest.mark.parametrize(
    ("prompt", "moments_s"),
    [
        ("knock at 0:02 and 0:04", [(2.0, 4.0)]),
        ("knock at 2 s and 4 s", [(2.0, 4.0)]),
        ("knock at 2 and 4 seconds", [(2.0, 4.0)]),
        ("knocks at 1, 3 and 5 seconds", [(1.0, 3.0, 5.0)]),
        ("gunshots at 0:01, 0:03 and 0:07", [(1.0, 3.0, 7.0)]),
        ("at 0:02 and 0:04, a knock", [(2.0, 4.0)]),
        ("rain, a gunshot at 7 s and again at 3 s", [(), (3.0, 7.0)]),
        ("knock at 2 s and a bell at 4 s", [(), ()]),
        ("knock at 2 s and 4 s a bell", [(), ()]),
        ("knock at 2 s, 10 seconds", [()]),
        ("rain that stops at 2 s and 4 s", [()]),
        ("soft jazz at 2 s and 6 s", [()]),
    ],
)
def test_several_moments_are_several_of_a_sound(prompt, moments_s):
    brief = read_scene(prompt)
    assert [layer.moments_s for layer in brief.layers] == moments_s
    assert brief.duration_s is None or not any(moments_s)
    for layer in brief.layers:
        assert not layer.moments_s or layer.start_s == layer.moments_s[0]


def test_music_begins_once():
    assert "music begins once, at 2 s" in read_scene("soft jazz at 2 s and 6 s").notes


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a door slams at 5 s and a dog barks", [(5.0, False, False), (None, True, True)]),
        ("a door slams at 4 s, a dog barks", [(4.0, False, False), (None, True, False)]),
        ("at 4 s, a door slams and a dog barks", [(4.0, False, False), (None, True, True)]),
        # What is wild does as it likes where something goes on.
        (
            "rain, a door slams at 4 s, a dog barks",
            [(None, False, False), (4.0, False, False), (None, False, False)],
        ),
        ("a door slams at 5 s and rain", [(5.0, False, False), (None, False, False)]),
    ],
)
def test_what_is_told_behind_a_moment_hangs_on_it(prompt, told):
    layers = read_scene(prompt).layers
    assert [(each.start_s, each.tied, each.together and each.tied) for each in layers] == told


def test_what_goes_on_begins_with_the_scene_unless_it_is_told_as_next():
    around = {layer.source: layer for layer in read_scene("a glass breaks at 2 s, birds").layers}
    assert around["birds"].order == around["glass_break"].order
    glass, shot, birds = read_scene("a glass breaks at 2 s, a gunshot, birds").layers
    assert (glass.order, shot.order, birds.order) == (0, 1, 0)
    assert read_scene("a door slams at 4 s, then rain").layers[1].order == 1
