"""What a sound is made of: each measure on sounds whose answer is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from menura.metrics import texture
from menura.metrics.texture import (
    attack_time,
    band_share,
    burst_rate,
    burst_times,
    decay_time,
    envelope,
    fast_level_db,
    level_range_db,
    modulation_rate,
    peak_frequency,
    sounding_length,
    spectral_centroid,
    spectral_distance_db,
    spectral_flatness,
    spectral_slope,
)

RATE = 48_000
SILENCE = np.zeros(RATE, np.float32)


def tone(hz: float, seconds: float = 1.0, level: float = 0.5) -> NDArray[np.float32]:
    t = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hz * t)).astype(np.float32)


def noise(seconds: float = 2.0, seed: int = 0) -> NDArray[np.float32]:
    made = np.random.default_rng(seed).standard_normal(round(seconds * RATE))
    return (0.1 * made).astype(np.float32)


def clicks(*times_s: float, seconds: float = 2.0) -> NDArray[np.float32]:
    """Bursts of noise that die away by 60 dB in 30 ms."""
    made = np.zeros(round((seconds + 0.1) * RATE), np.float32)
    burst = noise(0.05) * 10 ** (-3 * np.arange(2400) / (0.03 * RATE))
    for time_s in times_s:
        at = round(time_s * RATE)
        made[at : at + 2400] += burst.astype(np.float32)
    return made[: round(seconds * RATE)]


@pytest.mark.parametrize("hz", [120.0, 1000.0, 9000.0])
def test_a_tone_is_where_it_is(hz: float) -> None:
    assert spectral_centroid(tone(hz), RATE) == pytest.approx(hz, rel=0.02, abs=3)
    assert peak_frequency(tone(hz), RATE) == pytest.approx(hz, abs=1.5)
    assert band_share(tone(hz), RATE, hz - 60, hz + 60) > 0.98
    assert band_share(tone(hz), RATE, 2 * hz, 20_000) < 0.01


def test_two_tones_have_their_centre_between_them_by_power() -> None:
    both = tone(1000) + tone(3000)
    assert spectral_centroid(both, RATE) == pytest.approx(2000, rel=0.01)
    assert band_share(both, RATE, 500, 2000) == pytest.approx(0.5, abs=0.01)
    weak = tone(1000) + tone(3000, level=0.1)
    assert spectral_centroid(weak, RATE) == pytest.approx(1000 + 2000 / 26, rel=0.01)


def test_a_peak_is_looked_for_where_it_is_asked_for() -> None:
    both = tone(1000, level=0.9) + tone(3000, level=0.1)
    assert peak_frequency(both, RATE) == pytest.approx(1000, abs=1.5)
    assert peak_frequency(both, RATE, 2000, 5000) == pytest.approx(3000, abs=1.5)


def test_channels_add_as_powers_also_out_of_phase() -> None:
    wide = np.stack([tone(500), -tone(500)])
    assert spectral_centroid(wide, RATE) == pytest.approx(500, rel=0.02)
    assert fast_level_db(wide, RATE) == pytest.approx(
        fast_level_db(tone(500), RATE) + 3.01, abs=0.01
    )
    assert envelope(wide, RATE).max() > 0.4


@pytest.mark.parametrize(("exponent", "slope"), [(0.0, 0.0), (0.5, -3.01), (1.0, -6.02)])
def test_the_slope_of_white_pink_and_brown(exponent: float, slope: float) -> None:
    spectrum = np.fft.rfft(noise(4.0))
    hz = np.fft.rfftfreq(4 * RATE, 1 / RATE)
    spectrum[1:] /= hz[1:] ** exponent
    made = np.fft.irfft(spectrum).astype(np.float32)
    assert spectral_slope(made, RATE, 100, 8000) == pytest.approx(slope, abs=0.35)


def test_noise_is_flat_and_a_tone_is_not() -> None:
    assert spectral_flatness(noise(), RATE) > 0.9
    assert spectral_flatness(tone(1000), RATE) < 0.001


def test_levels_are_those_of_the_loudest_eighth_of_a_second() -> None:
    sound = np.concatenate([0.1 * tone(1000), tone(1000, 0.3), SILENCE])
    assert fast_level_db(sound, RATE) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.02)
    short = tone(1000, 0.0125)
    assert fast_level_db(short, RATE) == pytest.approx(fast_level_db(sound, RATE) - 10, abs=0.05)


@pytest.mark.parametrize("seconds", [0.2, 1.0, 4.0])
def test_what_dies_away_exponentially_has_that_time(seconds: float) -> None:
    t = np.arange(round(1.5 * seconds * RATE)) / RATE
    sound = np.random.default_rng(1).standard_normal(t.size) * 10 ** (-3 * t / seconds)
    assert decay_time(sound.astype(np.float32), RATE) == pytest.approx(seconds, rel=0.12)
    late = np.concatenate([np.zeros(RATE), sound]).astype(np.float32)
    assert decay_time(late, RATE) == pytest.approx(seconds, rel=0.12)


@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0])
def test_a_ramp_has_four_fifths_of_its_length_between_its_tenths(seconds: float) -> None:
    ramp = np.linspace(0, 1, round(seconds * RATE))
    sound = (noise(seconds) * 0 + 1) * ramp * np.sign(tone(2000, seconds) + 1e-9)
    assert attack_time(sound.astype(np.float32), RATE) == pytest.approx(
        0.8 * seconds, rel=0.1, abs=0.005
    )


@pytest.mark.parametrize("hz", [1.0, 4.0, 16.0])
def test_what_swells_does_so_at_its_rate(hz: float) -> None:
    t = np.arange(4 * RATE) / RATE
    sound = noise(4.0) * (1 + 0.8 * np.sin(2 * np.pi * hz * t))
    assert modulation_rate(sound.astype(np.float32), RATE) == pytest.approx(hz, rel=0.03)


def test_the_range_of_two_levels_is_what_lies_between_them() -> None:
    sound = np.concatenate([0.1 * noise(1.0), noise(1.0)])
    assert level_range_db(sound, RATE) == pytest.approx(20, abs=1.5)
    assert level_range_db(noise(), RATE) < 2.0


@pytest.mark.parametrize("times_s", [(0.0,), (0.5,), (0.0, 0.2, 0.3, 1.5), (0.1, 0.17, 1.9)])
def test_bursts_are_found_when_they_are(times_s: tuple[float, ...]) -> None:
    found = burst_times(clicks(*times_s), RATE)
    assert found.tolist() == pytest.approx(list(times_s), abs=0.006)
    assert burst_rate(clicks(*times_s), RATE) == pytest.approx(len(times_s) / 2)


def test_bursts_within_a_gap_are_one_and_too_small_ones_none() -> None:
    assert burst_times(clicks(0.5, 0.53), RATE, gap_s=0.06).size == 1
    quiet = clicks(0.5) + 0.001 * clicks(1.5)
    assert burst_times(quiet, RATE).tolist() == pytest.approx([0.5], abs=0.006)
    assert burst_times(noise(), RATE, rise_db=15)[1:].size == 0


def test_a_sound_lasts_from_where_it_is_heard_to_where_it_is_not() -> None:
    sound = np.concatenate([SILENCE, tone(500, 0.4), SILENCE])
    assert sounding_length(sound, RATE) == pytest.approx(0.4, abs=0.01)
    t = np.arange(2 * RATE) / RATE
    dying = (tone(500, 2.0) * 10 ** (-3 * t)).astype(np.float32)
    assert sounding_length(dying, RATE, -30.0) == pytest.approx(0.5, abs=0.02)


def test_spectra_lie_apart_by_their_bands_and_not_by_level() -> None:
    assert spectral_distance_db(noise(), 0.1 * noise(seed=1), RATE) < 0.5
    dark = np.cumsum(noise()).astype(np.float32)
    dark -= dark.mean()
    assert spectral_distance_db(noise(), dark, RATE) > 8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("spectral_centroid", 0.0),
        ("fast_level_db", -200.0),
        ("sounding_length", 0.0),
        ("decay_time", 0.0),
        ("level_range_db", 200.0),
    ],
)
def test_silence_has_an_answer_too(name: str, expected: float) -> None:
    assert getattr(texture, name)(SILENCE, RATE) == expected
    assert band_share(SILENCE, RATE, 20, 200) == 0.0


@pytest.mark.parametrize("frames", [1, 10, 1000, 2047, 2049])
def test_short_sounds_are_measured_too(frames: int) -> None:
    short = tone(1000)[: frames + 12][-frames:]
    for name in ("spectral_centroid", "spectral_flatness", "fast_level_db", "peak_frequency"):
        assert np.isfinite(getattr(texture, name)(short, RATE))
