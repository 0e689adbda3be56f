import numpy as np
import pytest

from menura.audio import Audio
from menura.metrics import estimate_tempo, onsets

RATE = 44_100


def clicks(bpm: float, seconds: float, *, accents: int = 4, noise_db: float = -50.0) -> Audio:
    """Short decaying tones and noises on the beat, the first of a bar louder."""
    rng = np.random.default_rng(round(bpm))
    sound = 10 ** (noise_db / 20) * rng.standard_normal(round(seconds * RATE))
    t = np.arange(round(0.08 * RATE)) / RATE
    for i, at in enumerate(np.arange(0.1, seconds - 0.1, 60 / bpm)):
        hit = np.exp(-t * 60) * (np.sin(2 * np.pi * 180 * t) + 0.3 * rng.standard_normal(t.size))
        start = round(at * RATE)
        sound[start : start + t.size] += (0.8 if i % accents == 0 else 0.5) * hit
    return Audio(sound[np.newaxis].astype(np.float32), RATE)


@pytest.mark.parametrize("bpm", [62.0, 85.0, 93.5, 120.0, 128.0, 174.0])
@pytest.mark.parametrize("accents", [3, 4])
def test_the_tempo_of_clicks_is_found_within_an_octave(bpm: float, accents: int) -> None:
    found = estimate_tempo(clicks(bpm, 20, accents=accents))
    assert found is not None
    octave = min((0.5, 1.0, 2.0), key=lambda k: abs(np.log2(found.bpm / (k * bpm))))
    assert found.bpm == pytest.approx(octave * bpm, rel=0.01)
    assert found.strength > 0.3


def test_offbeats_do_not_move_the_tempo() -> None:
    beat, between = clicks(100, 20), clicks(100, 20)
    shifted = np.roll(between.samples, round(0.3 * RATE), axis=1)
    found = estimate_tempo(Audio(beat.samples + 0.4 * shifted, RATE))
    assert found is not None
    assert found.bpm in (pytest.approx(100, rel=0.01), pytest.approx(200, rel=0.01))


@pytest.mark.parametrize("seconds", [1.0, 10.0])
def test_silence_and_what_is_too_short_have_no_tempo(seconds: float) -> None:
    assert estimate_tempo(Audio.silence(seconds, RATE)) is None
    assert estimate_tempo(clicks(240, 2.0)) is None


def test_noise_has_a_weaker_tempo_than_clicks() -> None:
    noise = np.random.default_rng(0).standard_normal((1, 20 * RATE)).astype(np.float32)
    found, beat = estimate_tempo(Audio(0.1 * noise, RATE)), estimate_tempo(clicks(110, 20))
    assert beat is not None
    assert found is None or found.strength < 0.5 * beat.strength


def test_onsets_are_found_where_they_are() -> None:
    found = onsets(clicks(97, 12))
    true = np.arange(0.1, 11.9, 60 / 97)
    assert found.size == true.size
    assert np.abs(found - true).max() < 0.025
    assert not onsets(Audio.silence(2, RATE)).size
