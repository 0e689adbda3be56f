import numpy as np
import pytest

from menura.safeguards.watermark.masking import DEPTHS, FixedProduct, Mask, smooth

RATE, SIZE, MOST = 48_000, 1_152, 64


def depth_db(energies: np.ndarray) -> np.ndarray:
    """Of music, at the mask's bins, in frames that are all alike."""
    mask = Mask(RATE, SIZE, DEPTHS["music"], MOST)
    rows = np.tile(energies[mask.first_bin : mask.stop_bin].astype(np.float32), (6, 1))
    return mask.depth_db(rows[:-1], smooth(rows))[-1]


def test_rows_come_out_the_same_in_any_company() -> None:
    rng = np.random.default_rng(1)
    product = FixedProduct(rng.random((190, 72)), MOST)
    rows = rng.random((MOST, 190)).astype(np.float32)
    whole = product(rows).copy()
    for count in (1, 2, 7, 33):
        for start in (0, MOST - count):
            np.testing.assert_array_equal(
                product(rows[start : start + count]), whole[start : start + count]
            )
    assert whole[0] == pytest.approx(rows[0] @ product._matrix, rel=1e-5)


def test_noise_masks_more_than_a_tone() -> None:
    flat = np.random.default_rng(2).exponential(1.0, SIZE // 2 + 1)
    tone = np.full(SIZE // 2 + 1, 1e-6)
    tone[48] = 1.0
    at = 48 - int(150 / (RATE / SIZE))
    assert np.median(depth_db(flat)) > depth_db(tone)[at] + 1.0


def test_what_a_loud_neighbour_masks_may_be_turned_deeper() -> None:
    steady = np.full(SIZE // 2 + 1, 1.0)
    beside = steady.copy()
    beside[40:44] = 1e4
    first = int(150 / (RATE / SIZE))
    alone, masked = depth_db(steady), depth_db(beside)
    assert masked[48 - first] > alone[48 - first] + 0.5  # above it, within a bark and a half
    assert masked[150 - first] == pytest.approx(alone[150 - first], abs=0.01)  # far above
