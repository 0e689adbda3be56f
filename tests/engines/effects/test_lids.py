"""A chest: what it does comes in order, and glass that breaks lies still at last."""

import numpy as np
import pytest

from menura.engines.effects import sources
from menura.engines.effects.sources import RATE, Wish
from menura.metrics.texture import band_share, burst_times, sounding_length


def made(name: str, variant: str, seed: int, intensity: float = 0.5) -> np.ndarray:
    wish = Wish(variant=variant, intensity=intensity)
    return sources.event(name, wish, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(3))
def test_a_chest_that_is_opened_creaks_until_its_lid_stops(seed: int) -> None:
    sound = made("chest", "open", seed)
    whole_s = sounding_length(sound, RATE)
    assert whole_s > 1.0
    # Between the hasp and the stop the hinge sounds on.
    inner = sound[:, round(0.5 * RATE) : round((whole_s - 0.4) * RATE)]
    pieces = np.array_split(np.mean(inner.astype(np.float64) ** 2, axis=0), 6)
    levels = 10 * np.log10([piece.mean() + 1e-15 for piece in pieces])
    assert levels.min() > levels.max() - 15


def test_a_lid_that_falls_is_duller_than_its_hasp() -> None:
    sound = made("chest", "close", 1)
    at = int(np.argmax(np.abs(sound[0])))
    thud = sound[:, at - 480 : at + RATE // 10]
    assert band_share(thud, RATE, 40.0, 600.0) > 0.4


def test_who_hurries_opens_a_chest_faster() -> None:
    slow, fast = (
        np.mean([sounding_length(made("chest", "open", seed, force), RATE) for seed in range(3)])
        for force in (0.1, 0.9)
    )
    assert slow > 1.3 * fast


@pytest.mark.parametrize("variant", ["window", "bottle", "small"])
@pytest.mark.parametrize("seed", range(3))
def test_shards_scatter_after_the_break(variant: str, seed: int) -> None:
    sound = made("glass_break", variant, seed)
    assert 0.8 < sounding_length(sound, RATE) < 3.2
    late = sound[:, round(0.45 * RATE) :]
    assert len(burst_times(late, RATE)) >= 3
    # They come to rest: fewer and softer.
    power = np.mean(late.astype(np.float64) ** 2, axis=0)
    first, last = (half.mean() for half in np.array_split(power, 2))
    assert last < 0.5 * first
