"""One of a sound, or several: nouns in the singular and in the plural."""

import pytest

from menura.text.scene import read_scene
from menura.text.scene.vocabulary import split

ONE = """
footstep, a footstep, step, footfall, knock, door knock, bark, dog bark, clap, hand clap, cough,
beep, click, tick, clock tick, keystroke, key press, hoofbeat, wing flap, hammer hit, breath,
owl hoot
"""
SEVERAL = """
knocks, gunshots, barks, claps, coughs, sneezes, punches, clicks, beeps, meows, bells, explosions
"""
OPEN = """
footsteps, steps, footstep sounds, walking, clapping, slow clap, dog barks, dog barking, hammering,
knock on the door, heartbeat, clock ticking, typing, breathing, gunshot, bell,
door slam
"""


@pytest.mark.parametrize("prompt", [*split(ONE)])
def test_a_noun_in_the_singular_is_one(prompt: str) -> None:
    (layer,) = read_scene(prompt).layers
    assert layer.count == 1


@pytest.mark.parametrize("prompt", [*split(SEVERAL)])
def test_a_noun_in_the_plural_is_several(prompt: str) -> None:
    (layer,) = read_scene(prompt).layers
    assert (layer.count, layer.many) == (None, True)


@pytest.mark.parametrize("prompt", [*split(OPEN), "rain, dog bark"])
def test_what_does_not_say_is_left_open(prompt: str) -> None:
    layer = read_scene(prompt).layers[-1]
    assert (layer.count, layer.many) == (None, False)


def test_another_one_is_one_too() -> None:
    first, second = read_scene("footstep on gravel, then another").layers
    assert (first.count, second.count, second.order) == (1, 1, 1)


def test_what_is_told_with_something_is_told_together() -> None:
    spell, sparkle, whoosh = read_scene("magic spell cast with sparkle and whoosh").layers
    assert (spell.together, sparkle.together, whoosh.together) == (False, True, True)
    assert not any(layer.together for layer in read_scene("elevator ding, doors open").layers)


def test_what_flies_over_an_ambience_moves_and_the_ambience_is_heard() -> None:
    layers = {
        layer.source: layer for layer in read_scene("a helicopter flies over the forest").layers
    }
    assert layers["helicopter"].movement == "overhead"
    assert "birds" in layers
    assert layers["birds"].movement == ""


def test_a_bed_that_begins_behind_a_deed_comes_after_it() -> None:
    door, engine = read_scene("car door slams, engine starts").layers
    assert (engine.source, engine.variant) == ("car", "start")
    assert engine.order > door.order
