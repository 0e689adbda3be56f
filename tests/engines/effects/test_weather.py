"""Weather: drops as many, as large and as fast as they fall; gusts, wires and thunder."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish
from menura.engines.effects.sources.weather import bed, event
from menura.engines.effects.sources.weather.drops import hailfall, rainfall
from menura.engines.effects.sources.weather.gusts import HOPS_PER_S, Gusts
from menura.engines.effects.sources.weather.tables import tables
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    envelope,
    peak_frequency,
    spectral_centroid,
    spectral_distance_db,
    spectral_flatness,
)


def heard(name: str, wish: Wish, seconds: float, seed: int = 1) -> NDArray[np.float32]:
    stream = bed(name, wish, np.random.default_rng(seed))
    count = -(-round(seconds * RATE) // BLOCK_FRAMES)
    return np.concatenate([stream.next() for _ in range(count)], axis=1)


@pytest.mark.parametrize("mm_h", [1.0, 10.0, 50.0])
def test_drops_bring_the_water_that_rain_brings(mm_h: float) -> None:
    fall = rainfall(mm_h, 6.5)
    metres_s = float(np.sum(fall.flux * np.pi / 6 * fall.diameter_m**3))
    # Marshall and Palmer's fit misses the rate by some tens of per cent.
    assert metres_s * 3.6e6 == pytest.approx(mm_h, rel=0.35)


def test_large_drops_fall_faster_and_are_rarer() -> None:
    fall = rainfall(10.0, 6.0)
    assert (np.diff(fall.speed_m_s) > 0).all()
    assert fall.speed_m_s[np.argmin(np.abs(fall.diameter_m - 0.002))] == pytest.approx(6.5, abs=0.3)
    assert fall.flux[-1] < 0.001 * fall.flux.max()
    loud = fall.loud()
    assert loud.diameter_m[0] > fall.diameter_m[0]
    assert np.sum(loud.flux * loud.force**2) > 0.85 * np.sum(fall.flux * fall.force**2)
    stones = hailfall(5.0, 3.0, 20.0)
    assert stones.flux.sum() == pytest.approx(5.0)
    assert stones.speed_m_s[np.argmin(np.abs(stones.diameter_m - 0.01))] == pytest.approx(11.45)


def test_rain_on_water_peaks_at_14_khz_until_it_is_heavy() -> None:
    light = heard("rain", Wish(variant="water", intensity=0.0), 3)
    heavy = heard("rain", Wish(variant="water", intensity=1.0), 3)
    assert 12_500 < peak_frequency(light, RATE, 500) < 15_500
    assert band_share(heavy, RATE, 12_000, 16_000) < 0.7 * band_share(light, RATE, 12_000, 16_000)


def test_tin_rings_where_soil_does_not() -> None:
    tin = heard("rain", Wish(variant="tin"), 4)
    soil = heard("rain", Wish(variant="soil"), 4)
    assert spectral_centroid(tin, RATE) > 1.3 * spectral_centroid(soil, RATE)
    assert band_share(soil, RATE, 50, 280) > 2.5 * band_share(tin, RATE, 50, 280)


def test_surfaces_differ_and_so_do_the_ears() -> None:
    names = tables()["rain"]["variants"]
    sounds = [heard("rain", Wish(variant=name), 2) for name in names]
    for number, first in enumerate(sounds):
        assert abs(np.corrcoef(first)[0, 1]) < 0.6
        for second in sounds[:number]:
            assert spectral_distance_db(first, second, RATE) > 1.5


def test_more_rain_is_denser() -> None:
    def crest(intensity: float) -> float:
        curve = envelope(heard("rain", Wish(variant="leaf", intensity=intensity), 4), RATE, 0.005)
        return float(np.quantile(curve, 0.999) / curve.mean())

    assert crest(0.0) > 1.2 * crest(1.0)


def test_gusts_are_as_turbulent_as_the_ground_makes_them() -> None:
    for turbulence in (0.1, 0.25):
        wind = Gusts(turbulence, 0.3, np.random.default_rng(1)).take(round(2000 * HOPS_PER_S))
        assert wind.mean() == pytest.approx(1.0, abs=0.03)
        assert wind.std() == pytest.approx(turbulence, rel=0.2)
        assert wind.min() >= 0.25


def test_howling_goes_up_with_the_wind_and_down_with_size() -> None:
    def pitch(intensity: float, size: float) -> float:
        wish = Wish(variant="whistling", intensity=intensity, size=size)
        return float(
            np.median([peak_frequency(heard("wind", wish, 6, s), RATE, 400) for s in (1, 2, 3)])
        )

    assert pitch(1.0, 0.5) > 1.2 * pitch(0.0, 0.5)
    assert pitch(0.5, 0.0) > 1.5 * pitch(0.5, 1.0)
    howl = heard("wind", Wish(variant="howling"), 6)
    still = heard("wind", Wish(variant="open"), 6)
    assert spectral_flatness(howl, RATE, 200, 1500) < 0.6 * spectral_flatness(
        still, RATE, 200, 1500
    )


def test_near_thunder_cracks_and_far_thunder_is_dark() -> None:
    cracks, rolls = [], []
    for seed in range(4):
        near = event("thunder", Wish(variant="near"), np.random.default_rng(seed))
        far = event("thunder", Wish(variant="far"), np.random.default_rng(seed))
        assert near.shape[0] == far.shape[0] == 2
        assert spectral_centroid(near, RATE) > 1.5 * spectral_centroid(far, RATE)
        assert band_share(far, RATE, 0, 250) > 0.9
        cracks.append(np.argmax(envelope(near, RATE, 0.1)) / 1000)
        rolls.append(np.argmax(envelope(far, RATE, 0.1)) / 1000)
    assert np.median(cracks) < 0.8
    assert np.median(rolls) > 1.0


def test_a_gust_rises_holds_and_falls() -> None:
    sound = event("gust", Wish(variant="open", length_s=6.0), np.random.default_rng(3))
    level = envelope(sound, RATE, 0.3)
    thirds = [float(piece.mean()) for piece in np.array_split(level, 6)]
    assert max(thirds[1:4]) > 3 * thirds[0]
    assert max(thirds[1:4]) > 3 * thirds[5]


def test_rain_in_a_storm_goes_with_the_wind() -> None:
    sound = heard("storm", Wish(variant="rain"), 40)
    spectra = np.abs(np.fft.rfft(sound[:, : 40 * RATE].reshape(2, -1, RATE // 2), axis=2)) ** 2
    hz = np.fft.rfftfreq(RATE // 2, 1 / RATE)
    low = np.log(spectra[:, :, (hz > 30) & (hz < 300)].sum(axis=(0, 2)))
    high = np.log(spectra[:, :, (hz > 3000) & (hz < 9000)].sum(axis=(0, 2)))
    assert np.corrcoef(low, high)[0, 1] > 0.5


@pytest.mark.parametrize("name", ["thunder", "nothing"])
def test_what_is_no_bed_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        bed(name, Wish(variant="near"), np.random.default_rng(1))


@pytest.mark.parametrize("name", ["rain", "nothing"])
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        event(name, Wish(variant="soil"), np.random.default_rng(1))
