"""The glottis: phases of pulses, weights of spectra."""

import dataclasses

import numpy as np
import pytest
from vocoder_voices import AH, EE, RATE, db, seconds, sing

from menura.dsp.vocoder import Features, analyse, shelve, synthesise
from menura.dsp.vocoder.glottis import LONGEST_S, pulse_phase, voice_source
from menura.dsp.vocoder.synthesis import minimum_phase
from menura.errors import InvalidInput

T = seconds(0.6)


@pytest.fixture(scope="module")
def steady() -> Features:
    return analyse(sing(120 + 0 * T), RATE)


def _harmonics_db(features: Features) -> np.ndarray:
    """Returns the levels of the first 20 harmonics of what is made of features."""
    sound = synthesise(features, RATE, np.random.default_rng(0))
    middle = sound[RATE // 10 : RATE // 2]
    power = np.abs(np.fft.rfft(middle * np.hanning(middle.size), 1 << 17)) ** 2
    hz = np.fft.rfftfreq(1 << 17, 1 / RATE)
    return np.array([10 * np.log10(power[np.abs(hz - 120 * k) < 30].max()) for k in range(1, 21)])


def test_a_pulse_opens_before_it_closes() -> None:
    hz = np.arange(1025) * (44_100 / 2048)
    flat = np.zeros((1, 1025), np.float32)
    low = np.log(1 / (1 + (hz / 300) ** 4)).astype(np.float32)[np.newaxis]
    shift = (-np.pi / 2 * np.arange(1025)).astype(np.float32)  # a quarter of the transform
    phase = pulse_phase(hz, np.array([100.0]))
    opened = np.fft.irfft(minimum_phase(flat + low, phase + shift))[0]
    plain = np.fft.irfft(minimum_phase(flat + low, np.tile(shift, (1, 1))))[0]
    before = [float(np.sum(wave[:512] ** 2) / np.sum(wave**2)) for wave in (plain, opened)]
    assert before[0] < 0.05
    assert before[1] > 0.4
    assert np.sum(opened**2) == pytest.approx(np.sum(plain**2), rel=1e-3)


@pytest.mark.parametrize("f0_hz", [60.0, 100.0, 300.0])
def test_high_parts_of_a_pulse_come_later_but_not_by_much(f0_hz: float) -> None:
    hz = np.arange(0, 12_000, 2.0)
    delay_s = -np.diff(pulse_phase(hz, np.array([f0_hz]))[0].astype(float)) / (4 * np.pi)
    low, high = delay_s[(hz[1:] > 300) & (hz[1:] < 380)].mean(), delay_s[hz[1:] > 4000].mean()
    assert 0.3 / f0_hz < high - low + 0.02 / f0_hz or high - low > 0.8 * LONGEST_S
    assert high < 1.1 * LONGEST_S


def test_pulses_peak_lower_than_those_of_minimum_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    voices = []
    for f0_hz, formants in ((75, AH), (100, AH), (75, EE), (100, EE)):
        voice = analyse(sing(f0_hz + 0 * T, formants), RATE)
        clear = np.zeros_like(voice.aperiodicity)
        voices.append(dataclasses.replace(voice, aperiodicity=clear))

    def crest() -> float:
        sounds = [synthesise(v, RATE, np.random.default_rng(0))[2000:-2000] for v in voices]
        return float(np.mean([db(np.abs(sound).max() / sound.std()) for sound in sounds]))

    ours = crest()
    monkeypatch.setattr(
        "menura.dsp.vocoder.synthesis.pulse_phase",
        lambda hz, f0_hz: np.zeros((f0_hz.size, hz.size), np.float32),
    )
    assert ours < crest() - 1


@pytest.mark.parametrize(("rd", "h1_h2_db", "top"), [(0.6, -4.4, 1), (1.0, 0.0, 0), (1.6, 6.7, -1)])
def test_rd_moves_the_first_harmonic_and_the_top(
    steady: Features, rd: float, h1_h2_db: float, top: int
) -> None:
    changed = voice_source(steady, np.full(steady.rows, rd))
    assert changed.log_power() == pytest.approx(steady.log_power(), abs=1e-3)
    moved = _harmonics_db(changed) - _harmonics_db(steady)
    # The return phase bends the second harmonic against the first by a decibel or two as well.
    assert moved[0] - moved[1] == pytest.approx(h1_h2_db, abs=2.0)
    assert np.sign(np.round(moved[12:].mean() - moved[1])) == top


def test_rd_leaves_what_has_no_voice(steady: Features) -> None:
    mute = dataclasses.replace(steady, f0_hz=np.zeros(steady.rows))
    assert voice_source(mute, np.full(steady.rows, 1.5)) is mute


@pytest.mark.parametrize(
    ("rd", "message"),
    [(None, None), (0.2, "0.3 to 2.7"), (3.0, "0.3 to 2.7"), (np.nan, "Rd"), ("short", "values")],
)
def test_rd_is_checked(steady: Features, rd: object, message: str | None) -> None:
    rows = steady.rows - 1 if rd == "short" else steady.rows
    values = np.full(rows, rd if isinstance(rd, float) else 1.2)
    if message is None:
        assert voice_source(steady, values).rows == steady.rows
    else:
        with pytest.raises(InvalidInput, match=message):
            voice_source(steady, values)


@pytest.mark.parametrize("amount_db", [-6.0, 6.0])
def test_a_shelf_moves_low_against_high_and_keeps_the_power(
    steady: Features, amount_db: float
) -> None:
    made = shelve(steady, amount_db, 500, 1200)
    assert made.log_power() == pytest.approx(steady.log_power(), abs=1e-3)
    moved = 4.343 * (made.log_envelope - steady.log_envelope)[steady.rows // 2]
    hz = steady.frequencies_hz()
    low, high = moved[hz < 450].mean(), moved[(hz > 1250) & (hz < 4000)].mean()
    assert low - high == pytest.approx(amount_db, abs=0.01)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [((3, 500, 1200), None), ((25, 500, 1200), "shelf in dB"), ((3, 5, 1200), "start"),
     ((3, 500, 400), "end"), ((np.nan, 500, 1200), "shelf")],
)  # fmt: skip
def test_a_shelf_is_checked(
    steady: Features, numbers: tuple[float, float, float], message: str | None
) -> None:
    if message is None:
        assert shelve(steady, *numbers).rows == steady.rows
    else:
        with pytest.raises(InvalidInput, match=message):
            shelve(steady, *numbers)
