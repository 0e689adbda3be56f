"""WAV: RIFF headers for streams and for files, RF64 past 4 GiB (EBU Tech 3306), G.711 inside."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.chapters import riff_chunks
from menura.audio.pcm import companded, quantised
from menura.audio.tags import chunk, riff

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from menura.audio.chapters import Section

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_LAWS = {"alaw": 6, "ulaw": 7}  # RFC 2361
_UNKNOWN_SIZE = 0xFFFFFFFF
_DS64_BYTES = 28
# KSDATAFORMAT_SUBTYPE_*: the format tag, then this tail (Microsoft, WAVEFORMATEXTENSIBLE).
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
# Loudspeaker masks by number of channels: mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1.
_MASKS = {1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x13F, 8: 0x63F}


class WavEncoder:
    """Writes WAV: 16- or 24-bit integer, 32-bit float, or the 8 bits of a telephone law.

    A stream's sizes read 0xFFFFFFFF (unknown, up to the end), which players take. A file's are
    patched at the end, and past 4 GiB its JUNK chunk becomes the `ds64` of an RF64 file.
    """

    def __init__(
        self,
        rate: int,
        channels: int,
        bits: int,
        tags: Mapping[str, str],
        *,
        seekable: bool,
        law: str = "",
        chapters: Sequence[Section] = (),
    ) -> None:
        self._bits = bits = 8 if law else bits
        self._law = law
        self._channels = channels
        self._seekable = seekable
        head = b"RIFF" + struct.pack("<I", _UNKNOWN_SIZE) + b"WAVE"
        if seekable:
            head += chunk(b"JUNK", bytes(_DS64_BYTES))
        head += chunk(b"fmt ", _format_chunk(rate, channels, bits, law))
        # All that is not integer PCM states its length in frames (RFC 2361). A stream does not know
        # it, and FFmpeg would take 0xFFFFFFFF at its word.
        self._has_fact = seekable and (bits == 32 or bool(law))
        if self._has_fact:
            head += chunk(b"fact", struct.pack("<I", _UNKNOWN_SIZE))
            self._fact_offset = len(head) - 4
        head += riff(tags) + b"data" + struct.pack("<I", _UNKNOWN_SIZE)
        self._head_bytes = len(head)
        self._data_bytes = 0
        # Behind the sound: libsndfile finds no sound behind 100 kB of other chunks.
        self._tail = riff_chunks(chapters, rate) if seekable else b""
        self._pending = head

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Returns the bytes of (channels, frames)."""
        if self._law:
            data = companded(samples.T, self._law).tobytes()
        elif self._bits == 32:
            data = samples.T.astype("<f4").tobytes()
        elif self._bits == 24:
            words = quantised(samples.T, 24).astype("<i4").reshape(-1, 1)
            data = words.view(np.uint8)[:, :3].tobytes()
        else:
            data = quantised(samples.T, 16).astype("<i2").tobytes()
        self._data_bytes += len(data)
        result, self._pending = self._pending + data, b""
        return result

    def finish(self) -> bytes:
        """Returns, of a file, the pad byte if its data has an odd length, and the chapters.

        A stream's data go on to the end: a pad byte would be played, and in a telephone law a
        zero is full scale (G.711).
        """
        result, self._pending = self._pending, b""
        if not self._seekable:
            return result
        return result + b"\0" * (self._data_bytes % 2) + self._tail

    @property
    def patches(self) -> list[tuple[int, bytes]]:
        """The sizes, or the headers of an RF64 file if they need more than 32 bits; for a file."""
        if not self._seekable:
            return []
        data = self._data_bytes
        whole = self._head_bytes + data + data % 2 + len(self._tail) - 8
        frames = data // (self._channels * self._bits // 8)
        if whole < _UNKNOWN_SIZE:
            sizes = [(4, struct.pack("<I", whole)), (self._head_bytes - 4, struct.pack("<I", data))]
            if self._has_fact:
                sizes.append((self._fact_offset, struct.pack("<I", frames)))
            return sizes
        return [(0, b"RF64"), (12, chunk(b"ds64", struct.pack("<QQQI", whole, data, frames, 0)))]


def _format_chunk(rate: int, channels: int, bits: int, law: str) -> bytes:
    """The `fmt ` chunk; extensible where more than two channels need a loudspeaker mask."""
    tag = _LAWS[law] if law else _FLOAT if bits == 32 else _PCM
    align = channels * bits // 8
    plain = struct.pack("<HIIHH", channels, rate, rate * align, align, bits)
    if channels <= 2:
        return struct.pack("<H", tag) + plain + (b"" if tag == _PCM else b"\0\0")
    extension = struct.pack("<HHI", 22, bits, _MASKS.get(channels, 0))
    return struct.pack("<H", _EXTENSIBLE) + plain + extension + struct.pack("<H", tag) + _GUID_TAIL
