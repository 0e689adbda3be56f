"""Knives on a board, a till, a scratched record, brushes, cards and balls."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.engines.effects import sources
from menura.engines.effects.sources import RATE, Wish
from menura.metrics.texture import (
    band_share,
    burst_times,
    envelope,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
)


def made(name: str, variant: str, seed: int = 0, **wish: float) -> NDArray[np.float32]:
    wished = Wish(variant=variant, **wish)  # type: ignore[arg-type]
    return sources.event(name, wished, np.random.default_rng(seed))


def low_lines(sound: NDArray[np.float32], at_s: float) -> float:
    """Returns where the spectrum is strongest around a moment, Hz."""
    middle = round(at_s * RATE)
    return peak_frequency(sound[:, max(0, middle - 1200) : middle + 1200], RATE, 100, 9000)


@pytest.mark.parametrize("seed", range(3))
def test_a_vegetable_crunches_before_the_board_is_hit(seed: int) -> None:
    chop = made("knife_chop", "chop", seed)
    curve = envelope(chop, RATE, 0.004)
    struck = int(np.argmax(curve))
    assert 12 <= struck <= 60  # ms
    before, behind = chop[:, : struck * 48 - 240], chop[:, struck * 48 :]
    assert band_share(before, RATE, 1000, 2600) > 0.35
    assert band_share(behind, RATE, 60, 900) > band_share(before, RATE, 60, 900) + 0.15


def test_a_slice_takes_longer_than_a_chop() -> None:
    chop, cut = (sounding_length(made("knife_chop", v), RATE) for v in ("chop", "slice"))
    assert cut > 1.6 * chop


@pytest.mark.parametrize("seed", range(3))
def test_a_scratch_rises_and_falls_with_the_hand(seed: int) -> None:
    sound = made("record_scratch", "scratch", seed)
    curve = envelope(sound, RATE, 0.02)
    loud = curve > 0.12 * curve.max()
    strokes = int((np.diff(loud.astype(int)) == 1).sum() + loud[0])
    assert strokes in {3, 4, 5}
    # In the middle of a stroke the record is quickest: its vowel is highest there.
    first = np.flatnonzero(np.diff(np.r_[0, loud.astype(int), 0]))[:2] / 1000
    middle, edge = low_lines(sound, first.mean()), low_lines(sound, first[0] + 0.012)
    assert middle > 1.3 * edge


def test_a_quicker_hand_scratches_higher_and_faster() -> None:
    slow, quick = (made("record_scratch", "scratch", 1, intensity=i) for i in (0.1, 0.9))
    assert spectral_centroid(quick, RATE) > 1.2 * spectral_centroid(slow, RATE)
    assert quick.shape[1] < 0.75 * slow.shape[1]
    assert modulation_rate(quick, RATE, 2, 20) > modulation_rate(slow, RATE, 2, 20)


def test_a_needle_thumps_zips_and_thumps() -> None:
    sound = made("record_scratch", "needle", 2)
    first, middle, last = (
        sound[:, :1800],
        sound[:, sound.shape[1] // 3 : sound.shape[1] // 2],
        sound[:, -6000:],
    )
    low = [band_share(part, RATE, 30, 500) for part in (first, middle, last)]
    assert min(low[0], low[2]) > low[1] + 0.3


@pytest.mark.parametrize("seed", range(4))
def test_a_till_clacks_rings_and_opens(seed: int) -> None:
    sound = made("cash_register", "till", seed)
    late = sound[:, round(0.65 * RATE) :]
    # All that is left is the bell, in lines.
    bell_hz = peak_frequency(late, RATE, 1000)
    assert 1500 < bell_hz < 6000
    assert band_share(late, RATE, bell_hz - 150, bell_hz + 150) > 0.3
    assert sounding_length(sound, RATE) > 0.6
    assert len(burst_times(sound[:, : RATE // 2], RATE, 6.0)) >= 2


def test_a_till_that_closes_does_not_ring() -> None:
    assert sounding_length(made("cash_register", "close"), RATE) < 0.6


@pytest.mark.parametrize(("variant", "low", "high"), [("teeth", 3.0, 7.0), ("scrub", 2.5, 6.0)])
def test_brushes_go_to_and_fro(variant: str, low: float, high: float) -> None:
    sound = made("brush", variant, 1)
    assert low < modulation_rate(sound, RATE, 2.0, 12.0) < 2 * high
    curve = envelope(sound, RATE, 0.03)
    strokes = int((np.diff((curve > 0.2 * curve.max()).astype(int)) == 1).sum())
    assert strokes >= 2


def test_a_riffle_is_many_cards() -> None:
    riffle, deal = made("cards", "riffle", 1), made("cards", "deal", 1)
    fast = burst_times(riffle[:, : round(0.6 * RATE)], RATE, 4.0, gap_s=0.006)
    assert len(fast) > 15
    assert sounding_length(deal, RATE) < 0.4


@pytest.mark.parametrize(
    ("variant", "kept"), [("basketball", 0.80), ("tennis", 0.745), ("ping_pong", 0.90)]
)
def test_flights_of_a_ball_shorten_by_what_it_keeps(variant: str, kept: float) -> None:
    times_s = burst_times(made("ball", variant, 1), RATE, rise_db=12.0, gap_s=0.12)[:6]
    gaps = np.diff(times_s)
    assert gaps[1:] / gaps[:-1] == pytest.approx(kept, abs=0.12)
    assert np.median(gaps[1:] / gaps[:-1]) == pytest.approx(kept, abs=0.04)


def test_balls_are_told_apart() -> None:
    hz = [spectral_centroid(made("ball", v), RATE) for v in ("basketball", "tennis", "ping_pong")]
    assert 1.3 * hz[0] < hz[1]
    assert 2 * hz[1] < hz[2]
    assert len(burst_times(made("ball", "dribble"), RATE, gap_s=0.12)) == 1
