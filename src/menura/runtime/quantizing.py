"""Weights in blocks of eight or four bits, as ONNX Runtime's MatMulNBits takes them.

Each block of consecutive inputs of one output shares a scale: the value of largest magnitude
becomes the lowest code, -2^(bits-1), whose neighbour on the other side does not exist
(onnxruntime, docs/ContribOperators.md, com.microsoft.MatMulNBits; symmetric, zero point
2^(bits-1)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Weights = Literal["fp32", "int8", "int4"]

BITS: dict[Weights, int] = {"fp32": 32, "int8": 8, "int4": 4}
BLOCK = 32
"""Inputs that share a scale, unless said otherwise."""
ROWS = 128
"""Quantised at a time: they stay in the cache of a core."""


def quantize(
    rows: NDArray[np.float32], bits: int, block: int = BLOCK
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Returns the codes and the scales of a weight matrix.

    Args:
        rows: shape (outputs, inputs), float32.
        bits: 8 or 4.
        block: inputs that share a scale: 16, 32, 64, 128 or 256.

    Returns:
        Codes, shape (outputs, blocks, block * bits / 8), uint8, of which the lower half of a byte
        comes first; scales, shape (outputs, blocks), float32.
    """
    codes, scales = zip(
        *(_quantized(rows[n : n + ROWS], bits, block) for n in range(0, len(rows), ROWS)),
        strict=True,
    )
    return np.concatenate(codes), np.concatenate(scales)


def _quantized(
    rows: NDArray[np.float32], bits: int, block: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Returns the codes and scales of a few rows."""
    outputs, inputs = rows.shape
    blocks = -(-inputs // block)
    if inputs % block:
        rows = np.pad(rows, ((0, 0), (0, blocks * block - inputs)))
    tiles = rows.reshape(outputs, blocks, block)
    half = np.float32(2 ** (bits - 1))
    high, low = tiles.max(axis=2, keepdims=True), tiles.min(axis=2, keepdims=True)
    scale = np.where(high > -low, high, low) / -half
    inverse = np.divide(np.float32(1.0), scale, out=np.zeros_like(scale), where=scale != 0)
    values = tiles * inverse
    np.rint(values, out=values)
    values += half
    codes = np.minimum(values, 2 * half - 1, out=values).astype(np.uint8)
    if bits == 4:
        codes = codes[:, :, 0::2] | (codes[:, :, 1::2] << np.uint8(4))
    return codes, scale[:, :, 0]


def dequantize(
    codes: NDArray[np.uint8], scales: NDArray[np.float32], inputs: int, bits: int
) -> NDArray[np.float32]:
    """Returns the matrix that codes and scales stand for, shape (outputs, inputs), float32."""
    if bits == 4:
        whole = np.empty((*codes.shape[:2], 2 * codes.shape[2]), np.uint8)
        whole[:, :, 0::2], whole[:, :, 1::2] = codes & np.uint8(15), codes >> np.uint8(4)
        codes = whole
    values = (codes.astype(np.float32) - np.float32(2 ** (bits - 1))) * scales[:, :, np.newaxis]
    return np.ascontiguousarray(values.reshape(len(codes), -1)[:, :inputs])
