"""What `Audio` refuses, wherever it comes from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from menura.audio import Audio
from menura.errors import InvalidAudio

HUGE = 10**5000
NO_NUMBERS = (None, "x", b"x", [], (1,), {}, object(), 1j, math.nan, True, np.zeros(3))
SOUND = Audio(np.full((2, 8), 0.5, np.float32), 8000)


def kind(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize(
    "samples",
    [None, 1.0, "x", [[0.0]], np.zeros(8, np.float32), np.zeros((1, 8)), np.zeros((0, 8), "f4")],
)
def test_samples_have_two_dimensions_of_floats(samples: Any) -> None:
    with pytest.raises(InvalidAudio):
        Audio(samples, 8000)


@pytest.mark.parametrize("rate", [*NO_NUMBERS, 0, -8000, 999, 1e9, math.inf, HUGE], ids=kind)
def test_a_rate_is_a_number_in_range(rate: Any) -> None:
    with pytest.raises(InvalidAudio):
        Audio(SOUND.samples, rate)
    with pytest.raises(InvalidAudio):
        Audio.silence(1.0, rate)


@pytest.mark.parametrize("duration_s", [*NO_NUMBERS, -1, 1e9, math.inf, HUGE], ids=kind)
def test_silence_has_a_length(duration_s: Any) -> None:
    with pytest.raises(InvalidAudio):
        Audio.silence(duration_s, 8000)


@pytest.mark.parametrize("channels", [*NO_NUMBERS, 0, -1, 1.5, 10**6], ids=kind)
def test_silence_has_channels(channels: Any) -> None:
    with pytest.raises(InvalidAudio):
        Audio.silence(1.0, 8000, channels)


@pytest.mark.parametrize("frame", ["x", b"x", [], 1.5, math.nan, object(), np.zeros(3)], ids=kind)
def test_frames_are_whole_numbers(frame: Any) -> None:
    with pytest.raises(InvalidAudio):
        SOUND.slice(frame)
    with pytest.raises(InvalidAudio):
        SOUND.slice(0, frame)


@pytest.mark.parametrize("gain_db", [*NO_NUMBERS, 1e9, math.inf, HUGE], ids=kind)
def test_a_gain_is_a_number(gain_db: Any) -> None:
    with pytest.raises(InvalidAudio):
        SOUND.scaled(gain_db)


def test_what_numpy_counts_with_is_taken() -> None:
    assert SOUND.slice(np.int64(2), np.int64(5)).frames == 3
    assert SOUND.scaled(np.float32(-6.0206)).samples[0, 0] == pytest.approx(0.25, rel=1e-4)
    assert not SOUND.scaled(-math.inf).samples.any()
    assert Audio.silence(np.float64(0.5), np.int64(8000)).frames == 4000
