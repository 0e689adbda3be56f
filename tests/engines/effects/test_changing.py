"""What gets faster or slower, stronger or weaker while it sounds: planned, and heard."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import sources
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.engine import stage
from menura.engines.effects.performing import perform
from menura.engines.effects.rising import Rising
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Pace, Wish
from menura.metrics.texture import burst_times, modulation_rate, spectral_centroid
from menura.tasks import Effect

PACED = behaviour()["paced"]["sources"]


def heard(prompt: str, seed: int = 1, **fields: object) -> NDArray[np.float32]:
    scene = stage(Effect(prompt, seed=seed, **fields)).scene  # type: ignore[arg-type]
    return np.concatenate(list(perform(scene, stems=False)), axis=1)


def rms_db(sound: NDArray[np.float32]) -> float:
    return 10 * float(np.log10(np.mean(sound.astype(np.float64) ** 2) + 1e-20))


@pytest.mark.parametrize("ratio", [0.3, 0.5, 1.0, 2.0, 4.0])
def test_the_rate_of_moments_is_that_of_the_pace(ratio: float) -> None:
    pace = Pace(ratio=ratio, over_s=10.0)
    even_s = np.linspace(0, 14, 281)
    at_s = np.array([pace.moment_s(t) for t in even_s])
    assert at_s[0] == pytest.approx(0)
    assert (np.diff(at_s) > 0).all()
    rates = np.diff(even_s) / np.diff(at_s)
    middles = (at_s[1:] + at_s[:-1]) / 2
    np.testing.assert_allclose(rates, pace.factors(middles), rtol=0.01)
    assert pace.factor(10) / pace.factor(0) == pytest.approx(ratio)
    assert pace.factor(99) == pytest.approx(pace.factor(10))


def test_what_takes_its_time_ends_with_the_change() -> None:
    pace = Pace.of(3.0, 6.0)
    assert pace.moment_s(6.0) == pytest.approx(pace.over_s)


@pytest.mark.parametrize(
    ("name", "variant", "per_s"),
    [
        ("footsteps", "stone", 1.9),
        ("running", "stone", 2.75),
        ("heartbeat", "rest", 1.1),
        ("clock_tick", "watch", 5.0),
        ("helicopter", "helicopter", 12.3),
        ("train", "steam", 4.3),
    ],
)
def test_a_bed_that_beats_gets_as_much_faster_as_asked(
    name: str, variant: str, per_s: float
) -> None:
    assert name in PACED
    wish = Wish(variant=variant, pace=Pace(ratio=4.0, over_s=24.0))
    bed = sources.bed(name, wish, np.random.default_rng(1))
    sound = np.concatenate([bed.next() for _ in range(24 * RATE // BLOCK_FRAMES)], axis=1)
    first, *_, last = np.array_split(sound, 3, axis=1)
    counts = [len(burst_times(part, RATE, rise_db=6.0)) for part in (first, last)]
    # From the first third to the last one of 24 s it is 4^(2/3), 2.5 times.
    assert 1.6 * counts[0] < counts[1] < 3.8 * counts[0]
    assert counts[0] > 8 * 0.4 * per_s


@pytest.mark.parametrize(
    ("prompt", "falls"),
    [
        ("knocks getting faster", True),
        ("knocks getting slower", False),
        ("ten claps getting faster", True),
    ],
)
def test_events_come_ever_sooner_or_later(prompt: str, falls: bool) -> None:
    (layer,) = stage(Effect(prompt, seed=1)).scene.layers
    gaps = np.diff(layer.times_s)
    assert len(gaps) >= 7
    half = len(gaps) // 2
    ratio = gaps[half:].mean() / gaps[:half].mean()
    assert (ratio < 0.8) if falls else (ratio > 1.25)
    onsets = burst_times(heard(prompt), RATE, rise_db=15.0)
    assert all(np.abs(onsets - time_s).min() < 0.03 for time_s in layer.times_s)


@pytest.mark.parametrize(
    ("prompt", "faster"),
    [("footsteps on stone speeding up", True), ("footsteps on stone slowing down", False)],
)
def test_steps_of_a_scene_change_their_pace(prompt: str, faster: bool) -> None:
    sound = heard(prompt, duration_s=12.0)
    first, *_, last = np.array_split(sound, 3, axis=1)
    more, less = (last, first) if faster else (first, last)
    rates = [modulation_rate(part, RATE, 0.9, 4.5) for part in (more, less)]
    # 2.4 times from end to end, 2.4^(2/3) from third to third.
    assert 1.4 < rates[0] / rates[1] < 2.3


def test_a_wind_that_picks_up_grows_in_level_and_in_kind() -> None:
    sound = heard("the wind picks up", duration_s=12.0)
    first, _, last = np.array_split(sound, 3, axis=1)
    assert rms_db(last) > rms_db(first) + 4
    (layer,) = stage(Effect("the wind picks up", seed=1)).scene.layers
    assert layer.rise > 0.5
    assert layer.fade_in_s == 0


def test_a_bed_that_rises_passes_through_its_intensities() -> None:
    """A harder rain has larger drops: its spectrum moves with its level, as one bed's does not."""

    def thirds(made: sources.Bed) -> list[NDArray[np.float32]]:
        blocks = [made.next() for _ in range(9 * RATE // BLOCK_FRAMES)]
        return np.array_split(np.concatenate(blocks, axis=1), 3, axis=1)

    wish, rng = Wish(variant="howling"), np.random.default_rng
    up = thirds(Rising("wind", wish, 0.9, 9.0, rng(1)))
    down = thirds(Rising("wind", wish, -0.9, 9.0, rng(1)))
    ends = [sources.bed("wind", Wish(variant="howling", intensity=i), rng(2)) for i in (0.1, 0.9)]
    soft, hard = (spectral_centroid(thirds(bed)[1], RATE) for bed in ends)
    assert (spectral_centroid(up[2], RATE) > spectral_centroid(up[0], RATE)) == (hard > soft)
    assert rms_db(up[2]) > rms_db(up[0]) + 5
    assert rms_db(down[2]) < rms_db(down[0]) - 5


@pytest.mark.parametrize(
    ("prompt", "told"),
    [
        ("a fridge getting faster", "has no beat"),
        ("a phone ringing faster and faster", "has no beat"),
        ("a train passes by, speeding up", "keeps its speed"),
        ("a seamless loop of footsteps getting faster", "in a loop"),
    ],
)
def test_what_cannot_change_says_so(prompt: str, told: str) -> None:
    staged = stage(Effect(prompt, seed=1, duration_s=8.0))
    assert any(told in line for line in staged.ignored)
    assert all(layer.pace_ratio == 1 and layer.rise == 0 for layer in staged.scene.layers)


def test_what_goes_with_a_shaft_runs_faster_when_it_picks_up() -> None:
    (layer,) = stage(Effect("a generator picks up", seed=1)).scene.layers
    assert layer.pace_ratio > 1


@pytest.mark.parametrize(
    ("prompt", "first", "then"),
    [
        ("rain stops, then birds sing", "rain", "birds"),
        ("footsteps, stop, and a knock", "footsteps", "knock"),
        ("dogs barking, stop, and a door slams", "dog", "door_slam"),
    ],
)
def test_what_stops_is_silent_before_the_next_begins(prompt: str, first: str, then: str) -> None:
    layers = {layer.source: layer for layer in stage(Effect(prompt, seed=1)).scene.layers}
    over_s = layers[first].stop_s or layers[first].times_s[-1]
    begins_s = (layers[then].times_s or (layers[then].start_s,))[0]
    assert 0 < over_s < begins_s


def test_steps_that_stop_do_not_fade() -> None:
    (steps, _) = stage(Effect("footsteps stop, then a door creaks", seed=1)).scene.layers
    assert steps.fade_out_s < 0.2


@pytest.mark.parametrize(
    "prompt",
    [
        "seagulls for 10 seconds",
        "10 seconds of dogs barking",
        "a dog barks for 10 seconds",
        "sheep bleating for 12 seconds",
        "a man laughing for 15 seconds",
        "knocking for 10 seconds",
    ],
)
@pytest.mark.parametrize("seed", [0, 3])
def test_events_fill_the_length_that_was_asked_of_them(prompt: str, seed: int) -> None:
    scene = stage(Effect(prompt, seed=seed)).scene
    times_s = np.array([*scene.layers[0].times_s, scene.duration_s])
    assert np.diff(times_s).max() < 0.35 * scene.duration_s
    assert times_s[-2] > 0.75 * scene.duration_s
    sound = heard(prompt, seed)
    quarters = [rms_db(part) for part in np.array_split(sound, 4, axis=1)]
    assert min(quarters) > max(quarters) - 12


def test_several_fill_an_asked_length_of_the_whole_and_one_does_not() -> None:
    gulls = stage(Effect("seagulls", seed=1, duration_s=10.0)).scene.layers[0]
    assert gulls.times_s[-1] > 7.5
    for prompt in ("a gunshot for 5 seconds", "an explosion for 5 seconds"):
        assert len(stage(Effect(prompt, seed=1)).scene.layers[0].times_s) == 1


@pytest.mark.parametrize(("duration_s", "seed"), [(10.0, 1), (20.0, 2)])
def test_rain_that_slowly_stops_does_so_over_more_than_half_of_it(
    duration_s: float, seed: int
) -> None:
    sound = heard("heavy rain that slowly stops", seed, duration_s=duration_s)
    levels = np.array([rms_db(part) for part in np.array_split(sound, 10, axis=1)])
    assert abs(levels[0] - levels[1]) < 1.5
    assert levels[5] < levels[:2].mean() - 1.0
    assert (np.diff(levels[5:]) < -0.5).all()
    assert levels[-1] < levels[0] - 12


@pytest.mark.parametrize(
    ("prompt", "fade_in_s", "fade_out_s"),
    [
        ("rain that stops", 0.0, 3.0),
        ("rain that slowly stops", 0.0, 8.0),
        ("wind slowly fades in", 8.0, 0.0),
        ("rain that slowly stops, seamless loop", 0.0, 3.0),
        ("slow footsteps that stop", 0.0, 0.0),
    ],
)
def test_slowly_is_most_of_the_length(prompt: str, fade_in_s: float, fade_out_s: float) -> None:
    (layer,) = stage(Effect(prompt, seed=1, duration_s=10.0)).scene.layers
    assert layer.fade_in_s == fade_in_s
    assert layer.fade_out_s == pytest.approx(fade_out_s, abs=0.1)
