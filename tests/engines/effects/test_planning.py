"""From what a prompt was understood to ask to a scene: what is drawn, and how far it may stray."""

import dataclasses

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.planning import Planned, plan_scene
from menura.engines.effects.scene import Scene
from menura.engines.effects.sources import find
from menura.tasks import Effect
from menura.text.scene import SceneBrief, SceneLayer, read_scene

RAIN = SceneLayer(source="rain")
KNOCK = SceneLayer(source="knock", count=2)


def planned(
    *layers: SceneLayer, seed: int = 0, brief: dict[str, object] | None = None, **task: object
) -> Planned:
    asked = SceneBrief(layers=layers, **brief or {})  # type: ignore[arg-type]
    return plan_scene(asked, Effect("a prompt", **task), seed)  # type: ignore[arg-type]


def scene(*layers: SceneLayer, seed: int = 0, **task: object) -> Scene:
    return planned(*layers, seed=seed, **task).scene


@pytest.mark.parametrize("field", ["intensity", "size"])
def test_influence_narrows_what_is_drawn(field: str) -> None:
    spreads = []
    for influence in (0.0, 0.5, 1.0):
        drawn = [
            getattr(scene(RAIN, seed=s, prompt_influence=influence).layers[0], field)
            for s in range(60)
        ]
        assert np.mean(drawn) == pytest.approx(0.5, abs=0.05)
        spreads.append(np.std(drawn))
    assert spreads[0] > 1.5 * spreads[1] > 1.5 * spreads[2]
    assert spreads[2] < 1e-6


def test_what_is_drawn_stays_within_bounds() -> None:
    hardest = dataclasses.replace(RAIN, intensity=1.0, size=0.0)
    for seed in range(40):
        layer = scene(hardest, seed=seed, prompt_influence=0.0).layers[0]
        assert 0 <= layer.intensity <= 1
        assert 0 <= layer.size <= 1


def test_a_seed_makes_the_same_scene_and_another_another() -> None:
    first, again, other = (scene(RAIN, KNOCK, seed=s) for s in (3, 3, 4))
    assert first == again
    assert first.layers[0].seed != other.layers[0].seed
    assert first.layers[1].times_s != other.layers[1].times_s


@pytest.mark.parametrize(
    ("layers", "one_shot"),
    [
        ((KNOCK,), True),
        ((KNOCK, SceneLayer(source="footsteps")), True),
        ((KNOCK, RAIN), False),
        ((RAIN,), False),
        ((SceneLayer(source="footsteps"),), False),
        ((KNOCK, SceneLayer(source="music", text="jazz")), False),
        ((SceneLayer(source="speech", text="well"),), False),
    ],
)
def test_a_single_happening_is_no_background(
    layers: tuple[SceneLayer, ...], one_shot: bool
) -> None:
    assert scene(*layers).one_shot is one_shot


def test_every_layer_has_a_name_and_a_seed_of_its_own() -> None:
    made = scene(KNOCK, RAIN, dataclasses.replace(KNOCK, order=1), RAIN)
    names = [layer.name for layer in made.layers]
    assert sorted(names) == ["knock", "knock 2", "rain", "rain 2"]
    assert len({layer.seed for layer in made.layers}) == 4


@pytest.mark.parametrize(
    ("wanted", "field", "value"),
    [
        ({"near": "far"}, "distance_m", 18.0),
        ({"near": "close"}, "distance_m", 1.2),
        ({"distance_m": 50.0, "near": "far"}, "distance_m", 50.0),
        ({}, "distance_m", find("rain").distance_m),
        ({"direction": "left"}, "direction_deg", -60.0),
        ({"direction": "behind"}, "direction_deg", 165.0),
        ({"level": "barely audible"}, "gain_db", -20.0),
        ({"level": "loud"}, "gain_db", 4.0),
        ({}, "gain_db", 0.0),
        ({"fades": "in"}, "fade_in_s", 3.0),
        ({"fades": "in"}, "fade_out_s", 0.0),
        ({"fades": "swells"}, "fade_in_s", 5.0),
        ({"fades": "swells"}, "fade_out_s", 5.0),
        ({"muffled": "door"}, "barrier", "door"),
        ({"variant": "tin"}, "variant", "tin"),
    ],
)
def test_what_is_asked_of_a_layer_is_done(wanted, field: str, value: object) -> None:
    made = scene(dataclasses.replace(RAIN, **wanted)).layers[0]
    assert getattr(made, field) == value


def test_a_movement_has_the_speed_of_what_moves() -> None:
    def kmh(source: str, **fields: str) -> float:
        wanted = SceneLayer(source=source, movement="passing", **fields)
        return scene(wanted).layers[0].speed_kmh

    assert kmh("footsteps") < 10 < kmh("car") < kmh("aircraft")
    assert kmh("car", speed="slow") < kmh("car") < kmh("car", speed="fast")
    assert scene(RAIN).layers[0].speed_kmh == 0.0


def test_sounds_lie_around_and_the_first_of_them_ahead() -> None:
    made = [scene(RAIN, KNOCK, RAIN, seed=s).layers for s in range(40)]
    first = [layers[0].direction_deg for layers in made]
    third = [layers[2].direction_deg for layers in made]
    assert max(map(abs, first)) <= 12.0
    assert min(third) < -25.0
    assert max(third) > 25.0


def test_fields_win_over_the_prompt_and_the_prompt_over_what_is_usual() -> None:
    said = {"duration_s": 7.0, "loop": True, "space": "cave", "space_size": 1.0}
    assert planned(RAIN, brief=said).scene.duration_s == 7.0
    assert planned(RAIN, brief=said).scene.loop is True
    assert planned(RAIN, brief=said, duration_s=3.0).scene.duration_s == 3.0
    assert planned(RAIN, brief=said).scene.room == "cave"
    assert planned(RAIN, brief=said).scene.room_size == 2.0
    assert planned(RAIN, brief=said, endless=True).scene.loop is False
    assert scene(RAIN).room == "dry"
    assert scene(RAIN, channels=1).channels == 1
    assert scene(RAIN, binaural=True).binaural is True


def test_what_echoes_has_something_to_echo_from() -> None:
    shout = dataclasses.replace(KNOCK, echoes=True)
    assert scene(shout).room == "canyon"
    caved = planned(shout, brief={"space": "metal cave"}).scene
    assert caved.room == "metal cave"
    assert caved.room_db > planned(KNOCK, brief={"space": "metal cave"}).scene.room_db


def test_a_title_is_one_short_line() -> None:
    words = "rain  on\n" + "a very long roof " * 20
    title = plan_scene(read_scene(words), Effect(words), 0).scene.title
    assert title.startswith("rain on a very")
    assert len(title) <= 80


def test_between_two_directions_there_is_one() -> None:
    howl = SceneLayer(source="wolf", direction="behind right")
    assert scene(howl).layers[0].direction_deg == 135.0


def test_two_more_knocks_are_on_the_same_door_and_another_dog_is_another() -> None:
    first, more = stage(Effect("two knocks, a pause, then two more", seed=5)).scene.layers
    for field in ("direction_deg", "size", "intensity", "variant", "distance_m"):
        assert getattr(first, field) == getattr(more, field)
    assert first.seed != more.seed
    first, other = stage(Effect("a dog barks, then another dog barks", seed=5)).scene.layers
    assert first.size != other.size
