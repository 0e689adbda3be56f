"""Verbs that could be nouns in the plural, and what does something with another thing's sound."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "sources", "ignored"),
    [
        ("wind builds up", ["wind"], ()),
        ("a storm builds up", ["storm"], ()),
        ("engine builds up speed", ["car"], ()),
        ("monster dies", ["roar"], ("dies",)),
        ("alien dies", ["alien"], ("dies",)),
        ("someone rolls a die", ["dice"], ()),
        ("a build up", ["riser"], ()),
    ],
)
def test_what_something_does_is_no_plural(prompt, sources, ignored):
    brief = read_scene(prompt)
    assert [layer.source for layer in brief.layers] == sources
    assert brief.ignored == ignored


@pytest.mark.parametrize(
    ("prompt", "source"), [("a gun cocks", "reload"), ("a women screams", "scream")]
)
def test_what_has_an_article_is_one(prompt, source):
    (layer,) = read_scene(prompt).layers
    assert (layer.source, layer.many) == (source, False)


def test_who_falls_down_the_stairs_hits_them_quickly_one_after_the_other():
    (layer,) = read_scene("a man falls down the stairs").layers
    assert (layer.source, layer.variant, layer.speed) == ("impact", "body", "fast")
    assert layer.count == 6


def test_keys_that_are_counted_behind_a_typewriter_are_struck():
    brief = read_scene("typewriter: 10 keys, ding, carriage return")
    assert [(layer.source, layer.count) for layer in brief.layers] == [
        ("typing", 10),
        ("bell", 1),
        ("ratchet", 1),
    ]
    assert brief.notes == ("carriage return: heard as ratchet/wrench",)


@pytest.mark.parametrize("prompt", ["typing, then keys jingle", "someone typing, car keys"])
def test_keys_on_a_ring_jingle_beside_one_who_types(prompt):
    assert [layer.source for layer in read_scene(prompt).layers] == ["typing", "keys"]


def test_a_bomb_that_beeps_has_not_exploded_yet():
    beep, boom = read_scene("bomb beeping faster and faster, then boom").layers
    assert (beep.source, beep.tempo, beep.order) == ("beep", "faster", 0)
    assert (boom.source, boom.order) == ("explosion", 1)


@pytest.mark.parametrize(
    ("prompt", "notes"),
    [
        ("ship hull creaking", ("ship hull creaking: heard as door_creak",)),
        ("a low buzz", ("buzz: heard as insect/bee",)),
        ("a bee buzzing", ()),
        ("a door creaking", ()),
        ("stairs creaking", ()),
    ],
)
def test_what_is_only_alike_is_told(prompt, notes):
    assert read_scene(prompt).notes == notes


@pytest.mark.parametrize(
    ("prompt", "others"),
    [
        ("crowd and whistle at 0:04", ["crowd"]),
        ("stadium crowd with whistle at 0:04", ["crowd"]),
        ("crowd cheering, whistle at 0:04", ["applause"]),
    ],
)
def test_a_whistle_with_a_moment_is_not_the_crowd_s(prompt, others):
    *around, whistle = read_scene(prompt).layers
    assert [layer.source for layer in around] == others
    assert all(layer.start_s is None for layer in around)
    assert (whistle.source, whistle.start_s) == ("whistle", 4.0)


def test_a_crowd_that_whistles_is_a_crowd():
    (layer,) = read_scene("crowd whistling").layers
    assert layer.source == "crowd"


@pytest.mark.parametrize(
    ("prompt", "direction"),
    [("footsteps from far left come close", "left"), ("a dog on the far right", "right")],
)
def test_the_far_left_is_a_direction(prompt, direction):
    (layer,) = read_scene(prompt).layers
    assert (layer.direction, layer.near) == (direction, "")


def test_what_comes_close_approaches():
    (layer,) = read_scene("footsteps come close").layers
    assert layer.movement == "approaching"


def test_what_sounds_the_whole_time_comes_again():
    brief = read_scene("rumble underneath the whole time")
    assert brief.layers[0].every_s == 1.5
    assert brief.ignored == ()
