import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import RATE, Wish, impacts
from menura.engines.effects.sources.base import levelled
from menura.engines.effects.sources.impacts.edges import added, finished, overlay
from menura.engines.effects.sources.impacts.falling import bounces
from menura.engines.effects.sources.impacts.fracture import disperse
from menura.engines.effects.sources.impacts.sequence import Manner, read_steps
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_times,
    decay_time,
    peak_frequency,
    sounding_length,
    spectral_centroid,
)


def made(name: str, variant: str, seed: int = 1, **wish: float) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return levelled(impacts.event(name, Wish(variant=variant, **wish), rng))


@pytest.mark.parametrize("variant", ["wood", "metal", "stone", "plastic", "glass", "ceramic"])
def test_a_harder_blow_sounds_brighter(variant: str) -> None:
    soft, hard = (
        np.mean(
            [spectral_centroid(made("impact", variant, s, intensity=i), RATE) for s in range(4)]
        )
        for i in (0.0, 1.0)
    )
    assert hard > 1.15 * soft


@pytest.mark.parametrize("variant", ["metal", "glass", "ceramic", "barrel", "hollow"])
def test_a_larger_thing_sounds_lower(variant: str) -> None:
    small, large = (spectral_centroid(made("impact", variant, size=s), RATE) for s in (0.0, 1.0))
    assert large < 0.6 * small


def test_metal_rings_on_and_wood_does_not() -> None:
    metal, wood = (decay_time(made("impact", variant), RATE) for variant in ("metal", "wood"))
    assert metal > 4 * wood


def test_the_air_in_a_drum_stands_between_its_ends() -> None:
    hz = [peak_frequency(made("impact", "barrel", s, intensity=0.2), RATE) for s in range(6)]
    # c / 2 L of 0.88 m is 195 Hz; the wall and the lids lie around it.
    assert 80 < np.median(hz) < 420


def test_bounces_shrink_by_the_coefficient_of_restitution() -> None:
    times, speeds = np.array(bounces(0.5, 0.5, 0.0, np.random.default_rng(1))).T
    assert speeds[0] == pytest.approx(np.sqrt(2 * 9.81 * 0.5))
    gaps = np.diff(times)
    assert gaps[0] == pytest.approx(2 * 0.5 * speeds[0] / 9.81)
    np.testing.assert_allclose(gaps[1:] / gaps[:-1], 0.5)
    np.testing.assert_allclose(speeds[1:] / speeds[:-1], 0.5)


def test_a_drop_is_heard_to_bounce() -> None:
    for seed in range(4):
        times = burst_times(made("drop", "plastic", seed), RATE)
        assert times.size >= 3
        gaps = np.diff(times)
        assert gaps[-1] < gaps.max()
        # The first flight from 0.5 m with e of 0.58 takes 0.37 s.
        assert gaps.max() == pytest.approx(0.37, abs=0.15)


def test_a_higher_drop_flies_longer() -> None:
    low, high = (sounding_length(made("drop", "wood", intensity=i), RATE) for i in (0.0, 1.0))
    assert high > 2 * low


def test_ice_lets_high_frequencies_through_first() -> None:
    click = np.zeros(4800, np.float32)
    click[0] = 1
    heard = disperse(click, 28.0, 0.2)
    times_s = []
    for low_hz, high_hz in ((300, 500), (3000, 5000)):
        spectrum = np.fft.rfft(heard)
        hz = np.fft.rfftfreq(heard.size, 1 / RATE)
        spectrum[(hz < low_hz) | (hz > high_hz)] = 0
        times_s.append(np.abs(np.fft.irfft(spectrum, heard.size)).argmax() / RATE)
    slow = 1.8 * 3300 * 0.2
    wanted = 28 / 2 / np.sqrt(slow) * (1 / np.sqrt(390) - 1 / np.sqrt(3900))
    assert times_s[0] - times_s[1] == pytest.approx(wanted, rel=0.3)


