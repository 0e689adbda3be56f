import dataclasses

import numpy as np
import pytest
from vocoder_voices import AH, EE, RATE, db, hiss, noise_share, seconds, sing

from menura.dsp.vocoder import (
    analyse,
    breathe,
    extend_band,
    naturalise,
    roughen,
    shift_pitch,
    stretch,
    synthesise,
    whisper,
)
from menura.dsp.vocoder.synthesis import minimum_phase
from menura.errors import InvalidInput

T = seconds(1.0)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _band(sound: np.ndarray, rate: int, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size))) ** 2
    hz = np.fft.rfftfreq(sound.size, 1 / rate)
    return float(power[(hz >= low_hz) & (hz < high_hz)].sum() / sound.size**2) ** 0.5


@pytest.mark.parametrize("formants", [AH, EE])
@pytest.mark.parametrize("f0_hz", [70.0, 120.0, 233.0, 420.0])
def test_a_copy_has_pitch_level_and_envelope(f0_hz: float, formants) -> None:
    sound = sing(f0_hz * 2 ** (0.3 * np.sin(2 * np.pi * 3 * T) / 12), formants)
    features = analyse(sound, RATE)
    copy = synthesise(features, RATE, _rng())
    assert copy.dtype == np.float32
    assert copy.shape == sound.shape
    inner = slice(RATE // 10, -RATE // 10)
    assert db(copy[inner].std() / sound[inner].std()) == pytest.approx(0, abs=0.8)
    assert abs(float(copy.mean())) < 2e-3 * copy.std()
    again = analyse(copy, RATE)
    both = features.voiced & again.voiced
    assert both.mean() > 0.95
    cents = np.abs(1200 * np.log2(again.f0_hz[both] / features.f0_hz[both]))
    assert np.median(cents) < 12
    # Below 60 dB under its peak a spectrum is of no account.
    level = features.log_envelope[20:-20]
    difference = 4.343 * (again.log_envelope[20:-20] - level)
    heard = level > level.max(axis=1, keepdims=True) - 60 / 4.343
    assert np.sqrt(np.mean(difference[heard] ** 2)) < 4


def test_a_copy_of_noise_is_as_loud_and_as_flat() -> None:
    sound = hiss(2, 0.1)
    copy = synthesise(analyse(sound, RATE), RATE, _rng(5))
    assert db(copy.std() / sound.std()) == pytest.approx(0, abs=0.5)
    for low in (500, 2000, 5000, 8000):
        ratio = _band(copy, RATE, low, low + 1500) / _band(sound, RATE, low, low + 1500)
        assert db(ratio) == pytest.approx(0, abs=1)
    assert abs(np.corrcoef(copy, sound)[0, 1]) < 0.05


def test_a_burst_stays_where_it_is() -> None:
    sound = np.zeros(RATE, np.float32)
    sound[RATE // 2 : RATE // 2 + 220] = hiss(0.01, 0.3)[:220]
    copy = synthesise(analyse(sound, RATE), RATE, _rng())
    spread = np.cumsum(copy.astype(np.float64) ** 2)
    start, stop = np.searchsorted(spread, [0.02 * spread[-1], 0.98 * spread[-1]]) / RATE
    assert 0.490 < start < 0.505
    assert 0.505 < stop < 0.525
    assert not copy[: int(0.45 * RATE)].any()


def test_the_same_seed_gives_the_same_samples() -> None:
    features = roughen(breathe(analyse(sing(150 + 0 * T), RATE), 0.4), 0.5)
    first, second, other = (synthesise(features, RATE, _rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0),
        np.ones(1),
        np.full(300, 0.5),
        np.clip(4 * np.sin(2 * np.pi * 150 * seconds(0.3)), -1, 1),
        np.eye(1, 6000, 3000)[0],
        1e-7 * np.sin(2 * np.pi * 150 * seconds(0.3)),
        0.5 * (-1.0) ** np.arange(5000),
    ],
    ids=["empty", "one", "dc", "clipped", "click", "tiny", "nyquist"],
)
def test_odd_sounds_give_finite_ones(sound: np.ndarray, rate: int) -> None:
    heard = sound.astype(np.float32)
    features = analyse(heard, rate)
    changed = [features, naturalise(features, _rng()), whisper(features), stretch(features, 1.37)]
    for made in [*changed, shift_pitch(features, 12), roughen(features, 1)]:
        copy = synthesise(made, rate, _rng())
        assert copy.shape == (made.frames,)
        assert np.isfinite(copy).all()
        assert copy.size == 0 or np.abs(copy).max() <= 4 * max(np.abs(heard).max(), 1e-6)


@pytest.mark.parametrize("change", [lambda f: f, whisper, lambda f: naturalise(f, _rng())])
def test_silence_is_exactly_silent(change) -> None:
    voice = sing(150 + 0 * T)
    pause = np.zeros(RATE, np.float32)
    sound = np.concatenate([pause, voice, pause])
    copy = synthesise(change(analyse(sound, RATE)), RATE, _rng())
    assert not copy[: int(0.9 * RATE)].any()
    assert not copy[int(2.1 * RATE) :].any()
    assert copy.std() > 0.005


def test_a_constant_is_no_sound() -> None:
    copy = synthesise(analyse(np.full(RATE, 0.5, np.float32), RATE), RATE, _rng())
    assert np.abs(copy[RATE // 10 : -RATE // 10]).max() < 1e-4


def test_neither_end_clicks() -> None:
    sound = sing(130 + 0 * T)
    copy = synthesise(analyse(sound, RATE), RATE, _rng())
    assert abs(copy[0]) < 1e-3
    assert abs(copy[-1]) < 1e-3
    # A click is a step that the voice itself does not make.
    middle = np.abs(np.diff(copy[RATE // 4 : -RATE // 4])).max()
    assert np.abs(np.diff(copy)).max() < 1.5 * middle


def test_roughness_brings_a_subharmonic_and_uneven_periods() -> None:
    features = analyse(sing(200 + 0 * T), RATE)
    clean, rough = (synthesise(f, RATE, _rng()) for f in (features, roughen(features, 0.8)))
    below = [_band(x, RATE, 90, 110) / _band(x, RATE, 190, 210) for x in (clean, rough)]
    assert db(below[1] / below[0]) > 15
    assert noise_share(rough, 200, 1000, 4000) > 4 * noise_share(clean, 200, 1000, 4000)
    assert db(rough.std() / clean.std()) == pytest.approx(0, abs=1)


def test_minimum_phase_keeps_the_power_and_comes_early() -> None:
    features = analyse(sing(120 + 0 * T), RATE)
    log_power = features.log_envelope[50:51]
    spectrum = minimum_phase(log_power)
    np.testing.assert_allclose(2 * np.log(np.abs(spectrum)), log_power, atol=1e-3)
    response = np.fft.irfft(spectrum)[0]
    assert np.sum(response[:256] ** 2) > 0.99 * np.sum(response**2)


@pytest.mark.parametrize("voiced", [True, False])
def test_an_extended_band_goes_on(voiced: bool) -> None:
    clean = sing(150 + 0 * T) + hiss(1, 0.002)
    sound = clean if voiced else hiss(1, 0.05)
    features = analyse(sound, RATE)
    wide = extend_band(features, 44_100)
    assert (wide.rate, wide.frames, wide.rows) == (44_100, 2 * features.frames, features.rows)
    narrow, broad = synthesise(features, RATE, _rng()), synthesise(wide, 44_100, _rng())
    assert broad.size == 2 * narrow.size
    assert db(broad.std() / narrow.std()) == pytest.approx(0, abs=2)
    for low, high in ((100, 1000), (1000, 4000), (4000, 9000)):
        here, there = _band(narrow, RATE, low, high), _band(broad, 44_100, low, high)
        assert db(there / here) == pytest.approx(0, abs=1.5)
    octave = _band(broad, 44_100, 18_000, 18_500) / _band(broad, 44_100, 12_000, 12_333)
    fall = 14 if voiced else 7  # dB per octave, of the power in a hertz
    assert db(octave) == pytest.approx(-fall * np.log2(1.5) + 10 * np.log10(1.5), abs=2)


@pytest.mark.parametrize(("rate", "top_hz"), [(16_000, 7000), (44_100, 10_500), (48_000, 10_500)])
def test_another_rate_without_a_new_top(rate: int, top_hz: float) -> None:
    sound = sing(150 + 0 * T)
    features = analyse(sound, RATE)
    made = synthesise(features, rate, _rng())
    assert made.size == round(sound.size * rate / RATE)
    assert db(made.std() / sound.std()) == pytest.approx(0, abs=0.5)
    if rate > RATE:
        assert _band(made, rate, top_hz + 1500, rate / 2) < 1e-4 * _band(made, rate, 0, top_hz)


@pytest.mark.parametrize("rate", [RATE, 16_000])
def test_a_band_is_only_extended_upwards(rate: int) -> None:
    features = analyse(hiss(0.1), RATE)
    with pytest.raises(InvalidInput, match="higher rate"):
        extend_band(features, rate)


def test_too_low_a_rate_is_refused() -> None:
    with pytest.raises(InvalidInput, match="8000 Hz"):
        synthesise(analyse(hiss(0.1), RATE), 4000, _rng())


def test_unvoiced_features_need_no_pulses() -> None:
    features = analyse(sing(150 + 0 * T), RATE)
    mute = dataclasses.replace(features, f0_hz=np.zeros(features.rows))
    made = synthesise(mute, RATE, _rng())
    assert np.isfinite(made).all()
