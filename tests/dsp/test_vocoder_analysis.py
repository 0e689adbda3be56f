import dataclasses
import itertools

import numpy as np
import pytest
from vocoder_voices import AH, EE, RATE, db, hiss, seconds, sing

from menura.dsp.vocoder import Features, analyse, count_rows
from menura.dsp.vocoder.aperiodicity import measure_aperiodicity
from menura.dsp.vocoder.envelope import trace_envelope
from menura.dsp.vocoder.lattice import cheapest_path
from menura.dsp.vocoder.pitch import track_pitch
from menura.dsp.vocoder.warping import double
from menura.errors import InvalidAudio, InvalidInput

T = seconds(1.0)


def _at_rows(track: np.ndarray, rows: int, rate: int = RATE) -> np.ndarray:
    at = np.round(np.arange(rows) * 0.005 * rate).astype(int)
    return track[np.minimum(at, track.size - 1)]


@pytest.mark.parametrize("formants", [AH, EE])
@pytest.mark.parametrize(
    ("f0_hz", "median_cents"),
    [
        (np.full(RATE, 60.0), 0.2),
        (np.full(RATE, 110.0), 0.2),
        (np.full(RATE, 240.0), 0.2),
        (np.full(RATE, 500.0), 0.2),
        (60 * (500 / 60) ** T, 3),
        (500 * (60 / 500) ** T, 3),
        (100 * 2 ** (2 * np.sin(2 * np.pi * 3 * T) / 12), 4),
        (220 * 2 ** (np.sin(2 * np.pi * 6 * T) / 12), 1),
        (120 * 2 ** (0.5 * np.sin(2 * np.pi * 5 * T) / 12), 2),
    ],
    ids=["60", "110", "240", "500", "rising", "falling", "deep", "vibrato", "slow vibrato"],
)
def test_pitch_is_found(f0_hz: np.ndarray, median_cents: float, formants) -> None:
    found = analyse(sing(f0_hz, formants), RATE).f0_hz
    voiced = found > 0
    assert voiced.mean() > 0.95
    cents = np.abs(1200 * np.log2(found[voiced] / _at_rows(f0_hz, found.size)[voiced]))
    assert np.mean(cents > 315) < 0.01
    assert np.median(cents) < median_cents


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_pitch_at_other_rates(rate: int) -> None:
    f0_hz = 150 * 2 ** (0.5 * np.sin(2 * np.pi * 5 * seconds(0.6, rate)) / 12)
    found = track_pitch(sing(f0_hz, rate=rate), rate)
    voiced = found > 0
    cents = np.abs(1200 * np.log2(found[voiced] / _at_rows(f0_hz, found.size, rate)[voiced]))
    assert voiced.mean() > 0.97
    assert np.quantile(cents, 0.95) < 10


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_pitch_in_noise(share: float) -> None:
    f0_hz = 130 * 2 ** (np.sin(2 * np.pi * 3 * T) / 12)
    found = analyse(sing(f0_hz) + hiss(1, 0.1 * share**0.5), RATE).f0_hz
    voiced = found > 0
    assert voiced.mean() > 0.95
    cents = np.abs(1200 * np.log2(found[voiced] / _at_rows(f0_hz, found.size)[voiced]))
    assert np.mean(cents > 315) < 0.01
    assert np.median(cents) < 4


