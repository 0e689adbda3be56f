import itertools

import numpy as np
import pytest

from menura.engines.effects import sources
from menura.engines.effects.sources import BLOCK_FRAMES, RATE, Wish, air
from menura.errors import NotFound
from menura.metrics.texture import (
    decay_time,
    envelope,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
)


def sound(name: str, variant: str, seed: int = 1, **more: float) -> np.ndarray:
    return sources.event(name, Wish(variant=variant, **more), np.random.default_rng(seed))


def bed(name: str, variant: str, seconds: float = 8.0, **more: float) -> np.ndarray:
    made = sources.bed(name, Wish(variant=variant, **more), np.random.default_rng(1))
    return np.concatenate([made.next() for _ in range(int(seconds * RATE / BLOCK_FRAMES))], axis=1)


def test_a_faster_swing_is_higher_by_strouhals_law() -> None:
    slow, fast = (
        np.mean(
            [spectral_centroid(sound("sword", "swing", s, intensity=i), RATE) for s in range(4)]
        )
        for i in (0.0, 1.0)
    )
    assert fast / slow == pytest.approx(40 / 16, rel=0.3)


def test_a_thicker_body_is_lower() -> None:
    thin, thick = (spectral_centroid(sound("whoosh", "fast", size=s), RATE) for s in (0.0, 1.0))
    assert thick < 0.5 * thin


@pytest.mark.parametrize("variant", ["noise", "tone"])
def test_a_riser_grows_all_the_way_and_stops(variant: str) -> None:
    heard = sound("riser", variant, length_s=3.0)
    parts = np.array_split(heard[0], 6)
    assert all(np.mean(b**2) > np.mean(a**2) for a, b in itertools.pairwise(parts[1:]))
    assert spectral_centroid(parts[-1], RATE) > 1.5 * spectral_centroid(parts[1], RATE)
    curve = envelope(heard, RATE)
    after = np.flatnonzero(curve > 0.01 * curve.max())[-1] - int(np.argmax(curve))
    assert after < 150
    assert sounding_length(heard, RATE, -50) == pytest.approx(3.0, abs=0.1)


def test_a_drop_falls_from_eighty_to_twenty_five_hertz() -> None:
    heard = sound("sub_drop", "drop")[0]
    part = heard.size // 5
    assert peak_frequency(heard[:part], RATE, 15) == pytest.approx(70, abs=18)
    assert peak_frequency(heard[-part:], RATE, 15) == pytest.approx(28, abs=8)


@pytest.mark.parametrize(
    ("variant", "size", "low", "high"),
    [("large", 1.0, 0.95, 1.3), ("large", 0.5, 1.9, 2.5), ("small", 0.5, 7.8, 10.5)],
)
def test_wings_beat_as_their_size_says(variant: str, size: float, low: float, high: float) -> None:
    heard = bed("wings", variant, 12.0, size=size)
    assert low < modulation_rate(heard, RATE, 0.7, 14) < high


def test_a_whip_cracks_after_it_is_swung() -> None:
    heard = np.abs(sound("whip", "crack")[0])
    at_s = heard.argmax() / RATE
    assert 0.08 < at_s < 0.6
    assert heard.max() > 6 * heard[: int((at_s - 0.01) * RATE)].max()


def test_an_arrow_in_wood_quivers() -> None:
    heard = sound("arrow", "hit")
    assert 30 < modulation_rate(heard[:, int(0.16 * RATE) :], RATE, 20, 90) < 62


def test_blades_ring_and_fists_do_not() -> None:
    assert decay_time(sound("sword", "clash"), RATE) > 0.4
    assert decay_time(sound("punch", "slap"), RATE) < 0.15


def test_a_dark_drone_lies_under_a_light_one() -> None:
    dark, light = (spectral_centroid(bed("drone_bed", v, 3.0), RATE) for v in ("dark", "light"))
    assert dark < 0.5 * light
    left, right = bed("drone_bed", "dark", 3.0)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.4


@pytest.mark.parametrize("name", ["", "gust", "rain"])
def test_only_what_moves_air_is_here(name: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(NotFound, match="no event"):
        air.event(name, Wish(variant="x"), rng)
    with pytest.raises(NotFound, match="no bed"):
        air.bed(name, Wish(variant="x"), rng)
    with pytest.raises(NotFound, match="variant"):
        air.bed("wings", Wish(variant="x"), rng)
