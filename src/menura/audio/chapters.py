"""Chapters: named stretches of a sound, and how each container spells them."""

from __future__ import annotations

import math
import struct
import unicodedata
from typing import TYPE_CHECKING, TypeAlias

from menura.audio.tags import chunk, id3_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

Section: TypeAlias = tuple[str, float, float]
"""A chapter: its title, where it begins and where it ends, seconds."""

MAX_CHAPTERS = 2_000
MAX_TITLE_CHARS = 200
# CHAPTER001 to CHAPTER999: the number has three digits (Xiph wiki, "Chapter Extension").
_MAX_VORBIS = 999
# The count of entries of one table of contents is a byte (ID3v2 Chapter Frame Addendum, 3.2).
_MAX_ENTRIES = 255
_TOP_LEVEL, _ORDERED = 0x02, 0x01
_NO_OFFSET = b"\xff" * 8
# FFmpeg reads the size of a frame inside CHAP as plain 32 bits: below 128 that is the same number.
_MAX_ID3_TITLE_BYTES = 127 - 2
_MAX_FRAME = 2**32 - 1


def settled(chapters: Sequence[Section], duration_s: float) -> tuple[Section, ...]:
    """Returns the chapters as a file can hold them: in order, inside the sound, none over another.

    Titles lose control characters and what is past 200 characters. Of more than 2,000 chapters,
    the last that is kept goes on to the end of them all.

    Args:
        chapters: in any order; one without length, or that starts after the end, is left out.
        duration_s: the length of the sound.
    """
    inside = sorted(
        (
            (_title(title), max(start_s, 0.0), min(end_s, duration_s))
            for title, start_s, end_s in chapters
            if math.isfinite(start_s) and not math.isnan(end_s)
        ),
        key=lambda chapter: chapter[1],
    )
    found: list[Section] = []
    for title, start_s, end_s in inside:
        # Files count in milliseconds: what is shorter has no length there.
        if end_s - start_s < 1e-3:
            continue
        if found and start_s - found[-1][1] < 1e-3:
            continue
        if found:
            found[-1] = (*found[-1][:2], min(found[-1][2], start_s))
        found.append((title, start_s, end_s))
    return _limited(found, MAX_CHAPTERS)


def vorbis_tags(chapters: Sequence[Section]) -> dict[str, str]:
    """Returns chapters as comments of Ogg and FLAC (Xiph wiki, "Chapter Extension").

    Starts only: a chapter lasts until the next. At most 999 of them can be named.
    """
    return {
        key: text
        for i, (title, start_s, _) in enumerate(_limited(chapters, _MAX_VORBIS), 1)
        for key, text in (
            (f"CHAPTER{i:03}", _clock(start_s)),
            (f"CHAPTER{i:03}NAME", title),
        )
    }


def id3_frames(chapters: Sequence[Section]) -> bytes:
    """Returns chapters as `CTOC` and `CHAP` frames (ID3v2 Chapter Frame Addendum 1.0).

    Titles are cut at 125 bytes, which every player reads.
    """
    if not chapters:
        return b""
    names = [b"chp%d" % i for i in range(1, len(chapters) + 1)]
    groups = [names[at : at + _MAX_ENTRIES] for at in range(0, len(names), _MAX_ENTRIES)]
    if len(groups) == 1:
        contents = _contents(b"toc", groups[0], _TOP_LEVEL | _ORDERED)
    else:
        parts = [b"toc%d" % i for i in range(1, len(groups) + 1)]
        contents = _contents(b"toc", parts, _TOP_LEVEL | _ORDERED)
        contents += b"".join(
            _contents(part, group, _ORDERED) for part, group in zip(parts, groups, strict=True)
        )
    return contents + b"".join(
        id3_frame(
            b"CHAP",
            name
            + b"\0"
            + struct.pack(">II", _milliseconds(start_s), _milliseconds(end_s))
            + _NO_OFFSET
            + id3_frame(b"TIT2", b"\x03" + _cut(title, _MAX_ID3_TITLE_BYTES) + b"\0"),
        )
        for name, (title, start_s, end_s) in zip(names, chapters, strict=True)
    )


def riff_chunks(chapters: Sequence[Section], rate: int) -> bytes:
    """Returns chapters as the `cue ` and `LIST adtl` chunks of WAV at `rate` Hz (RIFF MCI, 1991).

    Starts only: `cue ` marks points.
    """
    if not chapters:
        return b""
    cues, labels = struct.pack("<I", len(chapters)), b""
    for i, (title, start_s, _) in enumerate(chapters, 1):
        frame = min(round(start_s * rate), _MAX_FRAME)
        cues += struct.pack("<II4sIII", i, frame, b"data", 0, 0, frame)
        labels += chunk(b"labl", struct.pack("<I", i) + title.encode() + b"\0")
    return chunk(b"cue ", cues) + chunk(b"LIST", b"adtl" + labels)


def _limited(chapters: Sequence[Section], count: int) -> tuple[Section, ...]:
    if len(chapters) <= count:
        return tuple(chapters)
    title, start_s, _ = chapters[count - 1]
    return (*chapters[: count - 1], (title, start_s, chapters[-1][2]))


def _title(title: str) -> str:
    """Returns a title in one line, without what no file can hold; never empty."""
    # Lone surrogates are no text; line ends, NUL and marks of direction would leave their field.
    plain = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else char
        for char in title[: 4 * MAX_TITLE_CHARS]
    )
    return " ".join(plain.split())[:MAX_TITLE_CHARS].rstrip() or "-"


def _cut(title: str, count: int) -> bytes:
    """Returns a title in UTF-8, of at most `count` bytes that are whole characters."""
    return title.encode()[:count].decode("utf-8", "ignore").encode()


def _contents(name: bytes, entries: Sequence[bytes], flags: int) -> bytes:
    listed = b"".join(entry + b"\0" for entry in entries)
    return id3_frame(b"CTOC", name + b"\0" + bytes([flags, len(entries)]) + listed)


def _milliseconds(seconds: float) -> int:
    return min(round(seconds * 1000), 2**32 - 2)


def _clock(seconds: float) -> str:
    ms = _milliseconds(seconds)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
