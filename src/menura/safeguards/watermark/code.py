"""The payload's code: CRC-16, a convolutional code, and a list Viterbi decoder.

48 bits and their CRC and 8 zero bits that close the trellis make 72 steps; each step gives six
signs. The decoder keeps the best eight paths into every state and lets the CRC choose among
those that end in state zero (Seshadri & Sundberg, "List Viterbi decoding algorithms with
applications", IEEE Trans. Commun. 42, 1994: the parallel algorithm).
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidInput
from menura.safeguards.watermark.layout import PAYLOAD_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Octal, constraint length 9. The first three are the best code of rate 1/3 (Larsen, "Short
# convolutional codes with maximal free distance", IEEE Trans. Inf. Theory 19, 1973).
GENERATORS = (0o557, 0o663, 0o711, 0o463, 0o535, 0o733)
MEMORY = 8
PATHS = 8
CHANCE = PATHS / 2**16  # of a checksum that agrees where there is no word: the code is linear
_STATES = 1 << MEMORY
_STEPS = 8 * (PAYLOAD_BYTES + 2) + MEMORY


def encode(payload: bytes) -> NDArray[np.float32]:
    """Returns the code word, shape (432,), +1 for a 0 and -1 for a 1.

    Raises:
        InvalidInput: if the payload is not 6 bytes.
    """
    if not isinstance(payload, bytes) or len(payload) != PAYLOAD_BYTES:
        raise InvalidInput(f"a watermark's payload is {PAYLOAD_BYTES} bytes")
    message = payload + binascii.crc_hqx(payload, 0xFFFF).to_bytes(2, "big")
    bits = np.concatenate(
        [
            np.zeros(MEMORY, np.uint8),
            np.unpackbits(np.frombuffer(message, np.uint8)),
            np.zeros(MEMORY, np.uint8),
        ]
    )
    windows = np.lib.stride_tricks.sliding_window_view(bits, MEMORY + 1)[:, ::-1]
    return _signs(windows).ravel()


def decode(soft: NDArray[np.floating]) -> tuple[bytes, float] | None:
    """Returns the payload whose CRC agrees and its correlation with `soft`, or None.

    Args:
        soft: shape (432,), positive where the sign was probably +1; any scale.
    """
    evidence = soft.astype(np.float64).reshape(_STEPS, len(GENERATORS))
    # State = the last 8 bits, newest in the lowest place. The two states that lead to s are
    # s >> 1 and that with its top bit set; the new bit is s & 1.
    states = np.arange(_STATES)
    before = np.stack([states >> 1, states >> 1 | _STATES >> 1], axis=1)
    register = before << 1 | (states & 1)[:, None]
    taps = register[..., None] >> np.arange(MEMORY + 1) & 1
    metric = np.full((_STATES, PATHS), -np.inf)
    metric[0, 0] = 0.0
    origin = np.empty((_STEPS, _STATES, PATHS), np.int16)
    gains = np.einsum("sbg,tg->tsb", _signs(taps), evidence)
    for step in range(_STEPS):
        paths = (metric[before] + gains[step][..., None]).reshape(_STATES, 2 * PATHS)
        best = np.argsort(-paths, axis=1, kind="stable")[:, :PATHS]
        metric = np.take_along_axis(paths, best, axis=1)
        origin[step] = np.take_along_axis(before, best // PATHS, axis=1) * PATHS + best % PATHS
    for path in range(PATHS):
        payload = _message(origin, path) if np.isfinite(metric[0, path]) else None
        if payload is not None:
            return payload, float(metric[0, path])
    return None


def _signs(windows: NDArray[np.integer]) -> NDArray[np.float32]:
    """The six signs of each register content, shape (..., 9) newest bit first -> (..., 6)."""
    taps = np.array(GENERATORS)[:, None] >> np.arange(MEMORY + 1) & 1
    return (1 - 2 * (windows @ taps.T % 2)).astype(np.float32)


def _message(origin: NDArray[np.int16], path: int) -> bytes | None:
    """Follows one path back from state zero; None if its CRC disagrees."""
    bits = np.empty(_STEPS, np.uint8)
    state = 0
    for step in range(_STEPS - 1, -1, -1):
        bits[step] = state & 1
        state, path = divmod(int(origin[step, state, path]), PATHS)
    message = np.packbits(bits[:-MEMORY]).tobytes()
    payload, checksum = message[:PAYLOAD_BYTES], message[PAYLOAD_BYTES:]
    if binascii.crc_hqx(payload, 0xFFFF) != int.from_bytes(checksum, "big"):
        return None
    return payload
