"""Bubbles ring at Minnaert's frequency, large ones longer, rising ones higher."""

import numpy as np
import pytest

from menura.dsp.bubbles import bubble_hz, bubble_t60_s, ring_bubbles
from menura.metrics.texture import band_share, peak_frequency

RATE = 48_000


@pytest.mark.parametrize("radius_mm", [0.5, 1.0, 3.0, 10.0])
def test_a_bubble_rings_at_minnaerts_frequency(radius_mm: float) -> None:
    radius_m = np.array([radius_mm / 1000])
    taps = min(24_000, round(float(bubble_t60_s(radius_m)[0]) * RATE))
    sound = ring_bubbles(radius_m, np.zeros(1), taps, RATE)
    # sqrt(3 * 1.4 * 101325 / 1000) / (2 pi r): 3.28 / r; damping hardly lowers it.
    expected = np.sqrt(3 * 1.4 * 101_325 / 1000) / (2 * np.pi * radius_m[0])
    assert peak_frequency(sound, RATE) == pytest.approx(expected, rel=0.03)
    assert bubble_hz(radius_m)[0] == pytest.approx(expected, rel=0.01)


def test_large_bubbles_ring_longer() -> None:
    t60_s = bubble_t60_s(np.array([0.0005, 0.002, 0.01]))
    assert (np.diff(t60_s) > 0).all()
    # d = 0.13 / r + 0.0072 r^-3/2 = 65 + 80.5 per second at 2 mm.
    assert t60_s[1] == pytest.approx(np.log(1000) / 145.5, rel=0.01)


def test_a_bubble_that_rises_ends_higher() -> None:
    radius_m = np.array([0.004])
    taps = round(float(bubble_t60_s(radius_m)[0]) * RATE)
    level = ring_bubbles(radius_m, np.zeros(1), taps, RATE)[0]
    rising = ring_bubbles(radius_m, np.array([0.2]), taps, RATE)[0]
    late = slice(taps // 2, taps)
    assert peak_frequency(rising[late], RATE) > 1.4 * peak_frequency(level[late], RATE)


def test_a_bubble_has_no_thump_and_a_torn_one_is_shorter() -> None:
    radius_m = np.array([0.002])
    sound = ring_bubbles(radius_m, np.zeros(1), 4800, RATE)
    torn = ring_bubbles(radius_m, np.zeros(1), 4800, RATE, 3.0)
    assert band_share(sound, RATE, 0, 400) < 0.01
    assert float(np.sum(torn**2)) < 0.5 * float(np.sum(sound**2))
