"""Pieces of what is said, each with its manner and the way back to what was written."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.text.lexicon import Entry
    from menura.text.prosody import Style
    from menura.text.reading import Reading
    from menura.text.script import Segment


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """The texts of segments that follow each other, as one.

    Attributes:
        segments: (where its text begins in the joined one, segment), in order.
        text: all of it.
    """

    segments: tuple[tuple[int, Segment], ...]
    text: str

    def written(self, start: int, stop: int) -> tuple[int, int]:
        """Returns where `text[start:stop]` stands in the source, as (start, stop)."""
        first, segment = self._at(start)
        last, ending = self._at(max(start, stop - 1))
        if segment is ending:
            return segment.written(start - first, stop - first)
        begun = segment.written(start - first, len(segment.text))
        return begun[0], ending.written(0, stop - last)[1]

    def _at(self, offset: int) -> tuple[int, Segment]:
        index = bisect_right(self.segments, offset, key=lambda row: row[0]) - 1
        return self.segments[max(index, 0)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """A stretch of text that was read at once.

    Attributes:
        joined: the text it is part of.
        start: where it begins there.
        stop: where it ends there.
        said: what is spoken for it.
        reading: from the one to the other; None if they are alike.
        phonemes: how it sounds, in espeak-ng's mnemonics, or None.
        whole: whether every part of what is said stands for all that is written.
        entry: of the lexicon that it comes from, or None.
        missed: what its `<say-as>` asks for and is not done, or "".
    """

    joined: Joined
    start: int
    stop: int
    said: str
    reading: Reading | None = None
    phonemes: str | None = None
    whole: bool = False
    entry: Entry | None = None
    missed: str = ""

    def written_span(self, start: int, stop: int) -> tuple[int, int]:
        """Returns where `said[start:stop]` stands in the source of its segments."""
        if self.whole:
            return self.joined.written(self.start, self.stop)
        if self.reading is not None:
            start, stop = self.reading.written_span(start, stop)
        return self.joined.written(self.start + start, self.start + stop)

    def said_offset(self, offset: int) -> int:
        """Returns where what is said for the written text behind `offset` begins.

        What is said as one ("$5") is not divided: it goes to the text before.
        """
        if offset <= 0:
            return 0
        if self.whole:
            return len(self.said)
        reading = self.reading
        if reading is None:
            return min(offset, len(self.said))
        return bisect_left(
            range(len(self.said)), offset, key=lambda at: reading.written_span(at, at)[0]
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A part of what is said in one manner.

    Attributes:
        said: the words.
        start_char: where they begin in all that is said.
        style: the manner, emphasis included.
        source: what they were read from.
        source_char: where that begins in all that is said.
    """

    said: str
    start_char: int
    style: Style
    source: Source
    source_char: int

    @property
    def stop_char(self) -> int:
        """Where the words end in all that is said."""
        return self.start_char + len(self.said)

    def written_span(self, start: int, stop: int) -> tuple[int, int]:
        """Returns where the said characters from `start` to `stop` of the whole were written."""
        # A blank that was put in behind a word has no place of its own: it is taken for its end.
        length = len(self.source.said)
        first = min(max(start - self.source_char, 0), length - 1)
        last = min(max(stop - self.source_char, first + 1), length)
        return self.source.written_span(first, last)


def prosody(style: Style) -> tuple[float | None, ...]:
    """Returns what of a style is heard: alike if two styles sound alike."""
    return (
        style.rate,
        style.pitch_semitones,
        style.pitch_hz,
        style.pitch_shift_hz,
        style.pitch_range,
        style.volume_db,
    )
