import numpy as np
import pytest

from menura.dsp.solids import gesture, roughness, stick_slip
from menura.dsp.solids.chances import arrivals, power_law, pulses
from menura.dsp.solids.friction import smooth, stretched
from menura.dsp.solids.response import band_noise, coloured, fft_frames, respond
from menura.metrics.texture import band_share, spectral_centroid

RATE = 48_000


def test_slips_come_at_the_rate_that_speed_gives() -> None:
    slips = stick_slip(np.full(5000, 80.0), 0.002, 0.2, np.random.default_rng(1))
    assert slips.times_s.size == pytest.approx(800, rel=0.03)
    assert np.diff(slips.times_s).mean() == pytest.approx(1 / 80, rel=0.03)
    assert slips.sizes.mean() == pytest.approx(1, rel=0.05)


def test_nothing_slips_at_rest() -> None:
    rate_hz = np.concatenate([np.full(500, 100.0), np.zeros(500), np.full(500, 100.0)])
    slips = stick_slip(rate_hz, 0.002, 0.1, np.random.default_rng(1))
    assert not ((slips.times_s > 1.001) & (slips.times_s < 1.999)).any()
    assert slips.times_s.max() > 2


def test_what_holds_more_slips_later_and_harder() -> None:
    slips = stick_slip(np.full(5000, 50.0), 0.002, 0.4, np.random.default_rng(1))
    assert np.corrcoef(np.diff(slips.times_s), slips.sizes[1:])[0, 1] > 0.98


@pytest.mark.parametrize("uneven", [0.0, 0.5])
def test_a_gesture_starts_and_stops_at_rest(uneven: float) -> None:
    speed = gesture(2.0, 0.002, uneven, 4.0, np.random.default_rng(3))
    assert speed.size == 1000
    assert speed.mean() == pytest.approx(1)
    assert max(speed[0], speed[-1]) < 0.05
    assert speed.min() >= 0


def test_quick_rubbing_is_louder_and_higher() -> None:
    slow, quick = (
        roughness(np.full(500, speed), RATE, np.random.default_rng(1), grain_frames=4.0)
        for speed in (0.2, 1.0)
    )
    assert quick.std() == pytest.approx(5 * slow.std(), rel=0.2)
    assert spectral_centroid(quick, RATE) > 2.5 * spectral_centroid(slow, RATE)


def test_worn_surfaces_sound_duller() -> None:
    rough, worn = (
        roughness(np.ones(500), RATE, np.random.default_rng(1), colour=c) for c in (0.0, 0.5)
    )
    assert spectral_centroid(worn, RATE) < 0.8 * spectral_centroid(rough, RATE)


def test_arrivals_are_poisson() -> None:
    rng = np.random.default_rng(1)
    counts = [arrivals(np.full(500, 40.0), 0.002, rng).size for _ in range(200)]
    assert np.mean(counts) == pytest.approx(40, rel=0.05)
    assert np.var(counts) == pytest.approx(40, rel=0.35)
    even = [arrivals(np.full(500, 40.0), 0.002, rng, even=0.9).size for _ in range(200)]
    assert np.var(even) < 5


def test_sizes_follow_a_power_law() -> None:
    sizes = power_law(100_000, 2.5, 1e3, np.random.default_rng(1))
    assert sizes.min() >= 1
    assert sizes.max() <= 1e3
    # Of p(x) as x^-2.5 the share over x is x^-1.5.
    assert np.mean(sizes > 10) == pytest.approx(10**-1.5, rel=0.08)


def test_a_pulse_between_two_frames_lies_on_both() -> None:
    hits = pulses(np.array([10.25 / RATE, 5.0]), np.array([2.0, 1.0]), 100, RATE)
    np.testing.assert_allclose(hits[[9, 10, 11, 12]], [0, 1.5, 0.5, 0], atol=1e-4)
    assert hits.sum() == pytest.approx(2)


def test_forces_are_convolved_with_their_responses() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((2, 300)).astype(np.float32)
    taps = rng.standard_normal(70).astype(np.float32)
    wanted = np.convolve(first, taps)
    wanted[:349] += np.convolve(second, taps[:50])
    heard = respond((first, taps), (second, taps[:50]))
    np.testing.assert_allclose(heard, wanted, atol=1e-4)


def test_noise_lies_in_its_band() -> None:
    points = [(250.0, -60.0), (1000.0, 0.0), (2000.0, 0.0), (8000.0, -60.0)]
    sound = band_noise(points, RATE, np.random.default_rng(1), RATE)
    assert sound.std() == pytest.approx(1, rel=0.02)
    assert band_share(sound, RATE, 800, 2500) > 0.95


def test_a_curve_colours_a_sound_where_it_is() -> None:
    sound = np.zeros(4800, np.float32)
    sound[2400] = 1
    dull = coloured(sound, [(500.0, 0.0), (4000.0, -60.0)], RATE)
    assert np.abs(dull).argmax() == pytest.approx(2400, abs=2)
    assert spectral_centroid(dull, RATE) < 1200


@pytest.mark.parametrize("frames", [1, 16, 17, 1000, 4097, 96_000])
def test_a_transform_is_long_enough_and_not_much_longer(frames: int) -> None:
    assert frames <= fft_frames(frames) <= max(16, 1.26 * frames)


def test_curves_are_smooth_and_stretched() -> None:
    course = smooth(np.array([0.0, 1.0, 0.0]), 101)
    assert course[0] == 0
    assert course.max() == pytest.approx(1, abs=0.01)
    assert stretched(np.array([0.0, 1.0]), 5).tolist() == [0, 0.25, 0.5, 0.75, 1]
