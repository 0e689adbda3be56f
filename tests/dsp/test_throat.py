import numpy as np
import pytest
from numpy.typing import NDArray

from menura.dsp.throat import SOUND_M_S, STEP_TICKS, Tract, Voice, make_train, tract_response, utter
from menura.dsp.waves import HOP_FRAMES
from menura.metrics.texture import band_share, modulation_rate, peak_frequency, spectral_flatness

RATE = 48_000
TICKS = 1500
"""One second."""


def curve(value: float) -> NDArray[np.float64]:
    return np.full(TICKS + 1, float(value))


def voice(hz: NDArray[np.float64] | float = 120.0, **changes: NDArray[np.float64] | float) -> Voice:
    flat = {"level": 1.0, "breath": 0.0, "tilt_hz": 2000.0, "rough": 0, "double": 0, "gate": 0}
    values = {"hz": hz} | flat | changes
    return Voice(**{k: v if isinstance(v, np.ndarray) else curve(v) for k, v in values.items()})


def tube(length_m: float = 0.17, ratio: float = 1.0, front: float = 0.5) -> Tract:
    back, mouth = length_m * (1 - front), length_m * front
    loss_hz = 70 * 0.17 / length_m
    return Tract(back_m=curve(back), front_m=curve(mouth), ratio=curve(ratio), loss_hz=loss_hz)


def formants(tract: Tract, below_hz: float) -> NDArray[np.float64]:
    size = np.abs(tract_response(tract, np.arange(1), RATE)[0])
    hz = np.linspace(0, RATE / 2, size.size)
    tops = np.flatnonzero((size[1:-1] > size[:-2]) & (size[1:-1] > size[2:])) + 1
    return hz[tops][hz[tops] < below_hz]


@pytest.mark.parametrize("length_m", [0.1, 0.17, 0.4])
def test_a_plain_tube_resonates_at_odd_multiples_of_a_quarter_wave(length_m: float) -> None:
    lowest_hz = SOUND_M_S / 4 / length_m
    heard = formants(tube(length_m), 6 * lowest_hz)
    assert heard == pytest.approx([lowest_hz, 3 * lowest_hz, 5 * lowest_hz], rel=0.04, abs=24)


def test_an_open_mouth_brings_the_first_two_formants_together_and_a_narrow_one_apart() -> None:
    plain, ah, ee = (formants(tube(ratio=r), 3000)[:2] for r in (1.0, 8.0, 0.125))
    assert ah[0] > 1.3 * plain[0]
    assert ah[1] < 0.9 * plain[1]
    assert ee[0] < 0.6 * plain[0]
    assert ee[1] > 1.1 * plain[1]


def test_pulses_are_harmonic_and_nothing_folds_back() -> None:
    train, phase = make_train(voice(1000.0), RATE, np.random.default_rng(0))
    assert train.size == TICKS * HOP_FRAMES
    assert phase[-1] == pytest.approx(1000, abs=0.1)
    spectrum = np.abs(np.fft.rfft(train * np.hanning(train.size))) ** 2
    hz = np.fft.rfftfreq(train.size, 1 / RATE)
    beside = np.abs(hz - 1000 * np.round(hz / 1000)) > 60
    # What lies beside the harmonics is that no two pulses are equally large, and no more.
    assert 10 * np.log10(spectrum[beside].sum() / spectrum.sum()) < -25
    assert 10 * np.log10(spectrum[hz > 21_700].sum() / spectrum.sum()) < -55


def test_a_sweep_over_octaves_never_passes_half_the_rate() -> None:
    rising = 200 * 2 ** np.linspace(0, 5, TICKS + 1)
    train, _ = make_train(voice(rising), RATE, rng())
    pieces = train.reshape(50, -1)
    power = np.abs(np.fft.rfft(pieces * np.hanning(pieces.shape[1]))) ** 2
    hz = np.fft.rfftfreq(pieces.shape[1], 1 / RATE)
    for number in range(20, 49):
        least_hz = rising[number * 30]
        under = power[number, hz < 0.7 * least_hz].sum()
        assert 10 * np.log10(under / power[number].sum()) < -33


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_doubled_periods_sound_an_octave_lower() -> None:
    plain = make_train(voice(300.0), RATE, rng())[0]
    doubled = make_train(voice(300.0, double=1.0), RATE, rng())[0]
    assert band_share(plain, RATE, 120, 180) < 0.003
    assert band_share(doubled, RATE, 120, 180) > 0.02


def test_roughness_fills_in_between_the_harmonics() -> None:
    plain, rough = (utter(voice(150.0, rough=r), tube(), RATE, rng()) for r in (0.0, 0.8))
    flat = [spectral_flatness(sound, RATE, 150, 2000) for sound in (plain, rough)]
    assert flat[1] > 5 * flat[0]


def test_breath_alone_is_noise_under_the_formants_and_comes_in_puffs() -> None:
    gated = voice(25.0, level=0.0, breath=1.0, gate=1.0, tilt_hz=500.0)
    sound = utter(gated, tube(), RATE, rng())
    assert modulation_rate(sound, RATE, 10, 40) == pytest.approx(25, abs=1.5)
    assert peak_frequency(sound, RATE, 100, 2000) == pytest.approx(515, rel=0.3)


def test_a_moving_mouth_moves_the_formant() -> None:
    closing = Tract(
        back_m=curve(0.085), front_m=curve(0.085), ratio=np.geomspace(8, 0.125, TICKS + 1)
    )
    sound = utter(voice(80.0), closing, RATE, rng())
    first, last = sound[4800:14400], sound[-19200:-9600]
    assert peak_frequency(first, RATE, 150, 1200) > 1.7 * peak_frequency(last, RATE, 150, 1200)


def test_a_longer_tract_sounds_lower() -> None:
    shares = [
        band_share(utter(voice(60.0), tube(length), RATE, rng()), RATE, 50, 600)
        for length in (0.1, 0.5)
    ]
    assert shares[1] > shares[0] + 0.2


def test_the_same_draw_is_the_same_sound() -> None:
    sounds = [utter(voice(rough=0.3, breath=0.5), tube(), RATE, rng()) for _ in range(2)]
    np.testing.assert_array_equal(*sounds)
    assert sounds[0].dtype == np.float32
    steps = np.arange(1 + TICKS // STEP_TICKS)
    assert tract_response(tube(), steps, RATE).shape == (94, 1025)
