"""What is to be said, in order: texts in their styles, pauses and marks."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from menura.errors import InvalidText

if TYPE_CHECKING:
    from menura.text.prosody import Style

MAX_PAUSES_S = 3600.0  # all of a script's together: a short text must not ask for days


@dataclass(frozen=True, slots=True)
class Segment:
    """A text said in one style.

    Attributes:
        text: what is said; runs of blanks in SSML are one space. Segments that follow each other
            without a pause join as they are: a word may go on in the next one.
        style: how.
        start_char: where what was written for it begins in the source, in code points.
        stop_char: where that ends.
        places: (place in the text, place in the source) wherever these two part; none if
            the text is an alias, of which every part stands for the whole.
        shown: what is written where the text is an alias, without markup.
    """

    text: str
    style: Style
    start_char: int
    stop_char: int
    places: tuple[tuple[int, int], ...] = field(default=(), repr=False)
    shown: str = ""

    def written(self, start: int, stop: int) -> tuple[int, int]:
        """Returns where `text[start:stop]` stands in the source, as (start, stop)."""
        if not self.places or start >= stop:
            return self.start_char, self.stop_char
        return self._place(start), self._place(stop - 1, after=True)

    def offset(self, place: int) -> int:
        """Returns where in the text a place of the source stands; 0 if the text is an alias."""
        index = bisect_right(self.places, place, key=lambda row: row[1]) - 1
        if index < 0:
            return 0
        start, source = self.places[index]
        following = self.places[index + 1 : index + 2]
        last = following[0][0] if following else len(self.text)
        return min(start + place - source, last)

    def quote(self, start_char: int, stop_char: int) -> str:
        """Returns what the source says from one place to another, references decoded."""
        if not self.places:
            return self.shown
        start = max(start_char, self.start_char)
        return self.text[self.offset(start) : self.offset(min(stop_char, self.stop_char))]

    def cut(self, start: int, stop: int) -> Segment:
        """Returns the segment of `text[start:stop]`, which is not empty; an alias has no parts."""
        if (start, stop) == (0, len(self.text)) or not self.places:
            return self
        first, last = self.written(start, stop)
        kept = [(place - start, source) for place, source in self.places if place > start]
        return Segment(self.text[start:stop], self.style, first, last, ((0, first), *kept))

    def _place(self, offset: int, *, after: bool = False) -> int:
        index = bisect_right(self.places, offset, key=lambda place: place[0]) - 1
        place, source = self.places[index]
        following = self.places[index + 1] if index + 1 < len(self.places) else None
        if after and following and following[0] == offset + 1:
            return following[1]  # "&amp;" is one character, and five in the source
        return min(source + offset - place + after, self.stop_char)


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence; one of 0 s asks for none where there would be one."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with a name, to be reported when it is reached.

    Attributes:
        name: what it is called.
        chapter: whether a chapter of that title begins there.
    """

    name: str
    chapter: bool = False


Script: TypeAlias = "tuple[Segment | Pause | Mark, ...]"


class Draft:
    """A script in the making: what was said so far, and the pause that is owed."""

    def __init__(self) -> None:
        self._items: list[Segment | Pause | Mark] = []
        self._gap_s: float | None = None  # owed by an end of <p> or <s>
        self._paused = True  # since the last text, or nothing was said yet
        self._total_s = 0.0

    def say(self, segment: Segment) -> None:
        """Adds a text, behind the pause that is owed."""
        if _sounds(segment):
            self._pay()
            self._paused = False
        self._items.append(segment)

    def pause(self, seconds: float) -> None:
        """Adds a pause that was asked for, in place of one that is owed.

        Raises:
            InvalidText: if all that were asked for come to over an hour.
        """
        self._total_s += seconds
        if self._total_s > MAX_PAUSES_S:
            raise InvalidText(f"all pauses come to more than {MAX_PAUSES_S:g} s: shorten them")
        self._gap_s = seconds
        self._pay()

    def mark(self, name: str) -> None:
        """Adds a mark, behind the pause that is owed."""
        self._pay()
        self._items.append(Mark(name))

    def end(self, gap_s: float) -> None:
        """Ends a sentence or paragraph: a pause is owed before the next text, the longest one."""
        if not self._paused:
            self._gap_s = max(self._gap_s or 0.0, gap_s)

    def finish(self) -> Script:
        """Returns the script, without blanks beside pauses and at its ends.

        Raises:
            InvalidText: if nothing is said.
        """
        rests = [False]  # whether text follows, marks apart
        for item in reversed(self._items):
            silent = isinstance(item, Mark) or (isinstance(item, Segment) and not _sounds(item))
            rests.append(rests[-1] if silent else isinstance(item, Segment))
        rests.reverse()
        script: list[Segment | Pause | Mark] = []
        last: int | None = None  # where the text stands that the next one joins
        for item, follows in zip(self._items, rests[1:], strict=True):
            if not isinstance(item, Segment):
                last = None if isinstance(item, Pause) else last
                script.append(item)
                continue
            before = None if last is None else script[last]
            joined = isinstance(before, Segment) and not before.text.endswith(" ")
            segment = item if item.style.phonemes else _trim(item, not joined, not follows)
            blank = segment.text.isspace() and not segment.style.phonemes
            if blank and last is not None and isinstance(before, Segment):
                script[last] = replace(before, text=before.text + " ")
            elif segment.text or segment.style.phonemes:
                last = len(script)
                script.append(segment)
        if not any(isinstance(item, Segment) for item in script):
            raise InvalidText("there is nothing to say: write a text between the tags")
        return tuple(script)

    def _pay(self) -> None:
        if self._gap_s is not None:
            self._items.append(Pause(self._gap_s))
            self._gap_s = None
            self._paused = True


def _sounds(segment: Segment) -> bool:
    return bool(segment.text.strip() or segment.style.phonemes)


def _trim(segment: Segment, left: bool, right: bool) -> Segment:
    """Returns the segment without the blanks at its left or right end."""
    text = segment.text
    start = len(text) - len(text.lstrip()) if left else 0
    stop = len(text.rstrip()) if right else len(text)
    if (start, stop) == (0, len(text)) or not segment.places:
        return segment
    return segment.cut(start, stop) if start < stop else replace(segment, text="", places=())
