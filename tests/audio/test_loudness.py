import math

import numpy as np
import pyloudnorm
import pytest
from tones import cut, noise, tone

from menura.audio import Audio
from menura.audio.edit import fade
from menura.audio.loudness import Meter, k_weighting, measure
from menura.errors import InvalidInput


def steps(*parts, rate=48_000, channels=2):
    """A 1 kHz sine in both channels at each (dB of full scale, seconds) in turn."""
    t = np.arange(round(sum(s for _, s in parts) * rate)) / rate
    gain = np.concatenate([np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts])
    return Audio(
        np.tile((gain * np.sin(2 * np.pi * 1000 * t)).astype(np.float32), (channels, 1)), rate
    )


def surround():
    """Case 6: 5.0 as 5.1 with a silent LFE, 1 kHz, -28, -28, -24, -30, -30 dBFS."""
    sine = tone(1000, 20, 48_000, amplitude=1.0).samples[0]
    gains = [10 ** (db / 20) for db in (-28, -28, -24)]
    rear = 10 ** (-30 / 20)
    return Audio(np.array([*gains, 0, rear, rear], np.float32)[:, None] * sine, 48_000)


@pytest.mark.parametrize(
    ("sound", "lufs"),
    [
        (steps((-23, 20)), -23.0),
        (steps((-33, 20)), -33.0),
        (steps((-36, 10), (-23, 60), (-36, 10)), -23.0),
        (steps((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
        (steps((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
        (surround(), -23.0),
    ],
    ids=["case1", "case2", "case3", "case4", "case5", "case6"],
)
def test_integrated_loudness_of_ebu_tech_3341(sound, lufs):
    assert measure(sound).integrated_lufs == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "dbtp"),
    [
        (4, 0, 0.5, -6.0),
        (4, 45, 0.5, -6.0),
        (6, 60, 0.5, -6.0),
        (8, 67.5, 0.5, -6.0),
        (4, 45, 1.41, 3.0),
    ],
    ids=["case15", "case16", "case17", "case18", "case19"],
)
def test_true_peak_of_ebu_tech_3341(divisor, degrees, amplitude, dbtp):
    rate = 48_000
    sound = tone(rate / divisor, 1.0, rate, amplitude, phase=math.radians(degrees))
    peak = measure(fade(sound, 0.05, 0.05)).true_peak_dbtp
    assert dbtp - 0.4 <= peak <= dbtp + 0.2


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_pyloudnorm(rate, channels):
    sound = noise(6, rate, channels, seed=rate)
    swell = 1 + 0.9 * np.sin(2 * np.pi * 0.4 * np.arange(sound.frames) / rate)
    sound = Audio((sound.samples * swell).astype(np.float32), rate)
    peer = pyloudnorm.Meter(rate, filter_class="DeMan")
    expected = peer.integrated_loudness(sound.samples.T.astype(np.float64))
    assert measure(sound).integrated_lufs == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("frames", [1, 999, 4_800, 50_001])
def test_does_not_depend_on_cuts(frames):
    sound = noise(1.3, 11_025) if frames == 1 else noise(7.3, 44_100, 2)
    meter = Meter(sound.rate, sound.channels)
    for block in cut(sound, frames):
        meter.process(block)
    whole = measure(sound)
    assert meter.true_peak_dbtp == whole.true_peak_dbtp
    assert meter.sample_peak_db == whole.sample_peak_db
    assert meter.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-9)
    assert meter.short_term_max_lufs == pytest.approx(whole.short_term_max_lufs, abs=1e-9)


def test_reading_a_meter_changes_nothing():
    sound = noise(3, 24_000)
    meter = Meter(24_000, 1)
    for block in cut(sound, 5_000):
        meter.process(block)
        meter.loudness()
    assert meter.loudness() == measure(sound)


@pytest.mark.parametrize("sound", [Audio.silence(2, 24_000), Audio.silence(0, 48_000, 2)])
def test_silence_is_minus_infinity(sound):
    loudness = measure(sound)
    assert loudness.integrated_lufs == loudness.true_peak_dbtp == float("-inf")
    assert loudness.short_term_max_lufs == loudness.sample_peak_db == float("-inf")


def test_gain_moves_every_measure_alike():
    before, after = measure(noise(5)), measure(noise(5).scaled(-12))
    for name in ("integrated_lufs", "short_term_max_lufs", "true_peak_dbtp", "sample_peak_db"):
        assert getattr(before, name) - getattr(after, name) == pytest.approx(12, abs=0.001)


def test_short_term_finds_the_loud_part():
    sound = steps((-40, 6), (-20, 3), (-40, 6))
    loudness = measure(sound)
    assert loudness.short_term_max_lufs == pytest.approx(-20, abs=0.1)
    assert loudness.momentary_max_lufs == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("duration_s", [0.05, 0.2, 0.39])
def test_a_sound_under_400_ms_has_its_mean(duration_s):
    sound = tone(1000, duration_s, 48_000, amplitude=10 ** (-20 / 20))
    assert measure(sound).integrated_lufs == pytest.approx(-23, abs=0.3)


def test_k_weighting_at_the_frequencies_of_the_standard():
    """The gain at 997 Hz is what the offset of -0.691 takes away again; +4 dB above the shelf."""
    response = np.abs(np.fft.rfft(k_weighting(48_000), 48_000))
    gain_db = 20 * np.log10(response)
    assert gain_db[997] == pytest.approx(0.691, abs=0.01)
    assert gain_db[10_000] == pytest.approx(4.0, abs=0.05)
    assert gain_db[38] == pytest.approx(-6.0, abs=0.2)


@pytest.mark.parametrize("block", [noise(1, 44_100), noise(1, 24_000, 2)])
def test_refuses_another_kind_of_block(block):
    with pytest.raises(InvalidInput, match="expected 1 channels at 24000 Hz"):
        Meter(24_000, 1).process(block)


def test_loudness_without_peaks_is_the_same_loudness():
    sound = noise(2, 48_000, 2)
    plain, whole = Meter(48_000, 2, peaks=False), Meter(48_000, 2)
    for meter in (plain, whole):
        meter.process(sound)
    assert plain.integrated_lufs == whole.integrated_lufs
    assert plain.true_peak_dbtp == plain.sample_peak_db < whole.true_peak_dbtp
