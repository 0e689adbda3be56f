"""What moves for minutes is heard all the while."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import Layer, Scene
from menura.engines.effects.sources import RATE
from menura.tasks import Effect


def levels_db(scene: Scene) -> np.ndarray:
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    parts = np.split(sound, sound.shape[1] // (10 * RATE), axis=1)
    return np.array(
        [10 * np.log10(np.mean(part.astype(np.float64) ** 2) + 1e-12) for part in parts]
    )


@pytest.mark.parametrize("barrier", ["", " behind a wall"])
def test_what_circles_does_so_to_the_end(barrier: str) -> None:
    scene = stage(Effect(f"a bee circles around my head{barrier}", seed=1, duration_s=80.0)).scene
    levels = levels_db(scene)
    assert levels.size == 8
    assert np.ptp(levels) < 6


def test_a_long_pass_begins_when_it_is_to_and_ends() -> None:
    layer = Layer(
        name="c", source="car", variant="pass", movement="passing", speed_kmh=8.0, distance_m=8.0,
        times_s=(10.0,), length_s=70.0, seed=3,
    )  # fmt: skip
    levels = levels_db(Scene(title="x", duration_s=100.0, layers=(layer,)))
    assert levels[0] < -100
    assert 3 <= int(np.argmax(levels)) <= 5
    assert levels[9] < -100
