import dataclasses

import numpy as np
import pytest
from vocoder_voices import AH, RATE, db, hiss, noise_share, seconds, sing

from menura.dsp.vocoder import (
    Articulation,
    Features,
    analyse,
    breathe,
    naturalise,
    retime,
    roughen,
    scale_range,
    shift_pitch,
    stretch,
    synthesise,
    tense,
    tilt,
    warp_formants,
    whisper,
)
from menura.errors import InvalidInput

T = seconds(1.0)


@pytest.fixture(scope="module")
def melody() -> Features:
    return analyse(sing(160 * 2 ** (np.sin(2 * np.pi * 3 * T) / 12)), RATE)


@pytest.fixture(scope="module")
def steady() -> Features:
    return analyse(sing(150 + 0 * T), RATE)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _made(features: Features) -> np.ndarray:
    return synthesise(features, RATE, _rng())


def _log_f0(features: Features) -> np.ndarray:
    return np.log2(features.f0_hz[features.voiced])


def _formants(features: Features, near: list[float]) -> list[float]:
    """Returns the peak of the mean envelope that is nearest to each frequency."""
    envelope = features.log_envelope[20:-20].mean(axis=0).astype(np.float64)
    left, mid, right = envelope[:-2], envelope[1:-1], envelope[2:]
    at = np.flatnonzero((mid > left) & (mid >= right))
    shift = 0.5 * (left - right)[at] / (left - 2 * mid + right)[at]
    peaks = (at + 1 + shift) * RATE / features.fft_frames
    return [float(peaks[np.argmin(np.abs(peaks - hz))]) for hz in near]


@pytest.mark.parametrize("semitones", [-12, -5, 0.5, 7, 12])
def test_pitch_is_shifted_and_formants_stay(melody: Features, semitones: float) -> None:
    shifted = analyse(_made(shift_pitch(melody, semitones)), RATE)
    both = melody.voiced & shifted.voiced
    assert both.mean() > 0.95
    cents = 1200 * np.log2(shifted.f0_hz[both] / melody.f0_hz[both]) - 100 * semitones
    assert abs(np.median(cents)) < 10
    assert np.mean(np.abs(cents) > 50) < 0.05
    # Half as many harmonics say half as much about where a formant is.
    tolerance = 0.05 if semitones < 7 else 0.1
    centres = [700.0, 2600.0, 3500.0]
    assert _formants(shifted, centres) == pytest.approx(_formants(melody, centres), rel=tolerance)


@pytest.mark.parametrize(("factor", "around_hz"), [(0, None), (0.5, None), (2, None), (1.5, 100)])
def test_range_is_scaled(melody: Features, factor: float, around_hz: float | None) -> None:
    scaled = scale_range(melody, factor, around_hz)
    before, after = _log_f0(melody), _log_f0(scaled)
    assert after.std() == pytest.approx(factor * before.std(), abs=1e-9)
    middle = before.mean() if around_hz is None else np.log2(around_hz)
    assert after.mean() == pytest.approx(middle + factor * (before.mean() - middle))
    heard = analyse(_made(scaled), RATE)
    assert np.median(np.abs(_log_f0(heard).std() - after.std())) < 0.02


@pytest.mark.parametrize("ratio", [0.8, 0.9, 1.1, 1.25])
def test_formants_move_by_the_ratio(ratio: float) -> None:
    # A low voice: its harmonics are close enough to say where a formant is.
    low = analyse(sing(75 + 0 * T), RATE)
    made = _made(warp_formants(low, ratio))
    warped = analyse(made, RATE)
    wanted = [centre * ratio for centre, _ in AH]
    assert _formants(warped, wanted) == pytest.approx(wanted, rel=0.05)
    assert np.median(warped.f0_hz) == pytest.approx(75, rel=0.002)
    assert db(made.std() / 0.1) == pytest.approx(0, abs=1)


@pytest.mark.parametrize("db_per_octave", [-6, 3])
def test_tilt_changes_the_slope_and_not_the_level(steady: Features, db_per_octave: float) -> None:
    tilted = tilt(steady, db_per_octave, 500)
    change = 4.343 * (tilted.log_envelope - steady.log_envelope)[50]
    hz = steady.frequencies_hz()
    at = [int(np.argmin(np.abs(hz - f))) for f in (200, 1000, 2000, 4000)]
    steps = np.diff(change[at])
    assert steps == pytest.approx([db_per_octave] * 3, abs=0.2)
    assert tilted.log_power() == pytest.approx(steady.log_power(), abs=0.01)


