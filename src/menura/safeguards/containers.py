"""Where a signed record sits in a sound file, found by walking boxes, and how WAV takes one.

The walk decides whether a file is given to the C2PA library at all: a file without a record never
reaches its parsers, and a record of absurd size is refused before anything that large is read.
WAV is written here because c2pa-rs (0.91) holds the whole sound in memory twice while it signs
one; RIFF needs only a chunk at the end and another size in the header.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from menura.errors import EngineFailed, InvalidAudio

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_RECORD_BYTES: Final = 64 * 1024 * 1024
_MAX_BOXES: Final = 10_000
_BLOCK_BYTES: Final = 1024 * 1024
_MAX_RIFF_BYTES: Final = 2**32 - 1
# C2PA technical specification 2.2, appendix A: the chunk of RIFF, the box of ISO base media, and
# the media type of the ID3v2 general object that MP3 and FLAC carry.
_RIFF_CHUNK: Final = b"C2PA"
_BMFF_UUID: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_ID3_TYPES: Final = (b"application/c2pa\0", b"application/x-c2pa-manifest-store\0")


@dataclass(frozen=True, slots=True)
class Binding:
    """The bytes a manifest vouches for: all of the file but one stretch.

    Attributes:
        sha256: digest of the file without that stretch.
        start: where the stretch begins, in bytes.
        length: its length in bytes; 0 if the manifest is kept outside the file.
    """

    sha256: bytes
    start: int = 0
    length: int = 0


def find_record(stream: BinaryIO) -> int | None:
    """Returns the size in bytes of the box that holds the C2PA record, or None if there is none.

    Reads only box headers (of ID3, the tag). WAV, MP3, FLAC and MP4 are searched.
    """
    stream.seek(0)
    head = stream.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return next((size for name, _, size in _riff_chunks(stream) if name == _RIFF_CHUNK), None)
    if head[:3] == b"ID3" and len(head) >= 10:
        size = _syncsafe(head[6:10])
        tag = stream.read(min(size, MAX_RECORD_BYTES))
        return size if any(kind in tag for kind in _ID3_TYPES) else None
    if head[4:8] == b"ftyp":
        return _find_bmff(stream)
    return None


def hash_all(stream: BinaryIO) -> Binding:
    """Returns the binding of a manifest that is kept outside the file."""
    digest = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return Binding(digest.digest())


def is_plain_wav(stream: BinaryIO) -> bool:
    """Whether this is a RIFF WAVE file with honest sizes and no record in it yet."""
    stream.seek(0)
    head = stream.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return False
    length = stream.seek(0, os.SEEK_END)
    if struct.unpack("<I", head[4:8])[0] + 8 != length:
        return False
    end = 12
    for name, start, size in _riff_chunks(stream):
        if name == _RIFF_CHUNK:
            return False
        end = start + size + (size & 1)
    return end == length


def write_wav(source: BinaryIO, destination: BinaryIO, seal: Callable[[Binding], bytes]) -> bytes:
    """Copies a plain WAV and appends the record that `seal` makes; returns the record.

    Memory is that of one block, however long the sound.

    Args:
        source: a WAV for which `is_plain_wav` holds.
        destination: written from its start.
        seal: makes the record of a binding. Its size may depend only on how many bytes the
            numbers in the binding take.

    Raises:
        InvalidAudio: if the file would pass the 4 GB that RIFF can count.
    """
    start = source.seek(0, os.SEEK_END)
    size = _settle(lambda length: len(seal(Binding(bytes(32), start, length))))
    padding = bytes(size & 1)
    riff_bytes = start + size + len(padding)  # all but "RIFF" and this number, plus "C2PA" and size
    if riff_bytes > _MAX_RIFF_BYTES:
        raise InvalidAudio("a WAV over 4 GB cannot be signed in place: sign a sidecar, or use FLAC")
    source.seek(8)
    digest = hashlib.sha256()
    head = b"RIFF" + struct.pack("<I", riff_bytes)
    digest.update(head)
    destination.write(head)
    while block := source.read(_BLOCK_BYTES):
        digest.update(block)
        destination.write(block)
    digest.update(padding)
    record = seal(Binding(digest.digest(), start, 8 + size))
    if len(record) != size:
        raise EngineFailed("the manifest changed size while it was signed")
    destination.write(_RIFF_CHUNK + struct.pack("<I", size) + record + padding)
    return record


def _settle(measure: Callable[[int], int]) -> int:
    """Returns the size of a record that states its own size; a longer number can lengthen it."""
    size = 4096
    for _ in range(4):
        measured = measure(8 + size)
        if measured == size:
            break
        size = measured
    return size


def _riff_chunks(stream: BinaryIO) -> list[tuple[bytes, int, int]]:
    """Returns name, start and size of the top-level chunks, as they declare themselves."""
    found: list[tuple[bytes, int, int]] = []
    position = 12
    while len(found) < _MAX_BOXES:
        stream.seek(position)
        header = stream.read(8)
        if len(header) < 8:
            break
        size = struct.unpack("<I", header[4:])[0]
        found.append((header[:4], position + 8, size))
        position += 8 + size + (size & 1)
    return found


def _find_bmff(stream: BinaryIO) -> int | None:
    position = 0
    for _ in range(_MAX_BOXES):
        stream.seek(position)
        header = stream.read(32)
        if len(header) < 8:
            return None
        size, kind, body = struct.unpack(">I", header[:4])[0], header[4:8], header[8:24]
        if size == 1 and len(header) >= 16:
            size, body = struct.unpack(">Q", header[8:16])[0], header[16:32]
        elif size == 0:
            size = stream.seek(0, os.SEEK_END) - position
        if kind == b"uuid" and body == _BMFF_UUID:
            return int(size)
        if size < 8:
            return None
        position += size
        if position >= 2**63:
            return None
    return None


def _syncsafe(number: bytes) -> int:
    """ID3v2.4 section 6.2: seven bits a byte."""
    value = 0
    for byte in number:
        value = value << 7 | byte & 0x7F
    return value
