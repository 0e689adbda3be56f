"""The way from what is said back to what was written."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Span(NamedTuple):
    """A stretch of said text and the written characters it stands for, in code points.

    Attributes:
        said_start: where it begins in the said text.
        said_stop: its end there, exclusive.
        written_start: where it begins in the written text.
        written_stop: its end there, exclusive.
    """

    said_start: int
    said_stop: int
    written_start: int
    written_stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Normalized:
    """A text as it is to be spoken.

    Attributes:
        text: what is said.
        written: what was written.
    """

    text: str
    written: str
    _said: Sequence[int]
    _source: Sequence[int]
    _changed: Sequence[int]

    @property
    def spans(self) -> tuple[Span, ...]:
        """All spans in order, without gaps: text that was left alone is one span, up to the next.

        They are made on every access; to look up a word, `written_span` needs no more than one.
        """
        return tuple(
            map(Span, self._said[:-1], self._said[1:], self._source[:-1], self._source[1:])
        )

    def written_span(self, said_start: int, said_stop: int) -> tuple[int, int]:
        """Returns where the said characters from `said_start` to `said_stop` were written.

        Text that was left alone maps character by character; of what was put differently ("$5"
        is "five dollars"), any part stands for the whole.

        Args:
            said_start: 0 to len(text), in code points.
            said_stop: said_start to len(text), exclusive.
        """
        if not self._changed:
            return 0, 0
        first = min(bisect_right(self._said, said_start) - 1, len(self._changed) - 1)
        last = max(first, bisect_left(self._said, said_stop) - 1)
        start, stop = self._source[first], self._source[last + 1]
        if not self._changed[first]:
            start += said_start - self._said[first]
        if not self._changed[last]:
            stop = self._source[last] + said_stop - self._said[last]
        return start, max(start, stop)


class Builder:
    """Joins spans into a said text, with a blank where two of them would run together."""

    def __init__(self, written: str) -> None:
        self.written = written
        self._pieces: list[str] = []
        self._said = array("Q", [0])
        self._source = array("Q", [0])
        self._changed = bytearray()
        self._last = ""

    @property
    def position(self) -> int:
        """How far the written text has been taken."""
        return self._source[-1]

    def keep(self, stop: int) -> None:
        """Says the written text up to `stop` as it stands."""
        start = self._source[-1]
        if stop <= start:
            return
        piece = self.written[start:stop]
        if self._changed and self._changed[-1] and self._last.isalnum() and piece[0].isalnum():
            self._pieces.append(" ")
            self._said[-1] += 1
        if self._changed and not self._changed[-1]:
            self._said[-1] += len(piece)
            self._source[-1] = stop
        else:
            self._said.append(self._said[-1] + len(piece))
            self._source.append(stop)
            self._changed.append(0)
        self._pieces.append(piece)
        self._last = piece[-1]

    def replace(self, stop: int, said: str) -> None:
        """Says `said` for the written text up to `stop`."""
        if self.written[self._source[-1] : stop] == said:
            self.keep(stop)
            return
        if self._last.isalnum() and said[0].isalnum():
            said = " " + said
        self._said.append(self._said[-1] + len(said))
        self._source.append(stop)
        self._changed.append(1)
        self._pieces.append(said)
        self._last = said[-1]

    def build(self) -> Normalized:
        """Returns everything said so far; what is left of the written text is kept."""
        self.keep(len(self.written))
        return Normalized(
            "".join(self._pieces), self.written, self._said, self._source, bytes(self._changed)
        )
