import numpy as np
import pytest

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish, fantasy
from menura.engines.effects.sources.fantasy.patch import (
    Layer,
    Manner,
    course,
    partial_sizes,
    play_layer,
)
from menura.errors import NotFound
from menura.metrics.texture import (
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
)


def sound(name: str, variant: str, seed: int = 1, **more: float) -> np.ndarray:
    return sources.event(name, Wish(variant=variant, **more), np.random.default_rng(seed))


def bed(name: str, variant: str, seconds: float = 3.0, **more: float) -> np.ndarray:
    made = sources.bed(name, Wish(variant=variant, **more), np.random.default_rng(1))
    return np.concatenate([made.next() for _ in range(int(seconds * RATE / BLOCK_FRAMES))], axis=1)


def thirds(heard: np.ndarray) -> list[np.ndarray]:
    return np.array_split(heard[0], 3)


@pytest.mark.parametrize("kind", ["tone", "fm", "noise", "ring"])
def test_a_layer_has_an_rms_near_one_before_its_course(kind: str) -> None:
    layer = Layer(kind=kind, length_s=1.0, hz=(500.0,) * 2, t60_s=500.0, attack_s=0, ratio=0.31)
    heard = play_layer(layer, Manner(), np.random.default_rng(0))
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("odd", [False, True])
def test_partials_together_have_an_rms_of_one(odd: bool) -> None:
    sizes = partial_sizes(12, 6.0, odd=odd)
    assert np.sum(sizes**2) / 2 == pytest.approx(1.0)
    assert (sizes[1] == 0) == odd


def test_a_course_dies_away_as_its_time_says() -> None:
    level = course(Layer(kind="tone", length_s=1.0, t60_s=0.5), RATE)
    assert level[RATE // 2] == pytest.approx(1e-3, rel=0.05)


def test_a_shot_of_a_laser_falls_by_octaves() -> None:
    first, _, last = thirds(sound("laser", "shot"))
    assert spectral_centroid(last, RATE) < 0.4 * spectral_centroid(first, RATE)


def test_power_goes_up_and_down() -> None:
    up, down = thirds(sound("power_up", "rise")), thirds(sound("power_down", "fall"))
    assert spectral_centroid(up[-1], RATE) > 2 * spectral_centroid(up[0], RATE)
    assert spectral_centroid(down[-1], RATE) < 0.45 * spectral_centroid(down[0], RATE)


def test_sparkles_rise_and_dark_magic_lies_low() -> None:
    first, _, last = thirds(sound("magic", "sparkle"))
    assert spectral_centroid(last, RATE) > 1.3 * spectral_centroid(first, RATE)
    dark = spectral_centroid(sound("magic", "dark"), RATE)
    assert dark < 0.2 * spectral_centroid(sound("magic", "sparkle"), RATE)


def test_two_hums_of_a_blade_beat_at_their_difference() -> None:
    assert modulation_rate(bed("energy_blade", "hum"), RATE, 2, 20) == pytest.approx(7, abs=2.5)


def test_a_ship_that_passes_is_lower_when_it_has_gone() -> None:
    table = sources.find("spaceship_pass").table["flyby"]
    heard = sound("spaceship_pass", "flyby", intensity=1.0, length_s=4.0)
    fourth = heard.shape[1] // 4
    hz = [peak_frequency(p, RATE, 30, 600) for p in (heard[:, :fourth], heard[:, -fourth:])]
    assert hz[1] < hz[0] * 1.05
    centroids = [spectral_centroid(p, RATE) for p in (heard[:, :fourth], heard[:, 2 * fourth :])]
    assert centroids[1] < 1.6 * centroids[0]
    assert table["speed_m_s"][2] < 343


@pytest.mark.parametrize("variant", ["move", "talk"])
@pytest.mark.parametrize("length_s", [0.5, 3.0])
def test_a_robot_goes_on_as_long_as_asked(variant: str, length_s: float) -> None:
    heard = sound("robot", variant, length_s=length_s)
    assert sounding_length(heard, RATE) == pytest.approx(length_s, rel=0.2, abs=0.2)


def test_small_beings_are_higher() -> None:
    for name, variant in (("ghost", "moan"), ("alien", "chatter")):
        small, large = (
            np.mean([spectral_centroid(sound(name, variant, k, size=s), RATE) for k in range(3)])
            for s in (0.0, 1.0)
        )
        assert small > 1.15 * large


def test_a_bed_is_brighter_with_intensity() -> None:
    for name in ("spaceship", "forcefield", "energy_blade"):
        calm, hard = (spectral_centroid(bed(name, "hum", intensity=i), RATE) for i in (0.0, 1.0))
        assert hard > 1.15 * calm


@pytest.mark.parametrize("name", ["", "spell", "rain"])
def test_only_fantasy_is_here(name: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(NotFound, match="no event"):
        fantasy.event(name, Wish(variant="x"), rng)
    with pytest.raises(NotFound, match="no bed"):
        fantasy.bed(name, Wish(variant="x"), rng)
    with pytest.raises(NotFound, match="variant"):
        fantasy.event("magic", Wish(variant="x"), rng)
