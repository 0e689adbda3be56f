import numpy as np
import pytest

from menura.dsp.blasts import friedlander, n_wave, rumble, travelled
from menura.metrics.texture import band_share, decay_time, spectral_centroid

RATE = 48_000


@pytest.mark.parametrize("positive_s", [0.0005, 0.002, 0.01])
def test_a_blast_rises_at_once_and_sums_to_nothing(positive_s: float) -> None:
    wave = friedlander(positive_s, round(20 * positive_s * RATE), RATE)
    assert np.argmax(wave) == 0
    assert wave[0] == pytest.approx(1.0, abs=0.06)
    assert abs(wave.sum()) < 1e-3 * np.abs(wave).sum()
    crossing = np.flatnonzero(wave < 0)[0] / RATE
    assert crossing == pytest.approx(positive_s, abs=1.5 / RATE)


def test_a_blast_is_strongest_where_theory_says() -> None:
    wave = friedlander(0.003, RATE, RATE)
    hz = np.argmax(np.abs(np.fft.rfft(wave)))
    assert hz == pytest.approx(1 / (2 * np.pi * 0.003), abs=1.5)


def test_an_n_wave_is_even_and_as_long_as_said() -> None:
    wave = n_wave(0.0002, 1e-5, RATE)
    assert abs(wave.sum()) < 1e-3
    assert wave.max() == pytest.approx(-wave.min(), rel=0.2)
    apart = abs(int(np.argmax(wave)) - int(np.argmin(wave))) / RATE
    assert apart == pytest.approx(0.0002, abs=7e-5)


def test_air_takes_high_frequencies_first() -> None:
    click = np.zeros(4800, np.float32)
    click[0] = 1
    near, far = (spectral_centroid(travelled(click, m, RATE), RATE) for m in (10.0, 1000.0))
    assert far < 0.25 * near
    size = np.abs(np.fft.rfft(travelled(click, 1000.0, RATE), 48_000))
    assert 20 * np.log10(size[1000]) == pytest.approx(-5.0, abs=0.5)


def test_bands_of_a_rumble_die_away_each_in_its_time() -> None:
    rng = np.random.default_rng(0)
    low = rumble([(60.0, 200.0, 0.0, 3.0)], 3.0, 0.005, RATE, rng)
    high = rumble([(2000.0, 6000.0, 0.0, 0.6)], 1.5, 0.005, RATE, rng)
    assert decay_time(low, RATE) == pytest.approx(3.0, rel=0.3)
    assert decay_time(high, RATE) == pytest.approx(0.6, rel=0.3)
    assert band_share(high, RATE, 1000, 12_000) > 0.9
