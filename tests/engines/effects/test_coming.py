"""Events of which each is nearer than the one before, or farther away."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.sources import RATE
from menura.metrics.texture import fast_level_db
from menura.tasks import Effect


@pytest.mark.parametrize(
    ("prompt", "sign"), [("3 gunshots getting closer", 1), ("3 gunshots moving away", -1)]
)
def test_each_is_as_much_louder_as_it_is_nearer(prompt: str, sign: int) -> None:
    scene = stage(Effect(prompt, seed=1)).scene
    (layer,) = scene.layers
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    starts = [round(time_s * RATE) for time_s in layer.times_s]
    levels = [fast_level_db(sound[:, at : at + RATE // 2], RATE) for at in starts]
    # Six times as far is 15.6 dB; the air and the spread of blows take or give some.
    assert sign * (levels[2] - levels[0]) == pytest.approx(15.6, abs=4.0)
    assert sign * (levels[2] - levels[1]) > 3
    assert sign * (levels[1] - levels[0]) > 3
