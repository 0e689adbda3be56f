"""The melody of tones: each pitch class is heard as itself, at any octave and rate."""

from __future__ import annotations

import numpy as np
import pytest

from menura.audio import Audio
from menura.runtime.chroma import chroma_bands, melody


def _tone(hz: float, seconds: float = 2.0, rate: int = 32_000) -> Audio:
    t = np.arange(round(seconds * rate)) / rate
    return Audio((0.3 * np.sin(2 * np.pi * hz * t))[np.newaxis].astype(np.float32), rate)


@pytest.mark.parametrize("pitch_class", range(12))
@pytest.mark.parametrize("octave", [4, 5])
def test_tones(pitch_class: int, octave: int) -> None:
    hz = 440.0 * 2 ** ((pitch_class - 9) / 12 + octave - 4)
    found = melody(_tone(hz))
    assert found.shape == (1 + 64_000 // 4096, 12)
    assert (found.argmax(axis=1) == pitch_class).all()
    np.testing.assert_array_equal(found.sum(axis=1), 1.0)


def test_another_rate_and_two_channels_tell_the_same() -> None:
    tone = _tone(392.0, rate=44_100)
    both = Audio(np.repeat(tone.samples, 2, axis=0), 44_100)
    np.testing.assert_array_equal(melody(both), melody(tone))
    assert melody(tone).argmax(axis=1).tolist() == [7] * 16


def test_a_tune_is_followed() -> None:
    tune = np.concatenate([_tone(hz, 1.0).samples for hz in (261.63, 329.63, 392.0)], axis=1)
    heard = melody(Audio(tune, 32_000)).argmax(axis=1)
    assert [heard[4], heard[12], heard[20]] == [0, 4, 7]


def test_silence_and_less_than_a_window() -> None:
    assert (melody(Audio.silence(1.0, 32_000)).argmax(axis=1) == 0).all()
    short = melody(_tone(440.0, 0.05))
    assert short.shape == (5, 12)
    assert short[2].argmax() == 9


def test_bands_are_shared_out_over_the_spectrum() -> None:
    bands = chroma_bands()
    assert bands.shape == (12, 8193)
    # 440 Hz is A: bin 225 of 32,000 / 16,384 Hz.
    assert bands[:, 225].argmax() == 9
