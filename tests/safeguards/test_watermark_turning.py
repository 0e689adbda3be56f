import numpy as np
import pytest
import sounds

from menura.audio import Audio
from menura.safeguards.watermark import Embedder

RATE = 44_100
PAYLOAD = b"\x01\x02\x03\xfd\xfe\xff"


def stems() -> np.ndarray:
    """Three stems of two channels: one wide, one the same in both, one that pauses."""
    rng = np.random.default_rng(7)
    wide = 0.1 * rng.standard_normal((2, 5 * RATE))
    middle = np.tile(sounds.music(5, seed=2).samples.mean(axis=0)[: 5 * RATE], (2, 1))
    pausing = 0.1 * rng.standard_normal((2, 5 * RATE))
    pausing[:, RATE : 4 * RATE] = 0
    return np.concatenate([wide, middle, pausing]).astype(np.float32)


def marked(buses: np.ndarray, *, complete: bool, frames: int = 32_768) -> np.ndarray:
    embedder = Embedder(RATE, len(buses), PAYLOAD, profile="music", control=2, complete=complete)
    blocks = [
        embedder.process(Audio(buses[:, i : i + frames], RATE)).samples
        for i in range(0, buses.shape[1], frames)
    ]
    return np.concatenate([*blocks, embedder.finish().samples], axis=1)


@pytest.fixture(scope="module")
def buses() -> np.ndarray:
    each = stems()
    return np.concatenate([each[:2] + each[2:4] + each[4:], each])


@pytest.mark.parametrize("complete", [False, True])
def test_marked_stems_add_up_to_the_marked_mix(buses: np.ndarray, complete: bool) -> None:
    out = marked(buses, complete=complete)
    change = out - buses
    assert np.abs(change).max(axis=1).min() > 1e-3  # each is marked
    assert np.abs(out[:2] - out[2:4] - out[4:6] - out[6:]).max() < 1e-6


@pytest.mark.parametrize("complete", [False, True])
def test_a_stem_is_marked_as_it_would_be_alone(buses: np.ndarray, complete: bool) -> None:
    # Channels that are alike, silent, or left over from the rest take short cuts.
    out = marked(buses, complete=complete)
    for channel in range(2, 8):
        one = np.concatenate([buses[:2], buses[channel : channel + 1]])
        np.testing.assert_allclose(out[channel], marked(one, complete=False)[2], atol=1e-6)


@pytest.mark.parametrize("complete", [False, True])
def test_a_stem_that_pauses_is_silent_there(buses: np.ndarray, complete: bool) -> None:
    pause = slice(RATE + RATE // 10, 4 * RATE - RATE // 10)
    out = marked(buses, complete=complete)
    assert out[:2, pause].any()
    assert not out[6:, pause].any()


def test_stems_do_not_depend_on_the_blocks(buses: np.ndarray) -> None:
    short = buses[:, : 2 * RATE]
    whole = marked(short, complete=True)
    np.testing.assert_array_equal(marked(short, complete=True, frames=1_001), whole)


def test_channels_that_are_alike_stay_alike(buses: np.ndarray) -> None:
    out = marked(buses, complete=True)
    np.testing.assert_array_equal(out[4], out[5])
