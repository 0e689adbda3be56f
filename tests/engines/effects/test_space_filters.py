import numpy as np
import pytest

from menura.engines.effects.space.fir import Matrix


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((2, 2, 300)).astype(np.float32)


@pytest.mark.parametrize("frames", [100, 1_000, 2_000, 30_001])
def test_every_input_goes_to_every_output(rows: np.ndarray, frames: int) -> None:
    sound = np.random.default_rng(2).standard_normal((2, frames)).astype(np.float32)
    heard = Matrix(rows).process(sound)
    for output in range(2):
        wanted = sum(np.convolve(sound[i], rows[i, output])[:frames] for i in range(2))
        np.testing.assert_allclose(heard[output], wanted, atol=1e-3)


def test_long_and_short_blocks_give_the_same(rows: np.ndarray) -> None:
    sound = np.random.default_rng(3).standard_normal((2, 30_000)).astype(np.float32)
    matrix = Matrix(rows)
    parts = np.split(sound, [500, 9_000, 9_100, 25_000], axis=1)
    pieces = [matrix.process(part) for part in parts]
    whole = Matrix(rows).process(sound)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-4)


def test_it_is_silent_once_it_has_rung_out(rows: np.ndarray) -> None:
    matrix = Matrix(rows)
    assert matrix.process(np.ones((2, 10_000), np.float32)).any()
    matrix.process(np.zeros((2, 300), np.float32))
    assert not matrix.process(np.zeros((2, 10_000), np.float32)).any()