@pytest.mark.parametrize("factor", [0.5, 0.77, 1.3, 2.0])
def test_stretching_changes_the_length_only(melody: Features, factor: float) -> None:
    slow = stretch(melody, factor)
    made = _made(slow)
    assert made.size == round(RATE * factor)
    heard = analyse(made, RATE)
    assert heard.voiced.mean() > 0.95
    assert _log_f0(heard).mean() == pytest.approx(_log_f0(melody).mean(), abs=0.004)
    assert _log_f0(heard).std() == pytest.approx(_log_f0(melody).std(), abs=0.004)
    turns = np.sum(np.diff(np.sign(_log_f0(heard)[5:-5] - _log_f0(heard).mean())) != 0)
    assert turns in {5, 6}  # the same three waves of melody


def test_a_time_map_moves_a_burst() -> None:
    sound = np.zeros(RATE, np.float32)
    sound[RATE // 2 : RATE // 2 + 441] = hiss(0.02, 0.3)
    rows = np.arange(301) * 0.005
    # The first half takes 1.0 s, the second 0.5 s.
    source_s = np.interp(rows, [0, 1, 1.5], [0, 0.5, 1])
    made = _made(retime(analyse(sound, RATE), source_s, 3 * RATE // 2))
    spread = np.cumsum(made.astype(np.float64) ** 2)
    assert made.size == 3 * RATE // 2
    assert 0.98 < np.searchsorted(spread, 0.05 * spread[-1]) / RATE < 1.01


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_breath_adds_as_much_noise(steady: Features, amount: float) -> None:
    made = _made(breathe(steady, amount))
    assert noise_share(made, 150, 3200, 3900) == pytest.approx(amount, abs=0.12)
    assert noise_share(made, 150, 100, 500) < 0.2
    assert db(made.std() / 0.1) == pytest.approx(0, abs=1.5)
    if amount < 1:
        assert np.median(analyse(made, RATE).f0_hz) == pytest.approx(150, rel=0.002)


@pytest.mark.parametrize(("amount", "change_db"), [(-1, 9.37), (-0.5, 3.75), (0, 0), (1, -4.1)])
def test_tension_sets_the_first_harmonic(amount: float, change_db: float) -> None:
    # No formant near the first harmonics, so what changes is the source.
    features = analyse(sing(200 + 0 * T, formants=((1500.0, 100.0), (2600.0, 120.0))), RATE)
    ratio = []
    for made in (_made(features), _made(tense(features, amount))):
        level = np.abs(np.fft.rfft(made[1000:21000] * np.hanning(20_000)))
        first, second = (
            level[round(hz / RATE * 20_000) + np.arange(-3, 4)].max() for hz in (200, 400)
        )
        ratio.append(db(first / second))
    assert ratio[1] - ratio[0] == pytest.approx(change_db, abs=0.5)


def test_no_breath_and_no_shift_change_nothing(melody: Features) -> None:
    for same in (
        breathe(melody, 0),
        tense(melody, 0),
        shift_pitch(melody, 0),
        warp_formants(melody, 1),
    ):
        np.testing.assert_allclose(same.f0_hz, melody.f0_hz)
        np.testing.assert_allclose(same.log_envelope, melody.log_envelope, atol=1e-4)
        np.testing.assert_allclose(same.aperiodicity, melody.aperiodicity, atol=1e-6)


def test_a_whisper_has_no_pitch(steady: Features) -> None:
    made = _made(whisper(steady))
    heard = analyse(made, RATE)
    assert heard.voiced.mean() < 0.1
    assert noise_share(made, 150, 500, 4000) > 0.8
    assert db(made.std() / 0.1) == pytest.approx(-12, abs=1.5)
    first, third = _formants(heard, [820.0, 2600.0])
    assert 735 < first < 900
    assert third == pytest.approx(2600, rel=0.06)


def test_nature_moves_the_melody_a_little(steady: Features) -> None:
    first, same, other = (naturalise(steady, _rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.f0_hz, same.f0_hz)
    assert np.abs(first.f0_hz - other.f0_hz).max() > 0.3
    np.testing.assert_array_equal(first.voiced, steady.voiced)
    moved = [_log_f0(naturalise(steady, _rng(seed))) for seed in range(20)]
    spread = np.log(2) * np.std(np.concatenate(moved))
    assert spread == pytest.approx(np.hypot(0.012, 0.004), rel=0.3)
    assert db(_made(first).std() / 0.1) == pytest.approx(0, abs=1)


def _articulation(rows: int, **masks: slice) -> Articulation:
    made = {name: np.zeros(rows, bool) for name in ("plosive", "voiceless", "obstruent")}
    for name, where in masks.items():
        made[name][where] = True
    return Articulation(**made)


def test_consonants_move_the_pitch(steady: Features) -> None:
    rows = steady.rows
    plain = naturalise(steady, _rng(), _articulation(rows))
    for name, where, at, ratio in (
        ("voiceless", slice(90, 100), 100, 1 + 0.03 * np.exp(-0.005 / 0.04)),
        ("voiceless", slice(90, 100), 140, 1.0),
        ("obstruent", slice(90, 111), 100, 1 - 0.021),
        ("obstruent", slice(90, 111), 115, 1.0),
    ):
        moved = naturalise(steady, _rng(), _articulation(rows, **{name: where}))
        assert moved.f0_hz[at] / plain.f0_hz[at] == pytest.approx(ratio, abs=0.001)


def test_nature_flows_but_keeps_plosives_sharp() -> None:
    sound = hiss(1, 0.001) + np.where((T > 0.5) & (T < 0.52), hiss(1, 0.3, 1), 0)
    features = analyse(sound.astype(np.float32), RATE)
    soft = naturalise(features, _rng())
    sharp = naturalise(features, _rng(), _articulation(features.rows, plosive=slice(98, 106)))
    rise = [4.343 * (f.log_power()[100] - f.log_power()[97]) for f in (features, sharp, soft)]
    assert rise[1] == pytest.approx(rise[0], abs=6)
    assert rise[2] < 0.6 * rise[0]


def test_silence_does_not_eat_the_ends_of_a_vowel() -> None:
    pause = np.zeros(RATE // 4, np.float32)
    features = analyse(np.concatenate([pause, sing(150 + 0 * T), pause]), RATE)
    natural = naturalise(features, _rng(), _articulation(features.rows))
    change = 4.343 * (natural.log_power() - features.log_power())
    assert np.abs(change[54:247]).max() < 3  # the vowel is in rows 50 to 250


def test_nature_fills_valleys(steady: Features) -> None:
    hz = steady.frequencies_hz()
    hole = (hz > 1700) & (hz < 2000)
    deep = steady.log_envelope - np.float32(60 / 4.343) * hole.astype(np.float32)
    holed = naturalise(dataclasses.replace(steady, log_envelope=deep), _rng())
    whole = naturalise(steady, _rng())
    middle = int(np.argmin(np.abs(hz - 1850)))
    missing = 4.343 * (holed.log_envelope - whole.log_envelope)[50, middle]
    assert -21 < missing < -1  # of 60 dB


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: shift_pitch(f, 37), "semitones lies between -36 and 36"),
        (lambda f: shift_pitch(f, float("nan")), "not nan"),
        (lambda f: shift_pitch(f, 36), None),
        (lambda f: scale_range(f, -1), "range"),
        (lambda f: scale_range(f, 1, 0), "Hz"),
        (lambda f: warp_formants(f, 0.4), "formants"),
        (lambda f: warp_formants(f, 2), None),
        (lambda f: tilt(f, 30), "octave"),
        (lambda f: tilt(f, -3, 0), "start of a tilt"),
        (lambda f: stretch(f, 0), "length"),
        (lambda f: stretch(f, 0.05), None),
        (lambda f: retime(f, np.zeros(3), RATE), "201 source times"),
        (lambda f: retime(f, np.full(201, np.nan), RATE), "no number"),
        (lambda f: retime(f, np.full(201, 1e9), RATE), None),
        (lambda f: breathe(f, 1.1), "breath"),
        (lambda f: tense(f, 1.2), "tension"),
        (lambda f: roughen(f, -0.1), "roughness"),
        (lambda f: roughen(roughen(f, 0.7), 0.7), None),
        (lambda f: naturalise(f, _rng(), _articulation(5)), "201 booleans"),
    ],
)
def test_limits_of_changes(steady: Features, change, message: str | None) -> None:
    if message is None:
        made = _made(change(steady))
        assert np.isfinite(made).all()
        assert made.any()
    else:
        with pytest.raises(InvalidInput, match=message):
            change(steady)


def test_changes_leave_unvoiced_sounds_alone() -> None:
    features = analyse(hiss(0.3), RATE)
    for changed in (shift_pitch(features, 12), scale_range(features, 2), stretch(features, 1.5)):
        assert not changed.f0_hz.any()
