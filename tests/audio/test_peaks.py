import numpy as np
import pytest

from menura.audio.peaks import TruePeak, interpolator, peak


def between(sound: np.ndarray) -> float:
    """The peak between samples, filter by filter."""
    rows = [np.convolve(channel, taps) for channel in sound for taps in interpolator()]
    return max(float(np.abs(row).max()) for row in rows)


def taken(sound: np.ndarray, frames: int) -> float:
    meter = TruePeak(len(sound))
    for start in range(0, sound.shape[1], frames):
        meter.process(sound[:, start : start + frames])
    return meter.highest()


@pytest.mark.parametrize("frames", [1, 40, 4_096, 4_143, 20_000])
def test_the_peak_between_samples_is_that_of_the_three_filters(frames: int) -> None:
    rng = np.random.default_rng(frames)
    sound = rng.standard_normal((2, frames)).astype(np.float32)
    assert taken(sound, 20_000) == pytest.approx(between(sound), rel=1e-5)


@pytest.mark.parametrize("cut", [7, 4_096, 5_000])
def test_cuts_change_no_bit(cut: int) -> None:
    sound = np.random.default_rng(1).standard_normal((2, 17_000)).astype(np.float32)
    assert taken(sound, cut) == taken(sound, 17_000)


def test_what_is_passed_over_as_soft_holds_no_peak() -> None:
    # Alternating samples overshoot most: these do, after something louder.
    sound = np.zeros((1, 40_000), np.float32)
    sound[0, 1_000] = 1.0
    sound[0, 20_000:20_024:2], sound[0, 20_001:20_025:2] = 0.6, -0.6
    sound[0, 20_012:20_036] *= -1
    assert peak(sound) == 1.0
    assert taken(sound, 40_000) == pytest.approx(between(sound), rel=1e-5)
    assert taken(sound, 40_000) > taken(sound[:, :10_000], 40_000)
