"""Ogg Vorbis: libsndfile's encoder, with our own comments put into its header pages.

libsndfile writes only ten fixed tags and a random stream number; the pages it makes are taken
apart and put together again (RFC 3533) with any tags and a constant number.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.tags import vorbis_comments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

_SERIAL = 0x6D656E75
_HEADER_BYTES = 27
_BIT_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# libvorbis keeps a whole write on the stack: long ones overflow it.
_WRITE_FRAMES = 8_192
# 0 is the best and largest; 0.4 is libvorbis quality 6, about 96 kbit/s a channel at 44.1 kHz.
_COMPRESSION = 0.4


class VorbisEncoder:
    """Encodes Vorbis through libsndfile and rewrites the comment header on the way."""

    patches: Sequence[tuple[int, bytes]] = ()

    def __init__(self, rate: int, channels: int, tags: Mapping[str, str]) -> None:
        import soundfile

        self._pages = _AppendOnly()
        self._comments = b"\x03vorbis" + vorbis_comments(tags, b"menura") + b"\x01"
        self._headers: list[bytes] | None = []
        self._sequence = 0
        self._file = soundfile.SoundFile(
            self._pages,
            "w",
            samplerate=rate,
            channels=channels,
            format="OGG",
            subtype="VORBIS",
            compression_level=_COMPRESSION,
        )

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Returns the pages that (channels, frames) complete."""
        frames = np.ascontiguousarray(samples.T)
        for start in range(0, len(frames), _WRITE_FRAMES):
            self._file.write(frames[start : start + _WRITE_FRAMES])
        return self._rewritten()

    def finish(self) -> bytes:
        """Returns the last pages."""
        self._file.close()
        return self._rewritten()

    def _rewritten(self) -> bytes:
        result = b""
        for head, segments, body in self._pages.complete():
            if self._headers is None:
                result += self._page(head[5], head[6:14], segments, body)
                continue
            self._headers.append(body)
            packets = _packets(self._headers[1:])
            if head[5] & 2:
                result += self._page(head[5], head[6:14], segments, body)
            elif len(packets) >= 2 and segments[-1] < 255:
                result += self._header_pages([self._comments, packets[1]])
                self._headers = None
        return result

    def _header_pages(self, packets: list[bytes]) -> bytes:
        """Lays packets into as few pages as they need, none shared with sound."""
        lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
        data, result, continued = b"".join(packets), b"", False
        for start in range(0, len(lacing), 255):
            segments = lacing[start : start + 255]
            size = sum(segments)
            ends = any(length < 255 for length in segments)
            granule = bytes(8) if ends else b"\xff" * 8
            result += self._page(int(continued), granule, segments, data[:size])
            data, continued = data[size:], segments[-1] == 255
        return result

    def _page(self, flags: int, granule: bytes, segments: bytes, body: bytes) -> bytes:
        head = b"OggS\0" + bytes([flags]) + granule + struct.pack("<II", _SERIAL, self._sequence)
        tail = bytes([len(segments)]) + segments + body
        self._sequence += 1
        return head + struct.pack("<I", checksum(head + bytes(4) + tail)) + tail


class _AppendOnly:
    """The file libsndfile writes to: it asks where it is, but never goes back."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._end = 0

    def write(self, data: bytes) -> int:
        self._data += data
        self._end += len(data)
        return len(data)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        return self._end

    def tell(self) -> int:
        return self._end

    def complete(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yields (header, segment table, body) of each whole page, and forgets it."""
        while len(self._data) >= _HEADER_BYTES:
            start = _HEADER_BYTES + self._data[_HEADER_BYTES - 1]
            segments = bytes(self._data[_HEADER_BYTES:start])
            stop = start + sum(segments)
            if len(self._data) < stop:
                return
            page = bytes(self._data[:stop])
            del self._data[:stop]
            yield page[:_HEADER_BYTES], segments, page[start:]


def _packets(bodies: list[bytes]) -> list[bytes]:
    """Splits the bodies of the second and later header pages into comment and setup packet."""
    data = b"".join(bodies)
    setup = data.find(b"\x05vorbis", 1)
    return [data[:setup], data[setup:]] if setup > 0 else []


def checksum(page: bytes) -> int:
    """Returns the CRC of an Ogg page whose checksum field is zero (RFC 3533, section 6).

    Ogg's CRC-32 has zlib's polynomial with bits in the other order, starting from zero.
    """
    mirrored = zlib.crc32(page.translate(_BIT_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
