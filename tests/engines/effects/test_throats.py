"""Calls of babies, hawks, mice and others: pitch and course, as the literature has them."""

import numpy as np
import pytest

from menura.engines.effects import sources
from menura.engines.effects.sources import RATE, Wish
from menura.metrics.texture import band_share, burst_times, peak_frequency


def made(name: str, variant: str, seed: int = 1) -> np.ndarray:
    return sources.event(name, Wish(variant=variant), np.random.default_rng(seed))


def pitch_hz(sound: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Returns the pitch of a short stretch, shape (1, frames), from its autocorrelation."""
    size = 1 << (2 * sound.shape[1]).bit_length()
    power = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]), size)) ** 2
    alike = np.fft.irfft(power)
    first, last = round(RATE / high_hz), round(RATE / low_hz)
    return RATE / (first + int(np.argmax(alike[first : last + 1])))


@pytest.mark.parametrize("seed", range(4))
def test_a_baby_cries_in_arcs_of_400_to_600_hz(seed: int) -> None:
    sound = made("baby", "cry", seed)
    parts = [sound[:, at : at + 2400] for at in (round(0.12 * RATE), round(0.45 * RATE))]
    early, middle = (pitch_hz(part, 250.0, 800.0) for part in parts)
    assert 380 < middle < 650
    assert middle > early


@pytest.mark.parametrize("seed", range(4))
def test_a_hawk_screams_downward(seed: int) -> None:
    sound = made("hawk", "scream", seed)
    first, last = (
        peak_frequency(piece, RATE, low_hz=1000.0, high_hz=5000.0)
        for piece in (sound[:, 7200:14400], sound[:, round(0.7 * sound.shape[1]) :][:, :7200])
    )
    assert 2400 < first < 3800
    assert 1700 < last < 0.93 * first


@pytest.mark.parametrize(("variant", "low_hz"), [("mouse", 4000.0), ("rat", 2000.0)])
def test_a_rodent_squeaks_high_and_several_times(variant: str, low_hz: float) -> None:
    sound = made("rodent", variant)
    assert band_share(sound, RATE, low_hz, 12_000.0) > 0.75
    assert len(burst_times(sound, RATE)) >= 2


def test_a_donkey_breathes_in_high_and_out_low() -> None:
    sound = made("donkey", "bray")
    drawn, let_out = sound[:, 7200:16800], sound[:, round(0.72 * RATE) :][:, :9600]
    assert pitch_hz(drawn, 200.0, 900.0) > 1.3 * pitch_hz(let_out, 200.0, 900.0)


def test_a_grunt_is_short_and_voiced_and_a_whisper_is_not() -> None:
    grunt, whisper = made("grunt", "man"), made("whisper", "whisper")
    assert grunt.shape[1] < 0.9 * RATE
    assert 80 < pitch_hz(grunt[:, 2400:9600], 60.0, 400.0) < 260
    assert band_share(whisper, RATE, 60.0, 250.0) < 0.05 < band_share(grunt, RATE, 60.0, 250.0)


def test_a_flush_rushes_before_it_gurgles_and_ends_in_the_refill() -> None:
    sound = made("flush", "toilet")
    rush, gurgle, refill = (sound[:, round(s * RATE) :][:, :RATE] for s in (0.5, 2.8, 5.5))
    assert band_share(gurgle, RATE, 60.0, 500.0) > band_share(rush, RATE, 60.0, 500.0)
    assert band_share(refill, RATE, 2000.0, 12_000.0) > 0.5
    assert np.mean(refill**2) < 0.05 * np.mean(rush**2)
