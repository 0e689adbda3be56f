"""Cues: what begins when, for a picture."""

import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.scene import Layer
from menura.errors import InvalidInput
from menura.tasks import Effect


def layers(prompt: str, *cues: tuple[float, str], duration_s: float | None = None) -> list[Layer]:
    return list(stage(Effect(prompt, cues=cues, duration_s=duration_s, seed=1)).scene.layers)


def test_what_a_cue_names_begins_there_and_nowhere_else() -> None:
    rain, knock = layers("rain, three knocks", (2.5, "knock"), (1.25, "a knock"), duration_s=5)
    assert knock.times_s == (1.25, 2.5)
    assert knock.every_s == 0.0
    assert (rain.start_s, rain.times_s) == (0.0, ())


def test_a_cue_brings_what_the_prompt_leaves_out() -> None:
    made = layers("rain", (1.2, "knock"), (3.5, "door slam"), duration_s=5)
    assert [layer.source for layer in made] == ["rain", "knock", "door_slam"]
    assert [layer.times_s for layer in made] == [(), (1.2,), (3.5,)]


def test_two_layers_of_one_source_share_its_cues() -> None:
    made = layers("two knocks, then three knocks", (2.5, "knock"), (0.5, "knock"), (4.0, "knock"))
    assert [layer.times_s for layer in made] == [(0.5, 4.0), (2.5,)]
    (only,) = layers("two knocks, then three knocks", (0.5, "knock"))
    assert only.times_s == (0.5,)


def test_cues_alone_are_a_scene_that_lasts_until_they_are_over() -> None:
    scene = stage(Effect("", cues=((1.2, "knock"), (3.5, "door slam")), seed=1)).scene
    assert [layer.times_s for layer in scene.layers] == [(1.2,), (3.5,)]
    assert 3.6 < scene.duration_s < 8.0
    assert scene.one_shot


def test_a_bed_begins_at_its_cue() -> None:
    (rain,) = layers("rain", (2.0, "rain"), duration_s=5)
    assert (rain.start_s, rain.stop_s) == (2.0, 0.0)


@pytest.mark.parametrize("prompt", ["rain", "rain, a drill every 10 seconds"])
def test_a_bed_that_comes_and_goes_does_so_at_its_cues(prompt: str) -> None:
    rain, drill = layers(prompt, (3.0, "drill"), (9.0, "drill"), duration_s=20)
    assert (rain.source, rain.times_s) == ("rain", ())
    assert (drill.source, drill.times_s, drill.every_s) == ("drill", (3.0, 9.0), 0.0)
    (_, once) = layers("rain, a drill every 10 seconds", (3.0, "drill"), duration_s=20)
    assert once.times_s == (3.0,)


def test_what_moves_begins_to_move_at_its_cue() -> None:
    (car,) = layers("a car passes from left to right", (2.0, "car"), duration_s=12)
    assert car.times_s == (2.0,)
    assert car.movement == "left to right"


def test_a_variant_that_is_named_is_meant() -> None:
    made = layers("a knock on wood, then a knock on glass", (3.0, "knock on glass"), duration_s=5)
    assert {layer.variant: layer.times_s for layer in made}["glass"] == (3.0,)
    assert {layer.variant: layer.times_s for layer in made}["wood"] != (3.0,)


def test_a_slip_of_spelling_in_a_cue_is_understood() -> None:
    made = layers("rain", (1.0, "thundder"), duration_s=5)
    assert [layer.source for layer in made] == ["rain", "thunder"]


@pytest.mark.parametrize(
    ("cue", "said"),
    [
        ((5.0, "knock"), "the cue 'knock' at 5 s lies behind the end at 5 s"),
        ((99.0, "knock"), "behind the end"),
        ((1.0, "zorp"), "no sound is called 'zorp'"),
        ((1.0, "word"), "nearest are sword"),
        ((1.0, "jazz"), "no sound is called 'jazz'"),
    ],
)
def test_a_cue_that_cannot_be_met_is_refused(cue: tuple[float, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        layers("rain", cue, duration_s=5)
