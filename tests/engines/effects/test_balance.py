"""How loud each sound of a scene is beside the others."""

import dataclasses

import pytest

from menura.engines.effects.balance import DEEPEST_DB, gains_db, level_db
from menura.engines.effects.scene import MUSIC, SPEECH, Layer
from menura.engines.effects.sources import find

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
    far = dataclasses.replace(CUP, distance_m=8.0)
    assert gains_db([CUP, far]) == pytest.approx([0.0, -6.02], abs=0.01)
    raised = dataclasses.replace(far, gain_db=5.0)
    assert gains_db([CUP, raised])[1] == pytest.approx(-1.02, abs=0.01)


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
