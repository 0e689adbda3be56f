"""Everyday words of games and films: each leads to what it is, and two words to one scene."""

import pytest

from menura.text.scene import read_scene


@pytest.mark.parametrize(
    ("prompt", "layers"),
    [
        ("a baby cries", ["baby/"]),
        ("a baby babbles", ["baby/babble"]),
        ("baby laughs", ["laugh/child"]),
        ("baby dragon roars", ["roar/dragon"]),
        ("an eagle screams overhead", ["hawk/"]),
        ("mice squeaking in the walls", ["rodent/"]),
        ("a rat squeals", ["rodent/rat"]),
        ("mouse click", ["mouse_click/"]),
        ("a wooden chest creaks open", ["chest/open"]),
        ("treasure chest closes", ["chest/close"]),
        ("a woman cries softly", ["sob/woman"]),
        ("a woman cries for help", ["scream/"]),
        ("man grunting", ["grunt/man"]),
        ("an orc grunts", ["grunt/brute"]),
        ("a pig grunts", ["pig/"]),
        ("toilet flush", ["flush/"]),
        ("hiccups", ["belch/hiccup"]),
        ("dice roll", ["dice/"]),
        ("handcuffs click shut", ["ratchet/handcuffs"]),
        ("blood splatter", ["squelch/splat"]),
        ("she opens her umbrella in the rain", ["umbrella/", "rain/"]),
        ("rain on an umbrella", ["rain/umbrella"]),
        ("elephant trumpeting", ["elephant/"]),
        ("eerie whispering", ["whisper/"]),
        ("glass smashes, shards scatter", ["glass_break/"]),
        ("crowd cheers and then fades out", ["applause/cheering"]),
        ("crowd cheers, then the cheering fades out", ["applause/cheering"]),
    ],
)
def test_a_word_leads_to_its_sound(prompt: str, layers: list[str]) -> None:
    brief = read_scene(prompt)
    assert [f"{layer.source}/{layer.variant}" for layer in brief.layers] == layers
    assert brief.ignored == ()


def test_an_engine_does_one_thing_after_the_other() -> None:
    brief = read_scene("a car starts, idles and drives off")
    assert [(layer.variant, layer.order) for layer in brief.layers] == [
        ("start", 0),
        ("idle", 1),
        ("accelerate", 2),
    ]


def test_what_ends_a_scene_is_told() -> None:
    rain, slam = read_scene("light rain, a door slams at the end").layers
    assert (rain.closing, slam.closing) == (False, True)


def test_another_animal_is_another_and_another_knock_is_on_the_same_door() -> None:
    assert [each.other for each in read_scene("a dog barks, then another dog barks").layers] == [
        False,
        True,
    ]
    assert not any(each.other for each in read_scene("a knock, then another knock").layers)


@pytest.mark.parametrize(
    ("prompt", "told", "notes"),
    [
        ("an air horn", "horn/truck", ["air horn: heard as horn/truck"]),
        ("a truck horn", "horn/truck", []),
        ("a fireball", "flame/whoosh", ["fireball: heard as flame/whoosh"]),
        ("a burst of flame", "flame/", []),
        ("a body falls in armor", "impact/body", ["armor: not heard beside impact/body"]),
        ("a body falls", "impact/body", []),
        (
            "a dragon sneezes glitter",
            "sneeze/",
            ["dragon: its sneeze is heard as a person's", "glitter: not heard beside sneeze"],
        ),
        ("a man sneezes", "sneeze/", []),
    ],
)
def test_what_is_stood_in_for_or_left_out_is_told(prompt, told, notes):
    brief = read_scene(prompt)
    assert [f"{layer.source}/{layer.variant}" for layer in brief.layers] == [told]
    assert list(brief.notes) == notes
    assert not brief.ignored


@pytest.mark.parametrize("prompt", ["sword is drawn", "a sword being drawn"])
def test_a_sword_that_is_drawn_is_heard_so(prompt):
    brief = read_scene(prompt)
    (sword,) = brief.layers
    assert (sword.source, sword.variant or "draw") == ("sword", "draw")
    assert not brief.ignored


@pytest.mark.parametrize("prompt", ["people gasp", "the crowd gasps"])
def test_many_who_gasp_do_it_at_once(prompt):
    (gasp,) = read_scene(prompt).layers
    assert (gasp.source, gasp.count, gasp.many) == ("gasp", 1, False)
