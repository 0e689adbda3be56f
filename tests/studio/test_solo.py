"""Whether one voice alone is heard."""

import numpy as np
import pytest

from menura.audio import Audio
from menura.metrics import SungNote
from menura.studio.solo import solo_share

RATE = 22_050
NOTES = (
    SungNote(start_s=0.0, end_s=1.0, pitch=60.0),
    SungNote(start_s=1.0, end_s=2.0, pitch=64.0),
)


def tone(pitch: float, partials: int = 6) -> np.ndarray:
    t = np.arange(RATE) / RATE
    hz = 440 * 2 ** ((pitch - 69) / 12)
    return sum(np.sin(2 * np.pi * k * hz * t) / k for k in range(1, partials + 1))


def line(*pitches: float) -> np.ndarray:
    return np.concatenate([tone(pitch) for pitch in pitches])


def share(samples: np.ndarray) -> float:
    return solo_share(Audio(samples[np.newaxis].astype(np.float32), RATE), NOTES)


def test_one_voice_has_all_partials_and_breath_takes_little() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 2 * RATE)
    assert share(0.2 * line(60, 64)) > 0.99
    assert share(0.2 * line(60, 64) + 0.1 * noise) > 0.9


@pytest.mark.parametrize(("others", "most"), [((53, 56), 0.75), ((49.5, 51.5, 55.3), 0.65)])
def test_others_beside_it_take_their_share(others: tuple[float, ...], most: float) -> None:
    band = sum(line(pitch, pitch) for pitch in others)
    assert share(0.2 * line(60, 64) + 0.15 * band) < most


def test_a_tune_that_is_not_there_has_nothing() -> None:
    assert solo_share(Audio(np.zeros((1, RATE), np.float32), RATE), ()) == 0.0
    assert share(0.2 * line(61.5, 65.5)) < 0.4
