"""Keys that are counted: as many strokes as were asked, planned and heard."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import Scene
from menura.engines.effects.sources import RATE
from menura.metrics.texture import burst_times
from menura.tasks import Effect


def planned(prompt: str, seed: int = 1, **fields: object) -> Scene:
    return stage(Effect(prompt, seed=seed, **fields)).scene  # type: ignore[arg-type]


def strokes_s(scene: Scene) -> list[float]:
    """Returns when keys are pressed, s: a burst soon after another is that key let go."""
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    pressed: list[float] = []
    for time_s in burst_times(sound, RATE).tolist():
        if not pressed or time_s - pressed[-1] > 0.16:
            pressed.append(time_s)
    return pressed


@pytest.mark.parametrize("count", [1, 2, 5, 12])
@pytest.mark.parametrize("seed", [1, 2])
def test_as_many_keys_are_struck_as_were_counted(count: int, seed: int) -> None:
    scene = planned(f"{count} keystrokes", seed)
    (layer,) = scene.layers
    assert len(layer.times_s) == count
    np.testing.assert_allclose(strokes_s(scene), layer.times_s, atol=0.03)


@pytest.mark.parametrize("count", [2, 100, 500])
def test_all_of_many_keys_are_struck_before_the_end(count: int) -> None:
    scene = planned(f"{count} keystrokes")
    (layer,) = scene.layers
    assert len(layer.times_s) == count
    assert (np.diff(layer.times_s) > 0).all()
    assert scene.duration_s - layer.times_s[-1] > 0.05


def test_keys_come_sooner_where_there_is_less_time() -> None:
    scene = planned("10 keystrokes", duration_s=1.5)
    (layer,) = scene.layers
    assert len(layer.times_s) == 10
    assert layer.times_s[-1] < scene.duration_s == 1.5


def test_enter_is_struck_behind_the_keys_and_before_the_mouse() -> None:
    prompt = "typing on a mechanical keyboard, 5 keystrokes then enter, mouse click"
    keys, enter, mouse = planned(prompt).layers
    assert [layer.source for layer in (keys, enter, mouse)] == ["typing", "typing", "mouse_click"]
    assert [len(layer.times_s) for layer in (keys, enter, mouse)] == [5, 1, 1]
    assert keys.times_s[-1] < enter.times_s[0] - 0.2 < mouse.times_s[0] - 0.4


def test_typing_is_over_when_a_named_key_is_struck() -> None:
    typing, enter = planned("she types and presses enter").layers
    assert 0 < typing.stop_s < enter.times_s[0]
    assert not typing.times_s


def test_typing_that_is_not_counted_goes_on() -> None:
    (layer,) = planned("typing on a keyboard").layers
    assert not layer.times_s
