import numpy as np
import pytest

from menura.dsp.modes import MAX_HZ, Modes, ring

RATE = 44_100


def _modes(*partials: tuple[float, float, float, float]) -> Modes:
    hz, amplitude, t60_s, phase = np.array(partials).T
    return Modes(hz=hz, amplitude=amplitude, t60_s=t60_s, phase=phase)


def _direct(modes: Modes, frames: int) -> np.ndarray:
    t = np.arange(frames) / RATE
    return sum(
        a * np.cos(2 * np.pi * hz * t + phase) * 10 ** (-3 * t / t60)
        for hz, a, t60, phase in zip(
            modes.hz, modes.amplitude, modes.t60_s, modes.phase, strict=True
        )
    )


@pytest.mark.parametrize("frames", [1, 255, 256, 257, 11_025, 100_000])
def test_it_is_the_sum_that_its_docstring_says(frames: int) -> None:
    modes = _modes((220, 1.0, 3.0, 0.3), (441.7, -0.5, 0.4, 0.0), (9000, 0.2, 0.05, -2.0))
    np.testing.assert_allclose(ring(modes, frames, RATE), _direct(modes, frames), atol=8e-5)


def test_a_partial_stays_in_tune_for_a_minute() -> None:
    modes = _modes((4186.01, 1.0, 600.0, 0.0))
    sound = ring(modes, 60 * RATE, RATE)[-1000:]
    np.testing.assert_allclose(sound, _direct(modes, 60 * RATE)[-1000:], atol=1e-4)


def test_what_would_fold_back_is_left_out() -> None:
    at = MAX_HZ * RATE
    assert not ring(_modes((at, 1, 1, 0), (30_000, 1, 1, 0)), 500, RATE).any()
    assert ring(_modes((at - 1, 1, 1, 0.1)), 500, RATE).any()


def test_longer_is_the_same_and_more() -> None:
    modes = _modes((100, 1, 2, 0), (900, 0.3, 0.3, 0), (5000, 0.1, 0.05, 0))
    short, long = ring(modes, RATE // 2, RATE), ring(modes, 3 * RATE, RATE)
    np.testing.assert_allclose(short, long[: RATE // 2], atol=1e-6)


def test_nothing_rings_without_partials() -> None:
    empty = _modes((1, 1, 1, 0)).below(0.5)
    assert not ring(empty, 300, RATE).any()
    assert empty.lasting_s(-60) == 0
    assert empty.audible(-60).hz.size == 0


@pytest.mark.parametrize(
    ("partials", "floor_db", "seconds"),
    [
        (((100, 1.0, 2.0, 0),), -60, 2.0),
        (((100, 1.0, 2.0, 0),), -30, 1.0),
        # The second is 20 dB under the first, so 40 of its 60 dB are left.
        (((100, 1.0, 0.1, 0), (200, 0.1, 3.0, 0)), -60, 2.0),
    ],
)
def test_how_long_it_lasts(partials: tuple, floor_db: float, seconds: float) -> None:
    assert _modes(*partials).lasting_s(floor_db) == pytest.approx(seconds, rel=0.01)


def test_faint_partials_are_told_from_loud_ones() -> None:
    modes = _modes((100, 1, 1, 0), (200, -0.011, 1, 0), (300, 0.009, 1, 0))
    assert modes.audible(-40).hz.tolist() == [100, 200]
    assert (modes + modes).hz.size == 6
