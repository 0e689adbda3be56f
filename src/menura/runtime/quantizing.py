"""Weights in blocks of eight or four bits, as ONNX Runtime's MatMulNBits takes them.

Each block of 32 consecutive inputs of one output shares a scale: the value of largest magnitude
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


def quantize(
    rows: NDArray[np.float32], bits: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Returns the codes and the scales of a weight matrix.

    Args:
        rows: shape (outputs, inputs), float32.
        bits: 8 or 4.

    Returns:
        Codes, shape (outputs, blocks, BLOCK * bits / 8), uint8, of which the lower half of a byte
        comes first; scales, shape (outputs, blocks), float32.
    """
    outputs, inputs = rows.shape
    blocks = -(-inputs // BLOCK)
    padded = np.zeros((outputs, blocks * BLOCK), np.float32)
    padded[:, :inputs] = rows
    tiles = padded.reshape(outputs, blocks, BLOCK)
    half = 2 ** (bits - 1)
    at = np.abs(tiles).argmax(axis=2, keepdims=True)
    scale = np.take_along_axis(tiles, at, axis=2) / np.float32(-half)
    inverse = np.divide(np.float32(1.0), scale, out=np.zeros_like(scale), where=scale != 0)
    codes = np.clip(np.rint(tiles * inverse), -half, half - 1) + half
    whole = codes.astype(np.uint8)
    if bits == 4:
        whole = whole[:, :, 0::2] | (whole[:, :, 1::2] << np.uint8(4))
    return whole, scale[:, :, 0]


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
