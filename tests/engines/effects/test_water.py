"""Water: bubbles by their radius, vessels by their air, waves by their period."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish
from menura.engines.effects.sources.water import bed, event
from menura.engines.effects.sources.water.pouring import column_hz
from menura.engines.effects.sources.water.swarm import Swarm, draw_radii
from menura.engines.effects.sources.water.tables import tables
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_times,
    envelope,
    peak_frequency,
    spectral_centroid,
)


def heard(name: str, wish: Wish, seconds: float, seed: int = 1) -> NDArray[np.float32]:
    stream = bed(name, wish, np.random.default_rng(seed))
    count = -(-round(seconds * RATE) // BLOCK_FRAMES)
    return np.concatenate([stream.next() for _ in range(count)], axis=1)


def test_radii_are_the_rarer_the_larger() -> None:
    radii = draw_radii([0.5, 5.0], 1.5, 20_000, np.random.default_rng(1))
    assert 0.0005 <= radii.min() < radii.max() <= 0.005
    # With numbers as r^-3/2, those under 1 mm are (1 - 2^-1/2) / (1 - 10^-1/2) of all.
    share = (1 - 2**-0.5) / (1 - 10**-0.5)
    assert np.mean(radii < 0.001) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("regular", [1.0, 8.0])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_swarm_has_a_power_of_1_and_as_many_bubbles_as_told(
    regular: float, channels: int
) -> None:
    table = {"radius_mm": [1.0, 1.5], "per_s": 12.0, "taps": 1200, "regular": regular}
    swarm = Swarm(table, 0.5, 1.0, channels, np.random.default_rng(2))
    sound = np.concatenate([swarm.next() for _ in range(400)], axis=1)
    assert np.mean(sound**2) == pytest.approx(1.0, rel=0.15)
    seconds = sound.shape[1] / RATE
    counted = burst_times(sound, RATE, gap_s=0.01).size / seconds
    assert 0.6 * 12 < counted < 1.2 * 12


def test_a_train_of_bubbles_is_more_even_than_chance() -> None:
    def unevenness(regular: float) -> float:
        table = {"radius_mm": [1.0, 1.2], "per_s": 10.0, "taps": 900, "regular": regular}
        swarm = Swarm(table, 0.5, 1.0, 1, np.random.default_rng(3))
        sound = np.concatenate([swarm.next() for _ in range(200)], axis=1)
        gaps = np.diff(burst_times(sound, RATE, gap_s=0.01))
        return float(gaps.std() / gaps.mean())

    assert unevenness(20.0) < 0.5 * unevenness(1.0)


@pytest.mark.parametrize("variant", ["cave", "puddle"])
def test_a_larger_drop_sounds_lower_as_minnaert_says(variant: str) -> None:
    def pitch(size: float) -> float:
        wish = Wish(variant=variant, intensity=0.0, size=size)
        drops = [event("drip", wish, np.random.default_rng(s)) for s in range(9)]
        return float(np.median([peak_frequency(d, RATE, 200, 8000) for d in drops]))

    radius_m = tables()["drip"]["places"][variant]["radius_mm"] / 1000
    assert pitch(0.5) == pytest.approx(3.26 / radius_m, rel=0.3)
    assert pitch(0.0) / pitch(1.0) == pytest.approx(2**1.6, rel=0.4)


def test_the_bubble_comes_after_the_impact_and_is_louder() -> None:
    place = tables()["drip"]["places"]["cave"]
    for seed in range(5):
        drop = event("drip", Wish(variant="cave"), np.random.default_rng(seed))
        loudest_s = float(np.argmax(np.abs(drop))) / RATE
        assert loudest_s >= place["delay_s"][0]
        assert np.abs(drop[: round(0.008 * RATE)]).max() < 0.3 * np.abs(drop).max()


def test_a_tap_drips_evenly_and_faster_when_told() -> None:
    def gaps(intensity: float) -> NDArray[np.float64]:
        sound = heard("dripping", Wish(variant="tap", intensity=intensity), 40)
        return np.diff(burst_times(sound, RATE, rise_db=20.0, gap_s=0.15))

    slow, fast = gaps(0.0), gaps(1.0)
    assert np.median(slow) == pytest.approx(1 / 0.8, rel=0.15)
    assert np.median(fast) == pytest.approx(1 / 4.0, rel=0.2)
    assert 0.005 < slow.std() / slow.mean() < 0.3


@pytest.mark.parametrize("variant", ["glass", "cup", "bucket"])
def test_what_is_filled_sounds_higher_as_its_air_says(variant: str) -> None:
    vessel = tables()["pouring"]["vessels"][variant]
    wish = Wish(variant=variant, length_s=6.0)
    sounds = [event("pouring", wish, np.random.default_rng(seed)) for seed in range(7)]
    for at_s in (1.5, 3.0, 4.5):
        filled = np.array([0.06 + 0.84 * at_s / 6.0])
        expected = column_hz(vessel["height_m"], vessel["radius_m"], filled)[0]
        piece = slice(round((at_s - 0.25) * RATE), round((at_s + 0.25) * RATE))
        found = [peak_frequency(s[piece], RATE, 0.75 * expected, 1.35 * expected) for s in sounds]
        assert np.median(found) == pytest.approx(expected, rel=0.07)
        inside = [
            band_share(s[piece], RATE, 0.9 * expected, 1.1 * expected)
            / band_share(s[piece], RATE, 0.4 * expected, 0.8 * expected)
            for s in sounds
        ]
        assert np.median(inside) > 1.5


def test_a_quarter_wave_over_the_water() -> None:
    empty, full = column_hz(0.14, 0.034, np.array([0.0, 1.0]))
    assert empty == pytest.approx(343 / 4 / (0.14 + 0.0204))
    assert full == pytest.approx(343 / 4 / 0.0204)


def test_waves_come_in_with_their_period_and_break_bright() -> None:
    sound = heard("waves", Wish(variant="beach", size=0.5), 120)
    level = np.log(envelope(sound, RATE, 1.0)[::100])
    level -= level.mean()
    turned = np.correlate(level, level, "full")[level.size - 1 :]
    lag_s = (np.argmax(turned[45:140]) + 45) / 10
    assert 6.0 < lag_s < 11.5
    loud = envelope(sound, RATE, 0.4)
    top = int(np.argmax(loud[4000:-6000])) + 4000
    breaking = sound[:, (top - 400) * 48 : (top + 400) * 48]
    foam = sound[:, (top + 2000) * 48 : (top + 3500) * 48]
    assert spectral_centroid(foam, RATE) > 1.3 * spectral_centroid(breaking, RATE)


def test_the_screech_of_milk_falls() -> None:
    sound = heard("steam", Wish(variant="frothing"), 24)
    early = peak_frequency(sound[:, : 3 * RATE], RATE, 900, 4000)
    late = peak_frequency(sound[:, 20 * RATE :], RATE, 800, 4000)
    assert late < 0.6 * early


def test_a_divers_bubbles_come_with_the_breath() -> None:
    sound = heard("underwater", Wish(variant="diver"), 30)
    hz = np.fft.rfftfreq(RATE // 4, 1 / RATE)
    spectra = np.abs(np.fft.rfft(sound[:, : 30 * RATE].reshape(2, -1, RATE // 4), axis=2)) ** 2
    bubbling = spectra[:, :, (hz > 400) & (hz < 2500)].sum(axis=(0, 2))
    loud = bubbling > np.sqrt(np.quantile(bubbling, 0.1) * np.quantile(bubbling, 0.9))
    breaths = int(np.sum(loud[1:] & ~loud[:-1]))
    assert 5 <= breaths <= 14


def test_a_larger_splash_is_lower_and_longer() -> None:
    for variant in ("small", "stone"):
        small, large = (
            event("splash", Wish(variant=variant, size=size), np.random.default_rng(4))
            for size in (0.0, 1.0)
        )
        assert spectral_centroid(small, RATE) > 1.4 * spectral_centroid(large, RATE)
        assert large.size > small.size


def test_rivers_are_darker_than_streams_and_falls_than_rivers() -> None:
    stream, river, falls = (
        spectral_centroid(heard(name, Wish(variant=variant), 4), RATE)
        for name, variant in (("stream", "rill"), ("stream", "brook"), ("river", "wide"))
    )
    assert stream > river > falls


@pytest.mark.parametrize("name", ["splash", "nothing"])
def test_what_is_no_bed_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        bed(name, Wish(variant="stone"), np.random.default_rng(1))


@pytest.mark.parametrize("name", ["stream", "nothing"])
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        event(name, Wish(variant="brook"), np.random.default_rng(1))
