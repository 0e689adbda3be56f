"""A `Course` is smooth, has its deviation, and may swing from side to side."""

import numpy as np
import pytest

from menura.dsp.courses import Course


def rng(seed: int = 2) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_course_is_smooth_and_has_mean_0_and_deviation_86() -> None:
    course = Course(2.0, 50.0, rng(), rows=8)
    curve = np.concatenate([course.take(8) for _ in range(1500)], axis=1)
    assert curve.shape == (8, 12_000)
    assert curve.mean() == pytest.approx(0.0, abs=0.05)
    assert curve.std() == pytest.approx(0.86, abs=0.04)
    # Over 1/50 s at two values a second it moves by 0.04 of a smooth step at most: 1.5 * 0.04 * d.
    assert np.abs(np.diff(curve)).max() < 1.6 * 0.04 * 6.0


def test_pieces_do_not_matter() -> None:
    whole = Course(3.0, 40.0, rng()).take(256)
    course = Course(3.0, 40.0, rng())
    pieces = np.concatenate([course.take(16) for _ in range(16)], axis=1)
    np.testing.assert_array_equal(whole, pieces)


def test_what_alternates_comes_back_sooner() -> None:
    def slowly(alternation: float) -> float:
        curve = Course(1.0, 10.0, rng(), rows=16, alternation=alternation).take(4000)
        return float(curve.reshape(16, -1, 50).mean(axis=2).std())

    assert slowly(0.6) < 0.7 * slowly(0.0)


def test_no_value_passes_the_limit() -> None:
    curve = Course(5.0, 10.0, rng(), rows=4, alternation=0.4, limit=1.0).take(5000)
    assert np.abs(curve).max() <= 1.0
