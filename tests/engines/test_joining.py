"""A recording and what follows it: one sound, without a step and without a dip."""

from collections.abc import Iterator

import numpy as np
import pytest

from menura.audio import Audio
from menura.engines.joining import JOIN_S, MAX_GIVEN_S, SILENT_LUFS, fit_given, joined
from menura.errors import InvalidInput

RATE = 32_000
NAME = "0" * 64


def tone(frames: int, phase: float = 0.0, start: int = 0) -> np.ndarray:
    t = (start + np.arange(frames)) / RATE
    return (0.4 * np.sin(2 * np.pi * 110 * t + phase))[np.newaxis].astype(np.float32)


def continued(given: np.ndarray, made: np.ndarray, block: int) -> np.ndarray:
    fitted = fit_given(Audio(given, RATE), NAME, RATE, 1)

    def blocks() -> Iterator[Audio]:
        for start in range(0, made.shape[1], block):
            yield Audio(made[:, start : start + block], RATE)

    return np.concatenate([each.samples for each in joined(fitted, blocks())], axis=1)[0]


@pytest.mark.parametrize("block", [100, 32_000])
@pytest.mark.parametrize("phase", [0.0, 0.6])
def test_what_follows_is_joined_without_a_click(phase: float, block: int) -> None:
    lead = round(JOIN_S * RATE)
    given, frames = tone(40_000), 40_000 - lead
    made = tone(lead + 32_000, phase, start=frames)  # as a codec has it: not quite in phase
    whole = continued(given, made, block)
    assert whole.size == 72_000
    assert np.array_equal(whole[:frames], given[0, :frames])
    assert np.array_equal(whole[40_000:], made[0, lead:])
    steps = np.abs(np.diff(whole))
    usual = np.abs(np.diff(given[0])).max()
    assert steps.max() < 1.05 * usual
    if phase:  # where a plain cut is heard
        assert abs(given[0, -1] - made[0, lead]) > 3 * usual
    level = [np.std(whole[at : at + 640]) for at in range(frames - 640, 41_000, 160)]
    assert min(level) > 0.85 * max(level)


def test_it_gets_rate_and_channels_of_what_is_made() -> None:
    given = fit_given(Audio(np.zeros((2, 48_000), np.float32), 48_000), NAME, RATE, 1)
    assert (given.audio.rate, given.audio.channels, given.audio.frames) == (RATE, 1, RATE)
    assert given.loudness_lufs == SILENT_LUFS
    assert given.facts["joined_at_s"] == 1.0
    assert len(given.ignored) == 2
    assert not fit_given(Audio(tone(RATE), RATE), NAME, RATE, 1).ignored


@pytest.mark.parametrize("seconds", [0.4, MAX_GIVEN_S + 1])
def test_too_little_and_too_much_is_refused(seconds: float) -> None:
    rate = 8000
    with pytest.raises(InvalidInput, match=r"lasts 0\.5 to 3600 s"):
        fit_given(Audio(np.zeros((1, round(seconds * rate)), np.float32), rate), NAME, RATE, 1)
