"""Weights in few bits: the error, the extremes, the packing."""

from __future__ import annotations

import numpy as np
import pytest

from menura.runtime.quantizing import dequantize, quantize


@pytest.mark.parametrize(
    ("bits", "block", "error"), [(8, 32, 0.008), (4, 32, 0.12), (8, 128, 0.01), (4, 128, 0.15)]
)
@pytest.mark.parametrize("inputs", [32, 96, 40, 256])
def test_error(bits: int, block: int, error: float, inputs: int) -> None:
    rows = np.random.default_rng(0).standard_normal((300, inputs)).astype(np.float32)
    codes, scales = quantize(rows, bits, block)
    blocks = -(-inputs // block)
    assert codes.shape == (300, blocks, block * bits // 8)
    assert scales.shape == (300, blocks)
    back = dequantize(codes, scales, inputs, bits)
    assert back.shape == rows.shape
    relative = np.sqrt(np.mean((back - rows) ** 2) / np.mean(rows**2))
    assert relative < error
    # No value is off by more than one step; half a step but for the far end of the scale.
    assert np.abs(back - rows).max() <= np.abs(scales).max() * 1.001


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_largest_value_is_exact_and_zeros_stay_zero(bits: int, sign: float) -> None:
    rows = np.zeros((2, 64), np.float32)
    rows[0, 5], rows[0, 40] = sign * 7.0, sign * 1e-20
    back = dequantize(*quantize(rows, bits), 64, bits)
    assert back[0, 5] == pytest.approx(sign * 7.0)
    assert back[0, 40] == pytest.approx(sign * 1e-20)
    assert not back[1].any()


def test_halves_of_a_byte() -> None:
    rows = np.full((1, 32), -8.0, np.float32)
    rows[0, 1] = 7.0
    codes, scales = quantize(rows, 4)
    # -8 is code 0 and 7 is code 15; the second of a pair is the upper half.
    assert codes[0, 0, 0] == 0xF0
    assert codes[0, 0, 1] == 0x00
    assert scales[0, 0] == pytest.approx(1.0)
