import tomllib
from importlib import resources

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish, household
from menura.engines.effects.sources.base import levelled
from menura.engines.effects.sources.household.creaking import slips_of
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_rate,
    burst_times,
    modulation_rate,
    peak_frequency,
    spectral_centroid,
)

FOLDER = resources.files("menura.engines.effects.sources.household")
FACTS = tomllib.loads((FOLDER / "facts.toml").read_text("utf-8"))
OBJECTS = tomllib.loads((FOLDER / "objects.toml").read_text("utf-8"))


def made(name: str, variant: str, seed: int = 1, **wish: float) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return levelled(household.event(name, Wish(variant=variant, **wish), rng))


def heard(name: str, variant: str, seconds: float, seed: int = 1, **wish: float):
    bed = household.bed(name, Wish(variant=variant, **wish), np.random.default_rng(seed))
    assert bed.channels == 1
    count = round(seconds * RATE / BLOCK_FRAMES)
    return np.concatenate([bed.next() for _ in range(count)], axis=1)


def creak_table(variant: str) -> dict[str, object]:
    table = FACTS["door_creak"]
    return {**table, **table[variant]}


@pytest.mark.parametrize("variant", ["wooden", "rusty", "floorboard"])
def test_a_creak_slips_20_to_400_times_a_second_and_follows_the_door(variant: str) -> None:
    table = creak_table(variant)
    rates, follows = [], []
    for seed in range(6):
        slips, speed = slips_of(table, 2.0, Wish(variant=variant), np.random.default_rng(seed))
        gaps_s = np.diff(slips.times_s)
        gaps_s = gaps_s[gaps_s < 0.1]
        rates.append(1 / np.median(gaps_s))
        now = np.interp(slips.times_s[:-1], np.arange(speed.size) * 0.002, speed)
        moving = np.diff(slips.times_s) < 0.1
        follows.append(np.corrcoef(now[moving], 1 / np.diff(slips.times_s)[moving])[0, 1])
        assert 1 / gaps_s.min() < 1000
    assert 20 < np.median(rates) < 400
    assert np.median(follows) > 0.4


def test_a_door_that_opens_slowly_creaks_lower() -> None:
    table = creak_table("wooden")
    counts = [
        slips_of(table, length_s, Wish(variant="wooden"), np.random.default_rng(1))[0].times_s.size
        / length_s
        for length_s in (1.0, 6.0)
    ]
    assert counts[1] < 0.7 * counts[0]


def test_slow_slips_are_strong_ones() -> None:
    table = {**creak_table("wooden"), "double": 0.0, "uneven": 0.01}
    slips, _ = slips_of(table, 3.0, Wish(variant="wooden"), np.random.default_rng(2))
    gaps_s = np.diff(slips.times_s)
    assert np.corrcoef(np.log(gaps_s), slips.sizes[1:])[0, 1] > 0.6


def test_a_rusty_hinge_creaks_higher_than_a_board() -> None:
    rusty, board = (spectral_centroid(made("door_creak", v), RATE) for v in ("rusty", "floorboard"))
    assert rusty > 1.3 * board


def test_a_wine_glass_rings_where_french_puts_it() -> None:
    radius_m, height_m, wall_m = OBJECTS["wine"]["size_m"]
    speed = np.sqrt(6.5e10 / 2500)
    hz = np.sqrt(3 / 5) * speed * wall_m / radius_m**2 / (2 * np.pi)
    hz *= np.sqrt(1 + 4 / 3 * (radius_m / height_m) ** 4)
    for seed in range(4):
        sound = made("glass_clink", "wine", seed)
        found = peak_frequency(sound, RATE, 0.6 * hz, 1.6 * hz)
        # The other glass is wider and has wine in it.
        assert 0.75 * hz < found < 1.08 * hz


def test_a_coin_rings_above_ten_kilohertz() -> None:
    radius_m, thick_m = OBJECTS["coin"]["size_m"]
    speed = np.sqrt(1.4e11 / 8900 / (1 - 0.33**2))
    hz = 0.2413 * speed * thick_m / radius_m**2
    found = [peak_frequency(made("coins", "drop", s), RATE, 9000, 19_000) for s in range(5)]
    assert np.median(found) == pytest.approx(hz, rel=0.12)


def test_a_coin_runs_itself_to_rest() -> None:
    sound = made("coins", "drop", 3)
    times = burst_times(sound, RATE, 6.0, 0.012)
    gaps = np.diff(times[times > 0.45])
    assert gaps.size > 6
    assert np.median(gaps[-4:]) < np.median(gaps[:4])


def test_pieces_of_a_window_fall_for_as_long_as_gravity_says() -> None:
    for seed in range(3):
        sound = made("glass_break", "window", seed)
        fallen = round((np.sqrt(2 * 1.7 / 9.81) + 0.05) * RATE)
        assert np.sum(sound[:fallen] ** 2) > 0.8 * np.sum(sound**2)
        assert np.sum(sound[round(0.3 * RATE) : fallen] ** 2) > 0.05 * np.sum(sound**2)


