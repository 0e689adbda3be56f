"""`Passage`: a run of text without pauses, said by one voice in one language."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.engines.speech.pieces import Piece
    from menura.text.script import Segment
    from menura.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passage:
    """A run of text without pauses, said by one voice in one language.

    Attributes:
        pieces: what is said, in order, each with its manner.
        said: all of it, in words.
        voice: who says it.
        language: tag of espeak-ng.
        segments: what is written, and where.
        sounded: (start, stop, espeak-ng's mnemonics) of what is said that has given phonemes.
        written: the whole text of the task.
        closes: whether a sentence, or all, ends with it.
        marks: (place in what is said, name) of the marks inside it, in order.
        speaker: who says it in a dialogue, else "".
        offset: where the source of its segments begins in `written`.
        emotion: what a direction in the text asks for, or None.
    """

    pieces: tuple[Piece, ...]
    said: str
    voice: Voice
    language: str
    segments: tuple[Segment, ...]
    sounded: tuple[tuple[int, int, str], ...]
    written: str
    closes: bool
    marks: tuple[tuple[int, str], ...] = ()
    speaker: str = ""
    offset: int = 0
    emotion: str | None = None

    def piece_at(self, said_char: int) -> Piece:
        """Returns the piece that a said character belongs to."""
        index = bisect_right(self.pieces, said_char, key=lambda piece: piece.start_char) - 1
        return self.pieces[max(index, 0)]

    def written_span(self, said_start: int, said_stop: int) -> tuple[int, int]:
        """Returns where the said characters from `said_start` to `said_stop` were written."""
        first = self.piece_at(said_start)
        last = self.piece_at(max(said_start, said_stop - 1))
        if first.source is last.source:
            start, stop = first.written_span(said_start, said_stop)
        else:
            start = first.written_span(said_start, first.stop_char)[0]
            stop = last.written_span(last.start_char, said_stop)[1]
        return start + self.offset, max(start, stop) + self.offset

    def quote(self, start_char: int, stop_char: int) -> str:
        """Returns what is written from one place to another, without the markup between."""
        start, stop = start_char - self.offset, stop_char - self.offset
        first = bisect_right(self.segments, start, key=lambda segment: segment.stop_char)
        last = bisect_left(self.segments, stop, key=lambda segment: segment.start_char)
        return "".join(segment.quote(start, stop) for segment in self.segments[first:last])

    def clinging(self, span: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
        """Returns a word's place with the brackets, quotes and stops that are written against it.

        Args:
            span: (start, stop) of the word in `written`.
            room: (start, stop) of what it may take.
        """
        (start, stop), (low, high) = (
            (first - self.offset, last - self.offset) for first, last in (span, room)
        )
        segment = self._segment_at(start)
        at = segment.offset(start)
        while at and _opens(segment.text[at - 1]) and segment.written(at - 1, at)[0] >= low:
            at -= 1
            start = segment.written(at, at + 1)[0]
        segment = self._segment_at(stop - 1)
        text = segment.text if segment.places else ""
        at = segment.offset(stop)
        while at < len(text) and _closes(text[at]) and segment.written(at, at + 1)[1] <= high:
            at += 1
            stop = segment.written(at - 1, at)[1]
        return start + self.offset, stop + self.offset

    def _segment_at(self, place: int) -> Segment:
        index = bisect_right(self.segments, place, key=lambda segment: segment.stop_char)
        return self.segments[min(index, len(self.segments) - 1)]

    def phonemes(self, start: int, stop: int) -> tuple[tuple[int, int, str], ...]:
        """Returns `sounded` in `said[start:stop]`, its places counted from `start`."""
        first = bisect_left(self.sounded, start, key=lambda span: span[0])
        last = bisect_right(self.sounded, stop, key=lambda span: span[1])
        return tuple((a - start, b - start, name) for a, b, name in self.sounded[first:last])


def _opens(char: str) -> bool:
    return unicodedata.category(char) in {"Ps", "Pi"} or char in "\"'¿¡"


def _closes(char: str) -> bool:
    return unicodedata.category(char) in {"Po", "Pe", "Pf"}
