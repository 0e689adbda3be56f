"""How loud each sound of a scene is beside the others."""

import dataclasses

import pytest

from menura.engines.effects.balance import DEEPEST_DB, gains_db, level_db, lost_db
from menura.engines.effects.engine import stage
from menura.engines.effects.scene import MUSIC, SPEECH, Layer
from menura.engines.effects.sources import find
from menura.tasks import Effect

CUP = Layer(name="cup", source="glass_clink", distance_m=2.0)
BANG = Layer(name="bang", source="explosion", distance_m=2.0)
RAIN = Layer(name="rain", source="rain", distance_m=find("rain").distance_m)


def test_a_source_has_the_level_of_its_table() -> None:
    assert level_db(RAIN) == pytest.approx(find("rain").level_db)
    at_1_m = dataclasses.replace(CUP, distance_m=1.0)
    assert level_db(at_1_m) == pytest.approx(find("glass_clink").level_db)


@pytest.mark.parametrize(
    "layer", [CUP, RAIN, Layer(name="m", source=MUSIC), Layer(name="s", source=SPEECH)]
)
def test_twice_the_distance_is_6_db_less(layer: Layer) -> None:
    far = dataclasses.replace(layer, distance_m=2 * layer.distance_m)
    assert level_db(layer) - level_db(far) == pytest.approx(6.02, abs=0.01)


def test_harder_is_louder() -> None:
    soft, hard = (dataclasses.replace(RAIN, intensity=i) for i in (0.0, 1.0))
    assert level_db(hard) - level_db(soft) == pytest.approx(14.0)


def test_the_loudest_has_its_gain_and_half_of_what_lies_between_is_left() -> None:
    soft, hard = (dataclasses.replace(RAIN, intensity=i) for i in (0.0, 1.0))
    assert gains_db([hard, soft]) == pytest.approx([0.0, -7.0], abs=0.01)
    raised = dataclasses.replace(soft, gain_db=5.0)
    assert gains_db([hard, raised])[1] == pytest.approx(-2.0, abs=0.01)


def test_what_is_farther_away_than_usual_loses_all_that_distance_takes() -> None:
    usual_m = find("rain").distance_m
    near, far = (dataclasses.replace(RAIN, distance_m=k * usual_m) for k in (0.5, 6.0))
    assert gains_db([RAIN, far]) == pytest.approx([0.0, -15.56], abs=0.01)
    assert gains_db([near, RAIN]) == pytest.approx([0.0, -3.01], abs=0.01)
    assert lost_db("rain", 6 * usual_m) - lost_db("rain", usual_m) == pytest.approx(15.56, abs=0.01)


@pytest.mark.parametrize(
    ("prompt", "least_db"),
    [
        ("a scream far away, a knock", 1.0),
        ("a church bell in the distance, footsteps on gravel", 8.0),
        ("birds far away, a stream", 12.0),
    ],
)
def test_what_is_far_away_lies_under_what_is_near(prompt: str, least_db: float) -> None:
    far, near = gains_db(stage(Effect(prompt, seed=1)).scene.layers)
    assert near - far > least_db


def test_an_ambience_keeps_its_balance() -> None:
    """The steam of a cafe is told to be far: it lies under the talk as a mixer has put it."""
    layers = stage(Effect("a cafe", seed=1)).scene.layers
    gains = dict(zip((layer.source for layer in layers), gains_db(layers), strict=True))
    assert gains["crowd"] - gains["steam"] < 8.0


def test_what_is_in_a_scene_is_heard() -> None:
    assert gains_db([BANG, CUP]) == [0.0, DEEPEST_DB]
    silent = dataclasses.replace(CUP, gain_db=-20.0)
    assert gains_db([BANG, silent])[1] == DEEPEST_DB - 20.0


def test_one_alone_has_no_gain_and_none_has_none() -> None:
    assert gains_db([CUP]) == [0.0]
    assert gains_db([]) == []


def test_far_thunder_is_heard_through_hard_rain() -> None:
    thunder = Layer(name="thunder", source="thunder", variant="far", distance_m=12_000.0)
    rain = dataclasses.replace(RAIN, intensity=0.85)
    assert -12 < gains_db([rain, thunder])[1] - gains_db([rain, thunder])[0] < 3


def test_nearness_is_never_endless() -> None:
    assert level_db(dataclasses.replace(CUP, distance_m=0.1)) == level_db(
        dataclasses.replace(CUP, distance_m=0.5)
    )
