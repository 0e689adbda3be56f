"""`Buffer`: text as it comes in, until there is enough of it to be spoken at once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.chunks import (
    BREATH_PAUSE_S,
    CLAUSE_PAUSE_S,
    PARAGRAPH_PAUSE_S,
    SENTENCE_PAUSE_S,
    chunks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEDULE: tuple[float, ...] = (120, 160, 250, 290)
LEAST_CHARS = 50
"""What `try_trigger_generation` speaks at least: the shortest that a schedule may have."""
_CLAUSE = re.compile(r"[,;:—–][\"'”’»)\]]*\s+|[、，；：]")
_BLANK = re.compile(r"\s+")
_OPEN_BREAK = re.compile(r"<(?:b(?:r(?:e(?:a(?:k\b[^<>]{0,200})?)?)?)?)?\Z", re.IGNORECASE)
_NEXT = "Next"
"""Stands for what is to come: whether a sentence has ended shows in what follows it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text to be spoken at once.

    Attributes:
        text: as it came.
        pause_s: the pause between it and what follows.
        goes_on: whether it ends where no sign stands, and more is to come: it is said like a
            clause then, not like the end of a sentence.
    """

    text: str
    pause_s: float
    goes_on: bool = False


class Buffer:
    """Gathers text, and gives it away in pieces that end with a sentence, a clause or a word.

    Args:
        schedule: how many characters the first piece needs, the second, and so on; the last
            figure counts from then on.
        auto: whether every text is spoken at once.
        markup: whether tags may come, which must not be cut; a break never is.
    """

    def __init__(
        self, schedule: Sequence[float] = SCHEDULE, *, auto: bool = False, markup: bool = False
    ) -> None:
        self._schedule = schedule
        self._auto = auto
        self._markup = markup
        self._text = ""
        self._given = 0

    @property
    def empty(self) -> bool:
        """Whether there is no text that waits to be spoken."""
        return not self._text

    def add(self, text: str) -> None:
        """Adds a text; blanks before the first word keep a connection alive, and say nothing."""
        if self._text or text.strip():
            self._text += text

    def clear(self) -> None:
        """Forgets what is not yet spoken."""
        self._text = ""

    def take(self, *, trigger: bool = False, flush: bool = False) -> Piece | None:
        """Returns the next piece, or None if there is not enough yet.

        Args:
            trigger: whether less than the schedule says is enough.
            flush: whether all is spoken now.
        """
        if flush or self._auto:
            open_break = None if flush else _OPEN_BREAK.search(self._text)
            whole = len(self._text) if open_break is None else open_break.start()
            return self._give(whole, flushed=flush)
        wanted = self._schedule[min(self._given, len(self._schedule) - 1)]
        if len(self._text) < (min(wanted, LEAST_CHARS) if trigger else wanted):
            return None
        return self._give(self._place(), flushed=False)

    def _place(self) -> int:
        """Returns where to cut: behind a sentence, else in the second half: a clause, a word."""
        stop = 0
        for chunk in chunks(self._text + _NEXT):
            end = chunk.start_char + len(chunk.text)
            if end <= len(self._text) and chunk.pause_after_s >= SENTENCE_PAUSE_S:
                stop = self._whole(end) or stop
        if stop:
            return stop
        half = len(self._text) // 2
        for pattern in (_CLAUSE, _BLANK):
            ends = [self._whole(found.end()) for found in pattern.finditer(self._text)]
            if ends and max(ends) > half:
                return max(ends)
        return 0

    def _whole(self, place: int) -> int:
        """Returns a place if no tag is open there, else 0."""
        before = self._text[:place]
        if _OPEN_BREAK.search(before):
            return 0
        if not self._markup:
            return place
        open_tag = before.rfind("<") > before.rfind(">")
        open_speech = before.count("<speak") > before.count("</speak>")
        return 0 if open_tag or open_speech else place

    def _give(self, place: int, *, flushed: bool) -> Piece | None:
        text, rest = self._text[:place], self._text[place:]
        if not any(map(_sounds, text)):
            if flushed:
                self.clear()
            return None
        self._text = rest
        self._given += 1
        pause_s = _pause_s(text)
        goes_on = not flushed and pause_s == BREATH_PAUSE_S and not text.rstrip().endswith(">")
        return Piece(text, pause_s, goes_on)


def _pause_s(text: str) -> float:
    """Returns the pause behind a text."""
    ends = [chunk for chunk in chunks(text + _NEXT) if chunk.pause_after_s]
    if ends and ends[-1].start_char + len(ends[-1].text) == len(text):
        return min(max(ends[-1].pause_after_s, CLAUSE_PAUSE_S), PARAGRAPH_PAUSE_S)
    return CLAUSE_PAUSE_S if _CLAUSE.search(text.rstrip()[-1:] + " ") else BREATH_PAUSE_S


def _sounds(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNMS"
