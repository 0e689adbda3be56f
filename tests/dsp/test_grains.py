"""`Grains` are laid where they are told to be, over the seams of blocks, at equal power."""

import numpy as np
import pytest

from menura.dsp.grains import Grains, cut_below, fade_out, ring_grains
from menura.metrics.texture import decay_time, peak_frequency

RATE = 48_000
FRAMES = 4096


def test_grains_are_laid_where_they_begin_and_over_a_seam() -> None:
    bank = np.zeros((2, 64), np.float32)
    bank[0] = 1.0
    bank[1, :32] = -0.5
    grains = Grains(bank, FRAMES, 1)
    block = grains.next(
        np.array([10, 20, FRAMES - 8]), np.array([1.0, 2.0, 3.0]), np.array([0, 1, 0])
    )
    expected = np.zeros(FRAMES + 64)
    expected[10:74] += 1.0
    expected[20:52] -= 1.0
    expected[FRAMES - 8 : FRAMES + 56] += 3.0
    np.testing.assert_allclose(block[0], expected[:FRAMES], atol=1e-6)
    none = np.zeros(0, np.int64)
    np.testing.assert_allclose(
        grains.next(none, np.zeros(0), none)[0, :64], expected[FRAMES:], atol=1e-6
    )


def test_two_channels_share_the_power_of_a_grain() -> None:
    bank = np.random.default_rng(1).standard_normal((1, 256)).astype(np.float32)
    angle = np.array([0.0, np.pi / 4, np.pi / 2])
    block = Grains(bank, FRAMES, 2).next(
        np.array([0, 1000, 2000]), np.ones(3), np.zeros(3, np.int64), angle
    )
    pieces = (block**2).reshape(2, 1, -1)[:, 0, :3000].reshape(2, 3, 1000).sum(axis=2)
    whole = float(np.sum(bank**2))
    np.testing.assert_allclose(pieces.sum(axis=0), whole, rtol=1e-4)
    np.testing.assert_allclose(pieces[0] / whole, [1.0, 0.5, 0.0], atol=1e-4)


def test_a_grain_that_is_replaced_sounds_from_then_on() -> None:
    grains = Grains(np.ones((1, 16), np.float32), FRAMES, 1)
    grains.replace(0, np.full(16, 2.0, np.float32))
    zero = np.zeros(1, np.int64)
    assert grains.next(zero, np.ones(1), zero)[0, :16].tolist() == [2.0] * 16


@pytest.mark.parametrize("hz", [300.0, 2500.0])
def test_a_ring_has_its_pitch_and_decay(hz: float) -> None:
    sound = ring_grains(np.array([hz]), np.array([0.2]), 14_400, RATE)
    assert peak_frequency(sound, RATE) == pytest.approx(hz, rel=0.02)
    assert decay_time(sound, RATE) == pytest.approx(0.2, rel=0.1)
    assert sound[0, -1] == pytest.approx(0.0, abs=1e-6)


def test_a_ring_can_rise() -> None:
    sound = ring_grains(np.array([1000.0]), np.array([5.0]), 24_000, RATE, 1.0)[0]
    early = peak_frequency(sound[:4800], RATE)
    late = peak_frequency(sound[14_400:19_200], RATE)
    assert early == pytest.approx(1050, rel=0.02)
    assert late == pytest.approx(1350, rel=0.02)


def test_what_lies_below_is_cut() -> None:
    thump = ring_grains(np.array([2000.0]), np.array([0.0006]), 1024, RATE)
    thin = cut_below(thump, 600.0, RATE)
    assert thin.shape == thump.shape
    before, after = (np.abs(np.fft.rfft(grain[0])) for grain in (thump, thin))
    hz = np.fft.rfftfreq(1024, 1 / RATE)
    # Two poles at 600 Hz: half is left there.
    at = np.array([int(np.argmin(np.abs(hz - f))) for f in (140.6, 609.4, 6000.0)])
    ratio = (hz[at] / 600) ** 2 / (1 + (hz[at] / 600) ** 2)
    np.testing.assert_allclose(after[at] / before[at], ratio, rtol=0.1)
    assert fade_out(80)[-1] == pytest.approx(0.0, abs=1e-7)
