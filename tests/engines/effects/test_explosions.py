import numpy as np
import pytest

from menura.engines.effects import sources
from menura.engines.effects.sources import RATE, Wish
from menura.errors import NotFound
from menura.metrics.texture import (
    band_share,
    burst_times,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
)


def sound(name: str, variant: str, seed: int = 1, **more: float) -> np.ndarray:
    wish = Wish(variant=variant, **more)
    return sources.event(name, wish, np.random.default_rng(seed))


def test_a_larger_charge_is_lower_and_lasts() -> None:
    small, large = (sound("explosion", "near", size=size) for size in (0.0, 1.0))
    assert spectral_centroid(large, RATE) < 0.8 * spectral_centroid(small, RATE)
    assert sounding_length(large, RATE) > sounding_length(small, RATE)


def test_a_far_explosion_has_nothing_high_left() -> None:
    assert band_share(sound("explosion", "far"), RATE, 600, 20_000) < 1e-3
    assert band_share(sound("explosion", "grenade"), RATE, 600, 20_000) > 0.02


def test_debris_falls_after_the_blast() -> None:
    heard = sound("explosion", "grenade", seed=4)
    late = heard[:, int(0.7 * RATE) :]
    assert burst_times(late, RATE).size >= 4


@pytest.mark.parametrize(("intensity", "per_s"), [(0.0, 10.0), (0.5, 12.0), (1.0, 15.0)])
def test_rounds_come_at_the_rate_of_the_action(intensity: float, per_s: float) -> None:
    heard = sound("machine_gun", "auto", intensity=intensity, length_s=3.0)
    assert modulation_rate(heard, RATE, 6, 20) == pytest.approx(per_s, rel=0.07)


def test_a_shock_of_a_bullet_comes_before_the_blast() -> None:
    heard = sound("gunshot", "rifle")[0]
    early = heard[: int(0.004 * RATE)]
    blast = heard[int(0.005 * RATE) : int(0.02 * RATE)]
    assert np.abs(early).max() > 0.3 * np.abs(blast).max()
    assert spectral_centroid(early, RATE) > 2 * spectral_centroid(blast, RATE)


def test_a_silenced_shot_has_no_boom() -> None:
    loud, silenced = (sound("gunshot", variant) for variant in ("pistol", "silenced"))
    assert np.abs(silenced).max() < 1.2 * np.abs(loud).max()
    assert sounding_length(silenced, RATE, -15) > 0.01


def test_a_bullet_that_glances_off_falls_in_pitch() -> None:
    heard = sound("ricochet", "bullet")[0]
    third = heard.size // 3
    first, last = (
        peak_frequency(part, RATE, 300, 9000) for part in (heard[:third], heard[-third:])
    )
    assert last < 0.75 * first


def test_a_rocket_whistles_before_it_bursts() -> None:
    heard = sound("firework", "rocket")[0]
    rising = heard[int(0.3 * RATE) : int(0.9 * RATE)]
    assert 1500 < spectral_centroid(rising, RATE) < 8000
    loudest = np.abs(heard).argmax() / RATE
    assert loudest > 1.1 or np.abs(heard[: int(0.3 * RATE)]).max() > 0.3


@pytest.mark.parametrize("name", ["", "boom", "rain"])
def test_only_explosions_are_here(name: str) -> None:
    from menura.engines.effects.sources import explosions

    rng = np.random.default_rng(0)
    with pytest.raises(NotFound, match="explosion"):
        explosions.event(name, Wish(variant="near"), rng)
    with pytest.raises(NotFound, match="sounds on"):
        explosions.bed("explosion", Wish(variant="near"), rng)
    with pytest.raises(NotFound, match="variant"):
        explosions.event("explosion", Wish(variant="wet"), rng)
