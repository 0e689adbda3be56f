from typing import Any

import numpy as np

from menura.audio import Audio
from menura.studio.master import Ear

RATE = 44_100


def clicks_in_c(bpm: float = 120.0, length_s: float = 12.0) -> Audio:
    """A C major chord struck on every beat, in the middle of two channels."""
    time_s = np.arange(round(length_s * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (261.63, 329.63, 392.0, 523.25))
    sound = 0.1 * chord * np.exp(-8 * (time_s % (60 / bpm)))
    return Audio(np.tile(sound, (2, 1)).astype(np.float32), RATE)


def heard(frames: int, gain_db: float) -> dict[str, Any]:
    sound, ear = clicks_in_c(), Ear(RATE)
    for start in range(0, sound.frames, frames):
        ear.process(sound.slice(start, start + frames))
    return ear.heard(gain_db)


def test_tempo_and_key_are_heard_however_the_sound_is_cut() -> None:
    whole = heard(10**9, -3.0)
    assert abs(whole["heard_bpm"] - 120) < 1 or abs(whole["heard_bpm"] - 60) < 1
    assert str(whole["heard_key"]).startswith("C")
    assert heard(30_011, -3.0) == whole


def test_silence_has_neither() -> None:
    ear = Ear(RATE)
    ear.process(Audio.silence(5, RATE, 2))
    assert ear.heard(0.0) == {"heard_bpm": None, "heard_key": None}
