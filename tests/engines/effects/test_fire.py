"""Fire: flames that puff by their width, snaps of all sizes, matches that scrape and flare."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish
from menura.engines.effects.sources.fire import bed, event
from menura.engines.effects.sources.fire.hearth import HOPS_PER_S, Puffs, puffing_hz
from menura.engines.effects.sources.fire.snaps import Snaps, draw_sizes, mean_square
from menura.errors import NotFound
from menura.metrics.texture import (
    attack_time,
    burst_rate,
    envelope,
    sounding_length,
    spectral_centroid,
)

SNAPS = {
    "per_s": [5.0, 20.0, 60.0],
    "hz": [700.0, 6000.0],
    "t60_s": [0.002, 0.012],
    "power": 1.8,
    "largest": 8.0,
    "follow": 1.0,
    "wake_s": 0.03,
    "taps": 800,
}


def heard(name: str, wish: Wish, seconds: float, seed: int = 1) -> NDArray[np.float32]:
    stream = bed(name, wish, np.random.default_rng(seed))
    count = -(-round(seconds * RATE) // BLOCK_FRAMES)
    return np.concatenate([stream.next() for _ in range(count)], axis=1)


def test_flames_puff_by_the_root_of_their_width() -> None:
    # Cetegen and Ahmed: a pool of 1 m puffs 1.5 times a second, one of 4 cm 7.5 times.
    assert puffing_hz(1.0) == pytest.approx(1.5)
    assert puffing_hz(0.04) == pytest.approx(7.5)
    course = Puffs(puffing_hz(0.25), 0.2, np.random.default_rng(1)).take(8192)
    power = np.abs(np.fft.rfft(course - course.mean())) ** 2
    hz = np.fft.rfftfreq(8192, 1 / HOPS_PER_S)
    wide = np.convolve(power, np.ones(60) / 60, mode="same")
    assert hz[np.argmax(wide * (hz > 0.8))] == pytest.approx(3.0, rel=0.2)


def test_sizes_follow_a_power_law() -> None:
    sizes = draw_sizes(200_000, 1.5, 20.0, np.random.default_rng(1))
    assert sizes.min() >= 1.0
    assert sizes.max() <= 20.0
    share = (4**-1.5 - 20**-1.5) / (1 - 20**-1.5)
    assert np.mean(sizes > 4) == pytest.approx(share, rel=0.03)
    assert np.mean(sizes**2) == pytest.approx(mean_square(1.5, 20.0), rel=0.03)
    assert mean_square(2.0, 5.0) == pytest.approx(mean_square(2.0001, 5.0), rel=0.01)


def test_snaps_have_a_power_of_1_and_more_come_when_told() -> None:
    rates = []
    for intensity in (0.0, 0.5, 1.0):
        snaps = Snaps(SNAPS, intensity, 1.0, np.random.default_rng(2))
        sound = np.concatenate([snaps.next() for _ in range(500)], axis=1)
        assert np.mean(sound**2) == pytest.approx(1.0, rel=0.25)
        rates.append(burst_rate(sound, RATE))
    assert rates[0] < rates[1] < rates[2]


def test_large_snaps_are_lower() -> None:
    bank = Snaps(SNAPS, 0.5, 1.0, np.random.default_rng(3))._bank()
    small = np.mean([spectral_centroid(row, RATE) for row in bank[:20]])
    large = np.mean([spectral_centroid(row, RATE) for row in bank[-20:]])
    assert small > 1.8 * large


def test_a_fire_crackles_more_as_it_burns_harder() -> None:
    low = heard("fire", Wish(variant="fireplace", intensity=0.0), 15)
    high = heard("fire", Wish(variant="fireplace", intensity=1.0), 15)
    # The difference leaves out the lapping.
    counts = [burst_rate(np.diff(sound), RATE, 6.0) for sound in (low, high)]
    assert counts[1] > 1.5 * counts[0]


def test_a_torch_laps_and_a_bonfire_roars() -> None:
    torch = heard("fire", Wish(variant="torch"), 20)
    bonfire = heard("fire", Wish(variant="bonfire"), 20)

    def swing(sound: NDArray[np.float32]) -> float:
        curve = np.log(envelope(sound, RATE, 0.05)[::20])
        spectrum = np.abs(np.fft.rfft(curve - curve.mean())) ** 2
        hz = np.fft.rfftfreq(curve.size, 0.02)
        return float(spectrum[(hz > 2) & (hz < 7)].sum() / curve.size)

    assert swing(torch) > 2 * swing(bonfire)


def test_a_match_scrapes_then_flares() -> None:
    for seed in range(4):
        sound = event("match", Wish(variant="match"), np.random.default_rng(seed))
        scrape, flame = sound[: round(0.15 * RATE)], sound[round(0.6 * RATE) :]
        assert spectral_centroid(scrape, RATE) > 2 * spectral_centroid(flame, RATE)
        assert sounding_length(sound, RATE) > 0.7


def test_a_burst_of_flame_is_dark_and_gas_catches_faster() -> None:
    whoosh, gas = (
        [event("flame", Wish(variant=v), np.random.default_rng(s)) for s in range(3)]
        for v in ("whoosh", "gas")
    )
    assert all(spectral_centroid(sound, RATE) < 1000 for sound in whoosh)
    slow = np.median([attack_time(sound, RATE) for sound in whoosh])
    assert np.median([attack_time(sound, RATE) for sound in gas]) < slow


@pytest.mark.parametrize(
    ("name", "low_hz", "high_hz"), [("fuse", 4000, 12_000), ("sizzling", 3500, 9500)]
)
def test_what_hisses_is_bright_and_uneven(name: str, low_hz: float, high_hz: float) -> None:
    variant = {"fuse": "fuse", "sizzling": "pan"}[name]
    sound = heard(name, Wish(variant=variant), 5)
    assert low_hz < spectral_centroid(sound, RATE) < high_hz
    curve = envelope(sound, RATE, 0.005)
    assert curve.std() / curve.mean() > 0.15


@pytest.mark.parametrize("name", ["match", "nothing"])
def test_what_is_no_bed_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        bed(name, Wish(variant="match"), np.random.default_rng(1))


@pytest.mark.parametrize("name", ["fire", "nothing"])
def test_what_is_no_event_is_refused(name: str) -> None:
    with pytest.raises(NotFound):
        event(name, Wish(variant="torch"), np.random.default_rng(1))
