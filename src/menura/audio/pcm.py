"""PCM: samples as integers, and G.711, the two 8-bit companding laws of the telephone.

G.711 after ITU-T G.711, tables 1a to 2b.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Upper ends of segments 0 to 6, of the 16-bit magnitude (mu-law after its bias is added).
_SEGMENT_ENDS = np.array([0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF, 0x3FFF])
_MU_BIAS = 132
_MU_CLIP = 32_635


def mulaw(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Returns mu-law bytes of 16-bit samples, same shape."""
    value = pcm.astype(np.int32)
    magnitude = np.minimum(np.abs(value), _MU_CLIP) + _MU_BIAS
    segment = np.searchsorted(_SEGMENT_ENDS, magnitude)
    mantissa = (magnitude >> (segment + 3)) & 0x0F
    code = np.where(value < 0, 0x80, 0) | (segment << 4) | mantissa
    result: NDArray[np.uint8] = (~code & 0xFF).astype(np.uint8)
    return result


def alaw(pcm: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Returns A-law bytes of 16-bit samples, same shape."""
    value = pcm.astype(np.int32)
    magnitude = np.where(value >= 0, value, ~value)
    segment = np.searchsorted(_SEGMENT_ENDS, magnitude)
    mantissa = (magnitude >> (np.maximum(segment, 1) + 3)) & 0x0F
    code = np.where(value >= 0, 0x80, 0) | (segment << 4) | mantissa
    result: NDArray[np.uint8] = (code ^ 0x55).astype(np.uint8)
    return result


def companded(samples: NDArray[np.float32], law: str) -> NDArray[np.uint8]:
    """Returns samples as bytes of G.711 under `law`, `ulaw` or `alaw`, same shape."""
    pcm = quantised(samples, 16).astype(np.int16)
    return mulaw(pcm) if law == "ulaw" else alaw(pcm)


def quantised(samples: NDArray[np.float32], bits: int) -> NDArray[np.int32]:
    """Returns samples as integers of `bits`, rounded to nearest and clipped, same shape.

    Full scale is 2**(bits - 1), so what was read from such a file is written back exactly.
    """
    full = 2.0 ** (bits - 1)
    scaled = np.rint(samples.astype(np.float64) * full)
    clipped: NDArray[np.int32] = np.clip(scaled, -full, full - 1).astype(np.int32)
    return clipped