def test_more_force_makes_more_and_so_denser_pieces() -> None:
    uneven = []
    for intensity in (0.0, 1.0):
        tails = [
            made("glass_break", "window", seed, intensity=intensity)[RATE // 4 : 3 * RATE // 5]
            for seed in range(8)
        ]
        uneven.append(np.median([np.mean(t**4) / np.mean(t**2) ** 2 for t in tails]))
    assert uneven[0] > 1.2 * uneven[1]


def test_crumpled_paper_crackles_and_cloth_does_not() -> None:
    def peaked(sound: NDArray[np.float32]) -> float:
        return float(np.mean(sound**4) / np.mean(sound**2) ** 2)

    assert peaked(made("paper", "crumple")) > 3 * peaked(made("cloth", "rustle"))


def test_a_zip_hums_at_the_rate_of_its_teeth() -> None:
    for seed in range(3):
        sound = made("cloth", "zip", seed, length_s=2.0)
        piece = sound[round(0.9 * RATE) : round(1.1 * RATE)]
        curve = np.abs(piece).reshape(-1, 48).mean(axis=1)
        curve = curve - curve.mean()
        power = np.abs(np.fft.rfft(curve * np.hanning(curve.size), 4096))
        hz = np.fft.rfftfreq(4096, 1e-3)
        found = hz[50:][np.argmax(power[50:])]
        assert 60 < found < 480


def test_fast_typing_is_faster() -> None:
    slow, fast = (
        burst_rate(heard("typing", "mechanical", 20, intensity=i), RATE) for i in (0.0, 1.0)
    )
    assert fast > 1.5 * slow


def test_keys_never_come_at_even_distances() -> None:
    gaps = np.diff(burst_times(heard("typing", "keyboard", 20), RATE))
    assert gaps.std() > 0.3 * gaps.mean()


def test_a_typewriter_rings_its_bell_at_the_end_of_a_line() -> None:
    sound = heard("typing", "typewriter", 40)
    radius_m, height_m, wall_m = OBJECTS["typewriter_bell"]["size_m"]
    hz = 0.7746 * np.sqrt(1e11 / 8500) * wall_m / radius_m**2 / (2 * np.pi)
    hz *= np.sqrt(1 + 4 / 3 * (radius_m / height_m) ** 4)
    seconds = sound[0, : 39 * RATE].reshape(-1, RATE // 2)
    shares = [band_share(piece, RATE, 0.93 * hz, 1.07 * hz) for piece in seconds]
    assert max(shares) > 8 * np.median(shares)


@pytest.mark.parametrize(("variant", "period_s"), [("wall", 1.0), ("watch", 0.2)])
def test_a_clock_keeps_time(variant: str, period_s: float) -> None:
    times = burst_times(heard("clock_tick", variant, 10), RATE, gap_s=0.6 * period_s)
    assert np.diff(times).mean() == pytest.approx(period_s, rel=0.01)
    assert np.abs(np.diff(times) - period_s).max() < 0.012


def test_a_long_case_clock_does_not_hang_quite_level() -> None:
    times = burst_times(heard("clock_tick", "grandfather", 12), RATE, gap_s=0.6)
    gaps = np.diff(times)
    assert abs(gaps[::2].mean() - gaps[1::2].mean()) == pytest.approx(0.04, abs=0.015)
    assert gaps.mean() == pytest.approx(1, abs=0.01)


def test_ticks_are_not_tocks() -> None:
    sound = heard("clock_tick", "grandfather", 8)[0]
    centroids = [
        spectral_centroid(sound[max(0, s * RATE - 2400) : s * RATE + 9600], RATE)
        for s in range(1, 7)
    ]
    assert abs(np.log(np.mean(centroids[::2]) / np.mean(centroids[1::2]))) > 0.1


def test_a_pen_moves_some_ten_strokes_a_second_and_rests() -> None:
    sound = heard("pen", "writing", 12)
    assert 4 < modulation_rate(sound, RATE, 4, 20) < 16
    frames = sound.shape[1] // 480 * 480
    quiet = np.abs(sound[0, :frames]).reshape(-1, 480).max(axis=1)
    assert 0.05 < np.mean(quiet < 0.02 * quiet.max()) < 0.6


def test_champagne_fizzes_when_the_cork_is_forced() -> None:
    still, sparkling = (
        band_share(made("cork", "pop", 2, intensity=i), RATE, 4000, 14_000) for i in (0.0, 1.0)
    )
    assert sparkling > 3 * still


def test_a_slam_is_no_gentle_closing() -> None:
    gentle, slam = (
        spectral_centroid(made("door_close", "heavy", 1), RATE),
        spectral_centroid(made("door_slam", "metal", 1), RATE),
    )
    assert slam > gentle


@pytest.mark.parametrize("kind", ["bed", "event"])
@pytest.mark.parametrize(
    ("name", "variant", "words"),
    [("knock", "cheese", "no"), ("typing", "cheese", "no"), ("rain", "soil", "nothing in the")],
)
def test_what_is_not_there_is_named(kind: str, name: str, variant: str, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        getattr(household, kind)(name, Wish(variant=variant), np.random.default_rng(1))
