"""Tags: the text that travels inside a file, and how each container spells it.

Keys are `title`, `artist`, `encoder` (the program and its version), `comment`, `date`,
`copyright`, `genre`, `description`, and any own name in capitals: `AI_GENERATED`, and
`MENURA_RECIPE`, which holds what makes the take again.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping


RECIPE = "MENURA_RECIPE"
MAX_TAGS_BYTES = 16 * 1024**2
# Bytes that ID3 (28 bits), RIFF and MP4 take; more than that is a document, not a tag.

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
# RIFF MCI, "INFO list" chunk identifiers.
_RIFF = {
    "title": b"INAM",
    "artist": b"IART",
    "encoder": b"ISFT",
    "comment": b"ICMT",
    "date": b"ICRD",
    "copyright": b"ICOP",
    "genre": b"IGNR",
}
# ID3v2.4 native frames, section 4.2.
_ID3 = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "encoder": b"TSSE",
    "date": b"TDRC",
    "copyright": b"TCOP",
    "genre": b"TCON",
}
_KNOWN = frozenset(_RIFF) | {"description"}
# What other names mean the same: ffmpeg's muxers keep `encoder` for themselves, so we write
# `software` there; the rest are what its demuxers call things.
_SYNONYMS = {"software": "encoder", "encoded_by": "encoder", "author": "artist", "name": "title"}
# Facts of the container, not tags.
_NOT_TAGS = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name"}
_NOT_TAGS |= {"vendor_id", "creation_time", "duration"}


def checked(tags: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags without the empty ones, ready to be written.

    Raises:
        InvalidInput: if a key is not a plain name, or all of it is too long.
    """
    for key in tags:
        if not _KEY.fullmatch(key):
            raise InvalidInput(f"a tag's name is letters, digits and _, not {key[:40]!r}")
    # NUL ends a string in ID3 and RIFF; half a surrogate pair is no text in any of them.
    clean = {
        key: value.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
        for key, value in tags.items()
        if value
    }
    if sum(len(value.encode()) for value in clean.values()) > MAX_TAGS_BYTES:
        raise InvalidInput(f"the tags hold more than {MAX_TAGS_BYTES // 1024**2} MiB of text")
    return clean


def canonical(found: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags under menura's keys, from what a container called them."""
    result: dict[str, str] = {}
    for key, value in found.items():
        name = _SYNONYMS.get(key.lower(), key.lower())
        if name in _NOT_TAGS or name.startswith("id3v2_priv"):
            continue
        result.setdefault(name if name in _KNOWN else key.upper(), value)
    return result


def id3(tags: Mapping[str, str], more_frames: bytes = b"") -> bytes:
    """Returns an ID3v2.4.0 tag in UTF-8 (id3.org, structure and native frames); b"" if no tags.

    Args:
        tags: see above.
        more_frames: whole frames of other kinds, put after the tags.
    """
    frames = b""
    for key, value in checked(tags).items():
        text = value.encode() + b"\0"
        if key in _ID3:
            frames += id3_frame(_ID3[key], b"\x03" + text)
        elif key == "comment":
            frames += id3_frame(b"COMM", b"\x03und\0" + text)
        else:
            frames += id3_frame(b"TXXX", b"\x03" + key.encode() + b"\0" + text)
    frames += more_frames
    return b"ID3\x04\x00\x00" + _synchsafe(len(frames)) + frames if frames else b""


def id3_frame(name: bytes, body: bytes) -> bytes:
    """Returns one ID3v2.4 frame without flags."""
    return name + _synchsafe(len(body)) + b"\0\0" + body


def _synchsafe(size: int) -> bytes:
    """28 bits in four bytes of seven (ID3v2.4, section 6.2)."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def riff(tags: Mapping[str, str]) -> bytes:
    """Returns the tag chunks of a WAV file: LIST/INFO, then `id3 ` with all of them."""
    known = {_RIFF[key]: text.encode() for key, text in checked(tags).items() if key in _RIFF}
    info = b"".join(chunk(name, text + b"\0") for name, text in known.items())
    result = chunk(b"LIST", b"INFO" + info) if info else b""
    whole = id3(tags)
    return result + (chunk(b"id3 ", whole) if whole else b"")


def chunk(name: bytes, body: bytes) -> bytes:
    """Returns one RIFF chunk, padded to an even length."""
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def vorbis_comments(tags: Mapping[str, str], vendor: bytes) -> bytes:
    """Returns a Vorbis comment block (Vorbis I, section 5.2), without framing."""
    clean = checked(tags).items()
    comments = [f"{key.upper()}={text}".encode() for key, text in clean]
    parts = [vendor, *comments]
    sized = [struct.pack("<I", len(part)) + part for part in parts]
    return sized[0] + struct.pack("<I", len(comments)) + b"".join(sized[1:])
