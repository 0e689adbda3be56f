"""The RIFF file around a SoundFont: which chunk lies where, every size checked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from menura.errors import InvalidAudio

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

HEAD_BYTES = 12
_MAX_CHUNKS = 256
_LISTS = frozenset({b"sdta", b"pdta", b"INFO"})


def find_chunks(data: NDArray[np.uint8]) -> Mapping[str, tuple[int, int]]:
    """Returns where the chunks of the file's lists begin and end, by name; of two the first.

    Args:
        data: the file, shape (bytes,).

    Raises:
        InvalidAudio: if it is no SoundFont, or a size in it is wrong.
    """
    if data.size < HEAD_BYTES:
        raise InvalidAudio("the soundfont is cut short: it has no head")
    head = data[:HEAD_BYTES].tobytes()
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise InvalidAudio("this is no soundfont: it does not begin with RIFF and sfbk")
    end = 8 + struct.unpack_from("<I", head, 4)[0]
    if end > data.size:
        raise InvalidAudio(f"the soundfont is cut short: it should have {end} bytes")
    found: dict[str, tuple[int, int]] = {}
    for name, start, stop in _children(data, HEAD_BYTES, end):
        if name == b"LIST" and stop - start >= 4 and data[start : start + 4].tobytes() in _LISTS:
            for inner, first, last in _children(data, start + 4, stop):
                found.setdefault(inner.decode("latin-1"), (first, last))
    return found


def _children(data: NDArray[np.uint8], start: int, end: int) -> list[tuple[bytes, int, int]]:
    children = []
    at = start
    while at + 8 <= end:
        name, size = struct.unpack("<4sI", data[at : at + 8].tobytes())
        if size > end - at - 8:
            raise InvalidAudio(f"the soundfont's chunk {name!r} is longer than what holds it")
        children.append((name, at + 8, at + 8 + size))
        if len(children) > _MAX_CHUNKS:
            raise InvalidAudio(f"the soundfont has over {_MAX_CHUNKS} chunks in one list")
        at += 8 + size + size % 2
    return children
