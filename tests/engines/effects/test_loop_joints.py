import numpy as np
import pytest

from menura.engines.effects.place import Place
from menura.engines.effects.players import AROUND_FRAMES, SEARCH_FRAMES, calmest
from menura.engines.effects.scene import Layer
from menura.engines.effects.sources import BLOCK_FRAMES, RATE
from menura.engines.effects.space import find_room


def noise(channels: int, frames: int) -> np.ndarray:
    return np.random.default_rng(4).standard_normal((channels, frames)).astype(np.float32)


@pytest.mark.parametrize(("channels", "binaural"), [(1, False), (1, True), (2, False), (2, True)])
def test_a_stretch_is_heard_as_its_blocks_are(channels: int, binaural: bool) -> None:
    layer = Layer(name="fire", source="fire", direction_deg=4.0, distance_m=2.0)
    place = Place(layer, find_room("field"), 0.1, binaural=binaural)
    sound = noise(channels, 3 * BLOCK_FRAMES)
    stretch = place.hear_stretch(sound)
    blocks = [place.hear(each).direct for each in np.split(sound, 3, axis=1)]
    heard = np.concatenate(blocks, axis=1)
    likeness = (heard * stretch).sum() / np.sqrt((heard**2).sum() * (stretch**2).sum())
    assert likeness == pytest.approx(1.0, abs=1e-4)


def test_the_calmest_place_lies_in_the_calm() -> None:
    sound = noise(1, SEARCH_FRAMES + 2 * AROUND_FRAMES)
    calm = slice(30_000, 30_000 + RATE // 3)
    time_s = np.arange(RATE // 3) / RATE
    sound[:, calm] = 0.8 * np.sin(2 * np.pi * 200 * time_s)
    at = AROUND_FRAMES + calmest(sound)
    assert calm.start + AROUND_FRAMES <= at <= calm.stop - AROUND_FRAMES
