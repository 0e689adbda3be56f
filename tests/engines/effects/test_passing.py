"""What passes is heard as long as it was asked, and comes and goes by degrees."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import Layer, Scene
from menura.engines.effects.sources import RATE
from menura.tasks import Effect


def _levels_db(prompt: str, seed: int = 1) -> np.ndarray:
    """Returns the level of every tenth of the scene, dB under the loudest."""
    scene = stage(Effect(prompt=prompt, seed=seed)).scene
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    assert sound.shape[1] == round(scene.duration_s * RATE)
    parts = np.array_split(np.mean(sound.astype(np.float64) ** 2, axis=0), 10)
    levels = 10 * np.log10([part.mean() + 1e-12 for part in parts])
    return np.asarray(levels - levels.max())


@pytest.mark.parametrize("prompt", ["jet flyover", "car passes by from left to right"])
def test_what_passes_comes_and_goes(prompt: str) -> None:
    levels = _levels_db(prompt)
    assert 2 <= int(np.argmax(levels)) <= 7
    assert levels[0] < -3
    # It is heard until the end, though the sound of what is far away comes late.
    assert -35 < levels[-1] < -3


def test_what_comes_nearer_is_loudest_at_the_end() -> None:
    levels = _levels_db("footsteps approaching")
    assert levels[:3].max() < -6
    assert levels[-3:].max() == 0


def test_what_leaves_is_loudest_at_first() -> None:
    levels = _levels_db("a motorcycle driving away")
    assert levels[:3].max() == 0
    assert levels[-1] < -6


@pytest.mark.parametrize("prompt", ["a plane very far away passes from left to right"])
def test_what_crosses_far_away_is_no_faster_than_its_sound(prompt: str) -> None:
    assert _levels_db(prompt).min() > -35


def test_what_comes_from_far_away_is_heard_to_its_end() -> None:
    """At 500 km/h a minute of it is heard of 84 s of sound."""
    layer = Layer(
        name="a",
        source="helicopter",
        movement="approaching",
        distance_m=5.0,
        length_s=60.0,
        speed_kmh=500.0,
    )
    scene = Scene(title="x", duration_s=60.0, layers=(layer,))
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    last = sound[:, -3 * RATE : -RATE]
    assert np.sqrt(np.mean(last**2)) > 0.01


def test_every_step_of_a_counted_walk_is_heard() -> None:
    scene = stage(Effect(prompt="footsteps on wood, six steps, from left to right", seed=1)).scene
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1).astype(np.float64)
    step = round(0.53 * RATE)
    power = np.mean(sound**2, axis=0)[: 6 * step]
    levels = 10 * np.log10([part.max() + 1e-12 for part in np.array_split(power, 6)])
    assert (levels - levels.max()).min() > -24
    assert scene.duration_s == pytest.approx(3.0, abs=0.3)
