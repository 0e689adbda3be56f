import itertools

import numpy as np
import pytest

from menura.dsp.sweeps import glide, scaled_noise, sine, sweep_fm, sweep_tone, turns
from menura.metrics.texture import band_share, peak_frequency, spectral_centroid

RATE = 48_000


def test_a_glide_is_straight_over_log_frequency() -> None:
    curve = glide((100.0, 400.0), (), 101)
    assert curve[50] == pytest.approx(200.0)
    bent = glide((100.0, 400.0, 400.0), (0.0, 0.5, 1.0), 101)
    assert bent[50] == pytest.approx(400.0)


def test_a_sine_of_a_phase_has_its_frequency() -> None:
    sound = sine(turns(np.full(RATE, 1000.0), RATE))
    assert peak_frequency(sound, RATE) == pytest.approx(1000, abs=2)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(np.sqrt(0.5), rel=0.01)


def test_a_tone_follows_its_curve_with_all_harmonics() -> None:
    sound = sweep_tone(np.full(RATE, 500.0), 1 / np.arange(1, 9), RATE)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    sizes = spectrum[500:4001:500] / spectrum[500]
    np.testing.assert_allclose(sizes, 1 / np.arange(1, 9), rtol=0.02)


def test_nothing_of_a_tone_folds_back() -> None:
    hz = glide((3000.0, 9000.0), (), RATE)
    sound = sweep_tone(hz, 1 / np.arange(1, 40), RATE) * np.hanning(RATE)
    assert band_share(sound, RATE, 0, 2500) < 1e-5
    assert np.abs(sweep_tone(np.full(4800, 23_000.0), np.ones(1), RATE)).max() < 0.1


def test_copies_of_a_tone_beat() -> None:
    sound = sweep_tone(np.full(RATE, 440.0), np.ones(1), RATE, ((1.0, 0.0), (442 / 440, 0.5)))
    level = np.abs(sound).reshape(100, -1).max(axis=1)
    assert level[0] < 0.2
    assert level[24] > 1.9


def test_fm_has_sidebands_as_its_index_says() -> None:
    sound = sweep_fm(np.full(RATE, 2000.0), 0.1, np.full(RATE, 1.0), RATE)
    spectrum = np.abs(np.fft.rfft(sound)) / (RATE / 2)
    # Bessel functions of 1: 0.7652, 0.4401, 0.1149.
    np.testing.assert_allclose(spectrum[[2000, 2200, 2400]], [0.7652, 0.4401, 0.1149], atol=0.01)


def test_fm_keeps_below_half_the_rate() -> None:
    sound = sweep_fm(np.full(RATE, 8000.0), 1.0, np.full(RATE, 20.0), RATE)
    assert band_share(sound, RATE, 22_500, 24_000) < 1e-3


def test_scaled_noise_has_the_same_spectrum_at_twice_the_speed_an_octave_up() -> None:
    rng = np.random.default_rng(1)
    band = [(0.5, -9.0), (1.0, 0.0), (2.0, -9.0)]
    low, high = (
        spectral_centroid(scaled_noise(band, np.full(2 * RATE, hz), RATE, rng), RATE)
        for hz in (700.0, 1400.0)
    )
    assert high / low == pytest.approx(2.0, rel=0.06)


@pytest.mark.parametrize("hz", [60.0, 900.0, 7000.0])
def test_scaled_noise_has_an_rms_near_one(hz: float) -> None:
    rng = np.random.default_rng(2)
    sound = scaled_noise([(0.5, -9.0), (1.0, 0.0), (2.0, -9.0)], np.full(2 * RATE, hz), RATE, rng)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(1.0, abs=0.2)


def test_scaled_noise_follows_a_curve() -> None:
    rng = np.random.default_rng(3)
    hz = glide((200.0, 6400.0), (), 2 * RATE)
    sound = scaled_noise([(0.7, -9.0), (1.0, 0.0), (1.4, -9.0)], hz, RATE, rng)
    quarters = [spectral_centroid(part, RATE) for part in sound.reshape(4, -1)]
    assert all(b > 1.7 * a for a, b in itertools.pairwise(quarters))
