import numpy as np
import pytest

from menura.dsp.convolution import Convolver, Equaliser, minimum_phase

RATE = 44_100


@pytest.mark.parametrize("taps", [1, 100, 512, 513, 2000])
def test_streaming_convolution_is_the_convolution(taps: int) -> None:
    rng = np.random.default_rng(taps)
    responses = rng.standard_normal((2, 3, taps)).astype(np.float32)
    sound = rng.standard_normal((2, 5000)).astype(np.float32)
    convolver = Convolver(responses, 512)
    blocks = [convolver.process(sound[:, i : i + 512]) for i in range(0, 5000, 512)]
    heard = np.concatenate(blocks, axis=1)
    for out in range(3):
        wanted = sum(np.convolve(sound[i], responses[i, out])[:5000] for i in range(2))
        assert np.abs(heard[out] - wanted).max() < 1e-3 * np.abs(wanted).max()


def test_blocks_may_come_several_at_once() -> None:
    rng = np.random.default_rng(3)
    responses = rng.standard_normal((2, 2, 1_500)).astype(np.float32)
    sound = rng.standard_normal((2, 5_000)).astype(np.float32)
    sound[:, 1_024:3_072] = 0
    one, several = Convolver(responses, 512), Convolver(responses, 512)
    wanted = np.concatenate(
        [one.process(sound[:, i : i + 512]) for i in range(0, 5_000, 512)], axis=1
    )
    cuts = [512, 1_536, 2_560, 4_608]
    heard = np.concatenate([several.process(part) for part in np.split(sound, cuts, axis=1)], 1)
    np.testing.assert_allclose(heard, wanted, atol=1e-5 * np.abs(wanted).max())


def test_silence_in_gives_the_tail_and_then_silence() -> None:
    convolver = Convolver(np.ones((1, 1, 1000), np.float32), 512)
    hit = np.zeros((1, 512), np.float32)
    hit[0, 0] = 1
    silence = np.zeros((1, 512), np.float32)
    heard = [convolver.process(hit)] + [convolver.process(silence) for _ in range(6)]
    joined = np.concatenate(heard, axis=1)[0]
    assert np.allclose(joined[:1000], 1, atol=1e-5)
    assert np.abs(joined[1000:]).max() < 1e-5
    assert not heard[-1].any()
    again = convolver.process(hit)
    assert np.allclose(again, 1, atol=1e-5)


def test_an_equaliser_filters_each_channel_with_its_own_response() -> None:
    rng = np.random.default_rng(1)
    responses = rng.standard_normal((3, 200)).astype(np.float32)
    sound = rng.standard_normal((3, 3000)).astype(np.float32)
    sound[1] = 0
    equaliser = Equaliser(responses, 1024)
    heard = np.concatenate(
        [equaliser.process(sound[:, i : i + 1024]) for i in range(0, 3000, 1024)], axis=1
    )
    for i in range(3):
        assert np.allclose(heard[i], np.convolve(sound[i], responses[i])[:3000], atol=1e-3)


@pytest.mark.parametrize("block", [16_384, 5_000, 1_024])
def test_an_equaliser_is_a_convolution_in_blocks_of_any_length(block: int) -> None:
    rng = np.random.default_rng(5)
    response = rng.standard_normal((1, 1_000)).astype(np.float32)
    sound = rng.standard_normal((1, 40_000)).astype(np.float32)
    equaliser = Equaliser(response, block)
    heard = [equaliser.process(sound[:, i : i + block]) for i in range(0, 40_000, block)]
    expected = np.convolve(sound[0], response[0])[:40_000]
    np.testing.assert_allclose(np.concatenate(heard, axis=1)[0], expected, atol=1e-3)


def test_a_minimum_phase_response_meets_its_curve_and_starts_at_once() -> None:
    hz = np.array([20.0, 100.0, 1000.0, 5000.0, 20_000.0])
    gain_db = np.array([-12.0, 0.0, 0.0, 6.0, 0.0])
    response = minimum_phase(hz, gain_db, RATE, 1024)
    spectrum = np.fft.rfft(response, 8192)
    bins = np.fft.rfftfreq(8192, 1 / RATE)
    for at, wanted in ((100, 0.0), (500, 0.0), (1000, 0.0), (5000, 6.0), (15_000, 1.2)):
        got = 20 * np.log10(abs(spectrum[np.argmin(abs(bins - at))]))
        assert got == pytest.approx(wanted, abs=0.7)
    energy = np.cumsum(response**2)
    assert energy[20] > 0.9 * energy[-1]