def test_wood_cracks_before_it_gives_way() -> None:
    ratios = []
    for seed in range(12):
        sound = made("break", "wood", seed)
        snap = int(np.abs(sound).argmax())
        assert 0.1 * RATE < snap < 1.2 * RATE
        before = sound[: snap - RATE // 50]
        half = before.size // 2
        # Cracks crowd before the end: more of their energy lies in the second half.
        ratios.append(np.sum(before[half:] ** 2) / np.sum(before[:half] ** 2))
    assert np.median(ratios) > 1.5


def test_what_rolls_to_rest_gets_duller() -> None:
    for seed in range(3):
        sound = made("roll", "marble", seed)
        third = sound.size // 3
        first, last = sound[:third], sound[2 * third : -RATE // 10]
        assert spectral_centroid(last, RATE) < spectral_centroid(first, RATE)
        assert np.mean(last**2) < 0.5 * np.mean(first**2)


def test_a_marble_rolls_higher_than_a_barrel() -> None:
    marble, barrel = (
        spectral_centroid(made("roll", variant), RATE) for variant in ("marble", "barrel")
    )
    assert marble > 3 * barrel


def test_quick_scraping_is_brighter() -> None:
    slow, quick = (
        np.mean([spectral_centroid(made("scrape", "wood", s, intensity=i), RATE) for s in range(4)])
        for i in (0.0, 1.0)
    )
    assert quick > slow


@pytest.mark.parametrize(("name", "variant"), [("scrape", "stone"), ("roll", "ball")])
def test_what_moves_lasts_as_long_as_wished(name: str, variant: str) -> None:
    for length_s in (0.8, 3.0):
        heard_s = sounding_length(made(name, variant, length_s=length_s), RATE)
        assert heard_s == pytest.approx(length_s, rel=0.3)


def test_more_rubble_is_denser_and_larger_stones_lower() -> None:
    few, many = (burst_times(made("rubble", "stones", intensity=i), RATE).size for i in (0.0, 0.5))
    assert many != few
    small, large = (band_share(made("rubble", "stones", size=s), RATE, 20, 400) for s in (0.0, 1.0))
    assert large > small


def test_a_step_of_a_table_is_read() -> None:
    (step,) = read_steps([{"on": "", "length_s": 0.2, "band_hz": [100.0, 200.0]}])
    assert step.band_hz == (100.0, 200.0)
    assert step.count == 1


def test_harder_and_smaller_is_shorter_in_contact_and_in_time() -> None:
    table = {"scale_span": 2.0, "contact_span": 4.0, "pace_span": 2.0}
    usual = Manner.of(Wish(variant="x"), table)
    hard = Manner.of(Wish(variant="x", intensity=1.0, size=0.0), table)
    assert (usual.scale, usual.contact, usual.pace, usual.hard) == (1, 1, 1, 0)
    assert hard.scale == 0.5
    assert hard.contact == pytest.approx(0.5 / 2)
    assert hard.pace == pytest.approx(0.5)


def test_an_event_gets_a_beginning_an_end_and_no_dc() -> None:
    sound = np.zeros(9600, np.float32)
    sound[4800:4900] = 1
    done = finished(sound)
    assert np.abs(done[:240]).max() > 0.5
    assert not done[-480:].any()
    assert abs(float(done.mean())) < 1e-6
    assert finished(np.zeros(10, np.float32)).tolist() == [0] * 10


def test_sounds_are_laid_over_each_other() -> None:
    ones = np.ones(4, np.float32)
    assert overlay([(0.0, ones), (2 / RATE, ones)], RATE).tolist() == [1, 1, 2, 2, 1, 1]
    assert added(ones, ones[:2]).tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("name", "variant", "words"),
    [("rain", "soil", "no impact"), ("impact", "cheese", "no variant"), ("", "", "no impact")],
)
def test_what_is_not_there_is_named(name: str, variant: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        impacts.event(name, Wish(variant=variant), np.random.default_rng(1))


def test_no_impact_sounds_on() -> None:
    with pytest.raises(NotFound, match="sounds on"):
        impacts.bed("roll", Wish(variant="ball"), np.random.default_rng(1))