def test_voice_noise_and_silence_are_told_apart() -> None:
    voice = sing(140 + 20 * T)
    sound = np.concatenate([voice, hiss(0.4, 0.03), voice, np.zeros(RATE // 2, np.float32), voice])
    truth = np.concatenate(
        [
            np.ones(RATE),
            np.zeros(int(0.4 * RATE)),
            np.ones(RATE),
            np.zeros(RATE // 2),
            np.ones(RATE),
        ]
    )
    found = track_pitch(sound, RATE) > 0
    assert np.mean(found != _at_rows(truth, found.size)) < 0.015


@pytest.mark.parametrize("band_hz", [(0, 11_000), (50, 400), (200, 1500), (2000, 8000)])
def test_noise_has_no_pitch(band_hz: tuple[int, int]) -> None:
    spectrum = np.fft.rfft(hiss(3))
    hz = np.fft.rfftfreq(3 * RATE, 1 / RATE)
    noise = np.fft.irfft(spectrum * ((hz > band_hz[0]) & (hz < band_hz[1])), 3 * RATE)
    assert np.mean(track_pitch(noise.astype(np.float32), RATE) > 0) < 0.02


def test_given_voicing_overrides() -> None:
    sound = np.concatenate([sing(np.full(RATE // 2, 120.0)), hiss(0.1), sing(170 + 0 * T)])
    rows = count_rows(sound.size, RATE)
    voiced = np.ones(rows, dtype=bool)
    voiced[:20] = voiced[-40:] = False
    found = analyse(sound, RATE, voiced=voiced).f0_hz
    np.testing.assert_array_equal(found > 0, voiced)
    across = found[105:115]  # in the hiss: between the voices on both sides of it
    assert np.all((across > 115) & (across < 175))
    assert not analyse(hiss(0.2), RATE, voiced=np.zeros(count_rows(4410, RATE), bool)).f0_hz.any()


def test_the_path_is_the_cheapest() -> None:
    rng = np.random.default_rng(0)
    for steps in (1, 2, 3, 6):
        costs = rng.random((steps, 3)).astype(np.float32)
        moves = rng.random((steps - 1, 3, 3)).astype(np.float32)

        def price(path, costs=costs, moves=moves) -> float:
            along = sum(moves[i, a, b] for i, (a, b) in enumerate(itertools.pairwise(path)))
            return float(sum(costs[i, s] for i, s in enumerate(path)) + along)

        best = min(itertools.product(range(3), repeat=steps), key=price)
        assert tuple(cheapest_path(costs, moves)) == best


@pytest.mark.parametrize("f0_hz", [80.0, 150.0, 200.0])
def test_the_envelope_has_the_formants_and_no_harmonics(f0_hz: float) -> None:
    sound = sing(np.full(RATE, f0_hz))
    features = analyse(sound, RATE)
    envelope = features.log_envelope[20:-20].mean(axis=0)
    hz = features.frequencies_hz()
    inner = (envelope[1:-1] > envelope[:-2]) & (envelope[1:-1] > envelope[2:])
    peaks = hz[1:-1][inner]
    for centre, _ in AH[:3]:
        assert np.abs(peaks - centre).min() < max(0.5 * f0_hz, 60)
    assert np.sum(peaks < 4000) <= 6  # harmonics would be 15 or more


def test_the_envelope_of_noise_is_its_power() -> None:
    features = analyse(hiss(2, 0.05), RATE)
    power = np.exp(features.log_envelope).mean()
    assert db(power**0.5 / 0.05) == pytest.approx(0, abs=0.2)
    assert not features.f0_hz.any()
    assert features.aperiodicity.min() == 1


@pytest.mark.parametrize("share", [0.01, 0.03, 0.3, 0.8])
def test_aperiodicity_is_the_share_of_noise(share: float) -> None:
    f0_hz = 120 * 2 ** (0.3 * np.sin(2 * np.pi * 4 * T) / 12)
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    pulses = sum(np.cos(k * phase + k * k) for k in range(1, 85))
    clean = pulses * ((1 - share) / 84 * 2) ** 0.5
    # White noise has 1 / (RATE / 2) of its power in a hertz, the pulses 1 / 120 / 84 of theirs.
    noise = hiss(1, (share * RATE / 2 / (84 * 120)) ** 0.5)
    sound = (0.1 * (clean + noise)).astype(np.float32)
    rows = count_rows(sound.size, RATE)
    measured = measure_aperiodicity(double(sound), RATE, _at_rows(f0_hz, rows), 513)
    middle = measured[20:-20, 20:400]
    assert db(middle.mean() ** 0.5 / share**0.5) == pytest.approx(0, abs=1.0)


def test_level_is_the_windows_power() -> None:
    sound = sing(np.full(RATE, 200.0))
    log_env = trace_envelope(sound, RATE, np.full(count_rows(RATE, RATE), 200.0))
    harmonics = np.round(200 * np.arange(1, 55) / (RATE / 1024)).astype(int)
    # A pulse train has the envelope at its harmonics only.
    power = np.exp(log_env[30:-30][:, harmonics]).sum(axis=1) * 200 / (RATE / 2)
    assert db(float(np.mean(power)) ** 0.5 / 0.1) == pytest.approx(0, abs=0.5)


GOOD = {
    "f0_hz": np.zeros(21),
    "log_envelope": np.zeros((21, 513), np.float32),
    "aperiodicity": np.ones((21, 513), np.float32),
    "rate": RATE,
    "frames": 2205,
}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, None),
        ({"f0_hz": np.zeros(20)}, "21 rows"),
        ({"aperiodicity": np.ones((21, 512), np.float32)}, "one shape"),
        ({"aperiodicity": np.full((21, 513), 1.1, np.float32)}, "from 0 to 1"),
        ({"aperiodicity": np.full((21, 513), np.nan, np.float32)}, "from 0 to 1"),
        ({"log_envelope": np.full((21, 513), np.nan, np.float32)}, "no number"),
        ({"f0_hz": np.full(21, -1.0)}, "pitch lies between"),
        ({"f0_hz": np.full(21, 6000.0)}, "pitch lies between"),
        ({"rate": 4000}, "8000 to"),
        ({"roughness": 1.5}, "0 to 1"),
    ],
)
def test_features_check_themselves(changed: dict, message: str | None) -> None:
    if message is None:
        features = Features(**GOOD)
        assert (features.rows, features.bins, features.fft_frames) == (21, 513, 1024)
        assert features.hop_s == 0.005
        assert dataclasses.replace(features, roughness=0.5).roughness == 0.5
    else:
        with pytest.raises(InvalidInput, match=message):
            Features(**{**GOOD, **changed})


@pytest.mark.parametrize(
    ("sound", "rate", "voiced", "error", "message"),
    [
        (np.zeros((1, 100), np.float32), RATE, None, InvalidAudio, "mono"),
        (np.zeros(100), RATE, None, InvalidAudio, "float32"),
        (np.zeros(100, np.float32), 4000, None, InvalidAudio, "8000 Hz"),
        (np.full(100, np.nan, np.float32), RATE, None, InvalidAudio, "no numbers"),
        (np.zeros(2205, np.float32), RATE, np.ones(20, bool), InvalidInput, "21 booleans"),
        (np.zeros(2205, np.float32), RATE, np.ones(21), InvalidInput, "21 booleans"),
    ],
)
def test_what_cannot_be_analysed(sound, rate, voiced, error, message) -> None:
    with pytest.raises(error, match=message):
        analyse(sound, rate, voiced=voiced)
