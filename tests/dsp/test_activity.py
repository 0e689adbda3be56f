"""Where something is heard: noise between silences, whose places are known."""

from __future__ import annotations

import numpy as np
import pytest

from menura.dsp.activity import MARGIN_S, stretches

RATE = 16_000


def noise(*parts: tuple[float, float]) -> np.ndarray:
    """Returns stretches of noise: (seconds, RMS)."""
    rng = np.random.default_rng(3)
    pieces = [rms * rng.standard_normal(round(s * RATE)) for s, rms in parts]
    return np.concatenate(pieces).astype(np.float32)


def spans_s(samples: np.ndarray, longest_s: float = 28.0) -> list[tuple[float, float]]:
    return [(a / RATE, b / RATE) for a, b in stretches(samples, RATE, longest_s)]


@pytest.mark.parametrize("level", [0.1, 0.01])
@pytest.mark.parametrize("floor", [0.0, 2e-4])
def test_what_is_heard_is_found_with_a_margin(level: float, floor: float) -> None:
    found = spans_s(noise((2, floor), (1, level), (1.5, floor), (2, level), (1, floor)))
    expected = [(2 - MARGIN_S, 3 + MARGIN_S), (4.5 - MARGIN_S, 6.5 + MARGIN_S)]
    assert np.asarray(found) == pytest.approx(np.asarray(expected), abs=0.06)


def test_short_pauses_part_nothing() -> None:
    assert len(spans_s(noise((1, 0), (1, 0.1), (0.5, 0), (1, 0.1), (1, 0)))) == 1


@pytest.mark.parametrize(
    "samples",
    [
        noise((3, 0.0)),
        noise((3, 5e-4)),
        np.zeros(0, np.float32),
        noise((1, 0), (0.01, 0.3), (1, 0)),
    ],
    ids=["silence", "below -60 dBFS", "nothing", "a click"],
)
def test_nothing_is_heard_in_silence(samples: np.ndarray) -> None:
    assert spans_s(samples) == []


def test_sound_without_pauses_is_heard_whole() -> None:
    assert spans_s(noise((5, 0.1))) == [(0.0, 5.0)]


def test_what_is_long_is_parted_where_it_is_quietest() -> None:
    found = spans_s(noise((7, 0.1), (0.2, 0.02), (7, 0.1)), longest_s=10.0)
    assert len(found) == 2
    assert found[0][1] == found[1][0]
    assert 7.0 <= found[0][1] <= 7.25
    assert (found[0][0], found[-1][1]) == (0.0, 14.2)
