from __future__ import annotations

import math

import numpy as np
import pytest
import sounds

from menura.safeguards.watermark import embed
from menura.safeguards.watermark.circle import columns_of
from menura.safeguards.watermark.code import CHANCE, decode
from menura.safeguards.watermark.evidence import chance
from menura.safeguards.watermark.features import listen
from menura.safeguards.watermark.layout import LAYOUT, expand
from menura.safeguards.watermark.places import near_points
from menura.safeguards.watermark.search import Search

PILOT = LAYOUT.chips - LAYOUT.payload_chips


@pytest.mark.parametrize("law", ["equal", "normal", "few large"])
def test_p_bounds_how_often_chance_does_as_well(law: str) -> None:
    rng = np.random.default_rng(4)
    sizes = {
        "equal": np.ones(PILOT),
        "normal": rng.normal(0, 1, PILOT),
        "few large": rng.normal(0, 1, PILOT) ** 5,
    }[law]
    tosses = rng.choice([-1.0, 1.0], (5_000, PILOT))
    chances = np.array([chance(toss * sizes, 1) for toss in tosses])
    for level in (0.5, 0.1, 0.01, 1e-3):
        assert np.mean(chances < level) <= level
    # A bound that is never near would be of no use: it is tight to a factor of ten here.
    assert np.mean(chances < 0.1) > 0.01


@pytest.mark.parametrize("agreeing", [0.6, 0.7, 0.85, 1.0])
def test_p_is_close_to_the_exact_tail_of_coin_tosses(agreeing: float) -> None:
    right = round(agreeing * PILOT)
    exact = sum(math.comb(PILOT, k) for k in range(right, PILOT + 1)) / 2**PILOT
    values = np.where(np.arange(PILOT) < right, 1.0, -1.0)
    assert exact <= chance(values, 1) * (1 + 1e-9)
    assert chance(values, 1) < 60 * exact


@pytest.mark.parametrize("trials", [1, 1_000, 10**9])
def test_every_trial_counts(trials: int) -> None:
    values = np.where(np.arange(PILOT) < 300, 1.0, -1.0)
    assert chance(values, trials) == pytest.approx(trials * chance(values, 1))
    assert chance(3.7 * values, 1) == pytest.approx(chance(values, 1))


@pytest.mark.parametrize("values", [np.zeros(PILOT), -np.ones(PILOT), np.array([1.0, -1.0])])
def test_no_agreement_is_no_evidence(values: np.ndarray) -> None:
    assert chance(values, 1) == 1


@pytest.mark.parametrize(
    ("maker", "marked"), [("speech", False), ("speech", True), ("music", False), ("rain", True)]
)
def test_unrelated_keys_keep_to_the_bound(maker: str, marked: bool) -> None:
    audio = getattr(sounds, maker)(10, seed=20)
    if marked:
        audio = embed(audio, b"123456")
    search = Search([expand(f"unrelated key {number:06}".encode()) for number in range(150)])
    (stretch,) = listen([audio], 100)
    hits = search.run(stretch, columns_of(stretch), near_points())
    chances = np.array([hit.p for hit in hits])
    assert (chances < 0.1).sum() <= 15 + 3 * math.sqrt(15)
    assert chances.min() > 1e-5


def test_a_checksum_agrees_by_chance_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(5)
    words = rng.normal(0, 1, (150, LAYOUT.payload_chips))
    assert 150 * CHANCE < 0.02
    assert [decode(word) for word in words] == [None] * 150
