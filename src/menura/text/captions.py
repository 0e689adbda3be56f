"""Captions: which word sounds when, and how that is written as SRT, WebVTT or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.audio.files import atomic
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

MAX_CUE_CHARS = 42
MAX_CUE_S = 6.0
MAX_CUE_GAP_S = 0.8
"""Longest line, cue and silence inside a cue: the BBC's and Netflix's subtitle guides."""

_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？", "।", "؟", "…")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it is heard.

    Attributes:
        text: the word as written, with the punctuation that clings to it.
        start_s: where its first sound begins, seconds.
        end_s: where its last sound ends, seconds.
        start_char: where it stands in the task's text, in characters.
        end_char: the end of that span (exclusive).
    """

    text: str
    start_s: float
    end_s: float
    start_char: int
    end_char: int

    def shifted(self, seconds: float) -> Word:
        """Returns the same word, `seconds` later."""
        return Word(
            self.text, self.start_s + seconds, self.end_s + seconds, self.start_char, self.end_char
        )


def to_srt(words: Sequence[Word]) -> str:
    """Returns the words as SubRip, grouped into readable cues."""
    cues = (
        f"{i}\n{_clock(cue[0].start_s, ',')} --> {_clock(cue[-1].end_s, ',')}\n{_line(cue)}\n"
        for i, cue in enumerate(_cues(words), 1)
    )
    return "\n".join(cues)


def to_vtt(words: Sequence[Word]) -> str:
    """Returns the words as WebVTT, with a timestamp inside the cue before each word."""
    cues = (
        f"{_clock(cue[0].start_s, '.')} --> {_clock(cue[-1].end_s, '.')}\n"
        + " ".join(
            (f"<{_clock(w.start_s, '.')}>" if i else "") + _escape(w.text)
            for i, w in enumerate(cue)
        )
        for cue in _cues(words)
    )
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def to_json(words: Sequence[Word]) -> str:
    """Returns the words as a JSON object `{"words": [{text, start_s, end_s, ...}]}`."""
    rows = [
        {
            "text": w.text,
            "start_s": round(w.start_s, 4),
            "end_s": round(w.end_s, 4),
            "start_char": w.start_char,
            "end_char": w.end_char,
        }
        for w in words
    ]
    return json.dumps({"words": rows}, ensure_ascii=False, indent=1) + "\n"


WRITERS: Mapping[str, Callable[[Sequence[Word]], str]] = {
    ".srt": to_srt,
    ".vtt": to_vtt,
    ".json": to_json,
}


def check_path(path: Path) -> None:
    """Refuses a path whose suffix stands for no caption format.

    Raises:
        InvalidInput: if the suffix is none of .srt, .vtt, .json.
    """
    if path.suffix.lower() not in WRITERS:
        known = ", ".join(WRITERS)
        raise InvalidInput(f"captions are written as {known}, not {path.suffix!r:.40}")


def write(path: Path, words: Sequence[Word]) -> None:
    """Writes the words in the format of the path's suffix, whole or not at all.

    Raises:
        InvalidInput: if the suffix is none of .srt, .vtt, .json.
        StorageFailed: if the disk does not take it.
    """
    check_path(path)
    with atomic(path) as unfinished:
        unfinished.write_text(WRITERS[path.suffix.lower()](words), encoding="utf-8")


def _cues(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Groups words into cues: at a sentence's end, a silence, or when the line is full."""
    cue: list[Word] = []
    for word in words:
        if cue and (
            cue[-1].text.rstrip("\"'”’»)]").endswith(_SENTENCE_ENDS)
            or word.start_s - cue[-1].end_s > MAX_CUE_GAP_S
            or word.end_s - cue[0].start_s > MAX_CUE_S
            or len(_line(cue)) + 1 + len(word.text) > MAX_CUE_CHARS
        ):
            yield cue
            cue = []
        cue.append(word)
    if cue:
        yield cue


def _line(cue: Sequence[Word]) -> str:
    return " ".join(word.text for word in cue)


def _clock(seconds: float, point: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
