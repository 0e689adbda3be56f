"""What turns keeps its pace, its tones are in tune, and its blows come so many times a turn."""

import itertools

import numpy as np
import pytest

from menura.dsp.rotation import Blows, Harmonics, Shaft, Struck, blow_power

RATE, BLOCK = 48_000, 8192


def turned(hz: float, blocks: int, flutter: float = 0.0) -> list[np.ndarray]:
    shaft = Shaft(flutter, 5.0, RATE, BLOCK, np.random.default_rng(1))
    return [shaft.next(hz) for _ in range(blocks)]


def test_a_shaft_turns_as_often_as_asked_and_goes_on_where_it_was() -> None:
    blocks = turned(25.0, 20)
    assert blocks[-1][-1] - blocks[0][0] == pytest.approx(25 * 20 * BLOCK / RATE)
    assert all(a[-1] == b[0] for a, b in itertools.pairwise(blocks))


def test_flutter_makes_it_uneven_but_it_never_turns_back() -> None:
    steps = np.diff(np.concatenate([b[:-1] for b in turned(25.0, 40, 0.05)]))
    assert steps.min() >= 0
    assert 0.02 < steps.std() / steps.mean() < 0.08


def test_a_tone_is_in_tune_and_has_unit_power() -> None:
    tone = Harmonics(np.array([1.0, 0.3]), np.random.default_rng(2))
    sound = np.concatenate([tone.read(cycles * 16) for cycles in turned(27.5, 12)])
    power = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    assert np.argmax(power) * RATE / sound.size == pytest.approx(440, abs=0.5)
    assert np.mean(sound**2) == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize(("hz", "late"), [(12.0, 0.0), (30.0, 0.01), (210.0, 0.02)])
def test_blows_are_counted_and_their_power_is_foretold(hz: float, late: float) -> None:
    rng = np.random.default_rng(3)
    at, weights = np.array([0.0, 0.4]), np.array([1.0, 0.7])
    t = np.arange(1024) / RATE
    rings = np.sin(2 * np.pi * 900 * t) * np.exp(-t / 0.003)
    response = np.asarray(rings[np.newaxis], np.float32)
    blows = Blows(at, weights, late, 0.0, block_frames=BLOCK, rng=rng)
    struck = Struck(response, BLOCK, rng)
    count, power = 0, []
    for cycles in turned(hz, 60):
        moments, sizes = blows.next(cycles)
        count += moments.size
        power.append(float(np.mean(struck.next(moments, sizes) ** 2)))
    assert count == pytest.approx(2 * hz * 60 * BLOCK / RATE, abs=2)
    foretold = blow_power(at, weights, late, hz / RATE, response)
    assert 10 * np.log10(np.mean(power) / foretold) == pytest.approx(0, abs=1.5)
