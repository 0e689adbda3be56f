import numpy as np
import pytest

from menura.dsp.filters import DcBlocker

RATE = 22_050


def _tone(hz: float, seconds: float = 2.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)[None].astype(np.float32)


def test_it_equals_the_recursion() -> None:
    from scipy.signal import lfilter

    x = np.random.default_rng(0).standard_normal((2, 5000)).astype(np.float32) + 0.3
    pole = np.exp(-2 * np.pi * 5 / RATE)
    expected = x - lfilter([1 - pole], [1, -pole], x.astype(np.float64), axis=1)
    np.testing.assert_allclose(DcBlocker(RATE, 2).process(x), expected, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 31, 32, 33, 8_192, 20_011])
def test_any_length_equals_the_recursion(frames: int) -> None:
    from scipy.signal import lfilter

    x = np.random.default_rng(frames).standard_normal((1, 2 * frames)).astype(np.float32) + 0.2
    pole = np.exp(-2 * np.pi * 5 / RATE)
    expected = x - lfilter([1 - pole], [1, -pole], x.astype(np.float64), axis=1)
    blocker = DcBlocker(RATE, 1)
    halves = [blocker.process(x[:, :frames]), blocker.process(x[:, frames:])]
    np.testing.assert_allclose(np.concatenate(halves, axis=1), expected, atol=2e-6)


@pytest.mark.parametrize(("hz", "gain_db"), [(5, -3.01), (20, -0.26), (100, -0.01), (1000, 0)])
def test_gain_over_frequency(hz: float, gain_db: float) -> None:
    y = DcBlocker(RATE, 1).process(_tone(hz))[0, RATE // 2 :]
    assert 20 * np.log10(y.std() * 2**0.5) == pytest.approx(gain_db, abs=0.05)


def test_dc_goes_and_silence_becomes_silent_again() -> None:
    blocker = DcBlocker(RATE, 1)
    y = blocker.process(_tone(200) + 0.1)
    assert abs(float(y[0, RATE:].mean())) < 1e-4
    silence = np.zeros((1, RATE), np.float32)
    assert not blocker.process(silence)[0, -100:].any()
    assert not DcBlocker(RATE, 1).process(silence).any()


def test_blocks_do_not_matter() -> None:
    x = _tone(50) + 0.2
    whole = DcBlocker(RATE, 1).process(x)
    blocker = DcBlocker(RATE, 1)
    parts = [blocker.process(piece) for piece in np.split(x, [7, 1024, 9000], axis=1)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)
