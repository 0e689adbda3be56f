"""A train is long: it takes seconds to go by, wagon after wagon over the joints of its rails."""

import dataclasses

import numpy as np
import pytest

from menura.engines.effects.convoy import is_convoy
from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import Layer
from menura.engines.effects.sources import RATE, Wish, find
from menura.engines.effects.sources.vehicles.wagons import Wagons
from menura.metrics.texture import modulation_rate
from menura.tasks import Effect


def heard(prompt: str) -> np.ndarray:
    scene = stage(Effect(prompt=prompt, seed=1)).scene
    return np.concatenate(list(perform(scene, stems=False)), axis=1)


def loud_s(sound: np.ndarray, under_db: float) -> float:
    """Returns how long a sound is within so many dB of its loudest half second."""
    power = np.mean(sound.astype(np.float64) ** 2, axis=0)
    halves = power[: power.size // 4800 * 4800].reshape(-1, 4800).mean(axis=1)
    levels = 10 * np.log10(np.convolve(halves, np.ones(5) / 5, "same") + 1e-12)
    return float(np.sum(levels > levels.max() - under_db)) / 10


@pytest.mark.parametrize("words", ["", "steam ", "subway "])
def test_a_train_is_as_loud_for_seconds_as_a_car_for_a_moment(words: str) -> None:
    train, car = heard(f"a {words}train passes by"), heard("a car passes by")
    assert loud_s(train, 6.0) > 3.5
    assert loud_s(train, 6.0) > 2 * loud_s(car, 6.0)


def test_it_comes_from_one_side_and_goes_to_the_other() -> None:
    for prompt, first in (("a train passes from left to right", 0), ("from right to left", 1)):
        sound = heard(prompt if "train" in prompt else f"a train passes {prompt}")
        early = sound[:, RATE : 3 * RATE]
        late = sound[:, -3 * RATE : -RATE]
        for part, louder in ((early, first), (late, 1 - first)):
            power = np.mean(part.astype(np.float64) ** 2, axis=1)
            assert power[louder] > 1.5 * power[1 - louder]


def test_axles_strike_joints_at_the_speed_of_the_train() -> None:
    table = find("train").table
    facts = table["wagons"]
    for speed_m_s in (15.0, 30.0):
        wagons = Wagons(table, Wish(variant="pass"), speed_m_s, np.random.default_rng(1))
        sound = wagons.roll(12 * RATE, 6.0)
        assert sound.shape == (12 * RATE,)
        joints_hz = speed_m_s / facts["rail_m"]
        low_hz, high_hz = 0.8 * joints_hz, 9 * joints_hz
        found = modulation_rate(sound[np.newaxis], RATE, low_hz=low_hz, high_hz=high_hz)
        assert found / joints_hz == pytest.approx(round(found / joints_hz), abs=0.2)


def test_only_what_is_long_and_goes_by_is_a_convoy() -> None:
    train = Layer(name="t", source="train", movement="passing")
    assert is_convoy(train)
    assert not is_convoy(dataclasses.replace(train, movement="approaching"))
    assert not is_convoy(dataclasses.replace(train, source="car"))


def test_a_car_starts_idles_and_drives_off_in_one_gesture() -> None:
    scene = stage(Effect(prompt="a car starts, idles and drives off", seed=1)).scene
    start, idle, leaves = scene.layers
    assert (start.variant, idle.variant) == ("start", "idle")
    assert leaves.movement == "leaving"
    assert idle.start_s == pytest.approx(start.stop_s, abs=0.5)
    assert leaves.times_s[0] == pytest.approx(idle.stop_s, abs=0.5)
    assert len({layer.direction_deg for layer in scene.layers}) == 1
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    power = np.cumsum(np.mean(sound.astype(np.float64) ** 2, axis=0))

    def level_db(first_s: float, last_s: float) -> float:
        first, last = round(first_s * RATE), round(last_s * RATE)
        return float(10 * np.log10((power[last] - power[first]) / (last - first)))

    # Under load and still near it is no softer than at rest.
    off_s = leaves.times_s[0]
    rest_db = level_db(idle.start_s + 0.5, idle.stop_s - 0.5)
    assert level_db(off_s + 1.0, off_s + 2.5) > rest_db - 2.0
