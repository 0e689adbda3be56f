"""Moments that are named: what begins at them, what hangs on them, and what goes on meanwhile."""

import numpy as np
import pytest

from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.scene import Layer, Scene
from menura.engines.effects.sources import RATE
from menura.errors import InvalidInput
from menura.metrics.texture import burst_times
from menura.tasks import Effect


def planned(prompt: str, seed: int = 1, **fields: object) -> Scene:
    return stage(Effect(prompt, seed=seed, **fields)).scene  # type: ignore[arg-type]


def by_source(prompt: str) -> dict[str, Layer]:
    return {layer.source: layer for layer in planned(prompt).layers}


@pytest.mark.parametrize(
    ("prompt", "times_s"),
    [
        ("knock at 0:02 and 0:04", (2.0, 4.0)),
        ("knocks at 1, 3 and 5 seconds", (1.0, 3.0, 5.0)),
        ("gunshots at 0:01, 0:03 and 0:07", (1.0, 3.0, 7.0)),
        ("rain, two knocks at 0:02 and 0:04", (2.0, 4.0)),
        ("phone rings at 1 s and 9 s", (1.0, 9.0)),
    ],
)
def test_a_sound_begins_at_each_of_its_moments(prompt: str, times_s: tuple[float, ...]) -> None:
    scene = planned(prompt)
    assert scene.layers[-1].times_s == times_s
    assert scene.duration_s > times_s[-1] + 0.3


def test_knocks_are_heard_at_their_moments_and_at_no_other() -> None:
    scene = planned("knock at 0:02 and 0:04")
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1)
    heard_s = burst_times(sound, RATE, gap_s=0.2)
    np.testing.assert_allclose(heard_s, [2.0, 4.0], atol=0.02)


def test_a_count_for_each_moment_is_kept() -> None:
    (knock,) = planned("three knocks at 2 s and 6 s").layers
    assert [sum(at <= t < at + 3 for t in knock.times_s) for at in (2, 6)] == [3, 3]


def test_too_many_at_each_of_several_moments_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"800 times .*1 to 500"):
        planned("400 knocks at 2 s and 60 s")


def test_a_moment_behind_the_end_is_told() -> None:
    staged = stage(Effect("knock at 2 s and 14 s", seed=1, duration_s=10.0))
    assert any("begins behind the end, at 14 s" in note for note in staged.ignored)


def test_and_begins_with_it_and_a_comma_behind_it() -> None:
    together = by_source("a door slams at 5 s and a dog barks")
    assert together["door_slam"].times_s == (5.0,)
    assert 5.0 < together["dog"].times_s[0] < 5.3
    after = by_source("a glass breaks at 4 s, a bell")
    assert after["glass_break"].times_s == (4.0,)
    assert 4.3 < after["bell"].times_s[0] < 7.0


@pytest.mark.parametrize("around", ["rain", "wind", "birds"])
@pytest.mark.parametrize("prompt", ["a door slams at 5 s and {}", "glass breaks at 2 s, a gun, {}"])
def test_what_goes_on_is_heard_from_the_beginning(prompt: str, around: str) -> None:
    assert by_source(prompt.format(around))[around].start_s == 0.0


def test_a_siren_comes_near_once_behind_a_gasp_without_jumps() -> None:
    scene = planned("glass shatters at 0:02, people gasp, sirens approaching")
    glass, gasp, siren = scene.layers
    assert glass.times_s == (2.0,)
    assert len(gasp.times_s) == len(siren.times_s) == 1
    assert 2.3 < gasp.times_s[0] < siren.times_s[0]
    assert siren.times_s[0] + siren.length_s == pytest.approx(scene.duration_s, abs=0.1)
    sound = np.concatenate(list(perform(scene, stems=False)), axis=1).astype(np.float64)
    power = np.mean(sound[:, round((siren.times_s[0] + 1) * RATE) :] ** 2, axis=0)
    steps = power[: power.size // 2400 * 2400].reshape(-1, 2400).mean(axis=1)  # of 50 ms
    levels = 10 * np.log10(steps + 1e-12)
    assert np.abs(np.diff(levels[:-10])).max() < 4
    assert levels[-30:-12].mean() > levels[:20].mean() + 6
    # Its end is one, and not a cut.
    assert np.diff(levels[-12:-3]).min() > -8
