"""`Wording`: a text as ElevenLabs' clients write it, as a task of ours takes it.

`<break time="1.5s"/>` becomes `[pause 1.5s]`; with `<phoneme>` the text becomes SSML. Directions in
brackets, such as `[whispers]`, are read where the model that is asked for has them: the first one
that is understood is the emotion. SSML that begins with `<speak>` goes on as it is.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.studio.directions import emotion_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SSML = ("<speak", "<?xml", "<!DOCTYPE")
_BLANKS = "\ufeff \t\r\n"
_BREAK = re.compile(r"<break\b(?P<attributes>[^<>]{0,200})/?>(?:\s*</break>)?", re.IGNORECASE)
_TIME = re.compile(r"\btime\s*=\s*[\"']\s*(\d{1,6}(?:\.\d{1,6})?)\s*(ms|s)\s*[\"']", re.IGNORECASE)
_PHONEME = re.compile(r"</?phoneme\b[^<>]{0,400}>", re.IGNORECASE)
_DIRECTION = re.compile(r"\[(?!\s*pause\b)[^\W\d_][^\[\]\n\d]{0,60}\]\s?", re.IGNORECASE)
MAX_BREAK_S = 60.0
_GUARD = "\u200b"
"""Keeps a text that looks like SSML, and is not to be read so, from it: it has no sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A text as it came, and as the task takes it.

    Attributes:
        source: as it came.
        text: as the task takes it.
        places: (place in `text`, place in `source`, whether the two run on together), in order.
        emotion: that a direction asks for.
        ignored: what is left out of it, one line each.
    """

    source: str
    text: str
    places: Sequence[tuple[int, int, bool]] = ((0, 0, True),)
    emotion: str | None = None
    ignored: Sequence[str] = ()

    def source_span(self, start: int, stop: int) -> tuple[int, int]:
        """Returns where `text[start:stop]` stands in the source."""
        first = self._place(start)
        last = self._place(stop - 1) + 1 if stop > start else first
        return first, min(max(first, last), len(self.source))

    def _place(self, place: int) -> int:
        index = bisect_right(self.places, place, key=lambda row: row[0]) - 1
        start, source, together = self.places[max(index, 0)]
        return min(source + (place - start if together else 0), len(self.source))


def worded(source: str, *, directions: bool = False, markup: bool = True) -> Wording:
    """Returns a text as a task takes it.

    Args:
        source: as it came.
        directions: whether words in brackets say how, instead of being said.
        markup: whether tags are read; if not, they are text like any other, but for breaks: those
            are never meant to be said.
    """
    is_ssml = source.lstrip(_BLANKS).startswith(_SSML)
    if is_ssml and markup:
        return Wording(source=source, text=source)
    draft = _Draft(source, ssml=markup and bool(_PHONEME.search(source)))
    if is_ssml:
        draft.put(_GUARD, 0)
    at = 0
    for kind, found in _finds(source, directions=directions, markup=markup):
        if found.start() < at:
            continue
        draft.copy(at, found.start())
        at = found.end()
        if kind == "direction":
            draft.direct(found[0].strip().strip("[]").strip())
        else:
            draft.put(draft.pause(found) if kind == "break" else found[0], found.start())
    draft.copy(at, len(source))
    return draft.wording()


def _finds(source: str, *, directions: bool, markup: bool) -> Iterator[tuple[str, re.Match[str]]]:
    """Yields what is no plain text, in order."""
    wanted = [("break", _BREAK)]
    if markup:
        wanted.append(("phoneme", _PHONEME))
    if directions:
        wanted.append(("direction", _DIRECTION))
    found = [(kind, match) for kind, pattern in wanted for match in pattern.finditer(source)]
    yield from sorted(found, key=lambda each: each[1].start())


class _Draft:
    """A wording in the making."""

    def __init__(self, source: str, *, ssml: bool) -> None:
        self._source = source
        self._ssml = ssml
        self._parts: list[str] = []
        self._length = 0
        self._places: list[tuple[int, int, bool]] = []
        self._emotion: str | None = None
        self._ignored: dict[str, None] = {}
        if ssml:
            self.put("<speak>", 0)

    def copy(self, start: int, stop: int) -> None:
        """Adds what stands in the source from one place to another."""
        if not self._ssml:
            self._add(self._source[start:stop], start, together=True)
            return
        for place in range(start, stop):
            char = self._source[place]
            escaped = html.escape(char, quote=False)
            self._add(escaped, place, together=len(escaped) == 1)

    def put(self, text: str, place: int) -> None:
        """Adds a text that stands for what the source has at a place."""
        self._add(text, place, together=False)

    def pause(self, found: re.Match[str]) -> str:
        """Returns a pause as our texts have it."""
        time = _TIME.search(found["attributes"])
        seconds = float(time[1]) / (1000 if time[2].lower() == "ms" else 1) if time else None
        if seconds is not None and seconds > MAX_BREAK_S:
            self._ignored[f"what a break has over {MAX_BREAK_S:g} s"] = None
            seconds = MAX_BREAK_S
        if self._ssml:
            return "<break/>" if seconds is None else f'<break time="{seconds:g}s"/>'
        return " [pause] " if seconds is None else f" [pause {round(seconds * 1000)}ms] "

    def direct(self, direction: str) -> None:
        """Follows a direction, if it is the first that is understood."""
        emotion = emotion_of(direction)
        if emotion is None or self._emotion not in {None, emotion}:
            self._ignored[f"the direction [{direction}]"] = None
        else:
            self._emotion = emotion

    def wording(self) -> Wording:
        """Returns what has come together."""
        if self._ssml:
            self.put("</speak>", len(self._source))
        return Wording(
            source=self._source,
            text="".join(self._parts),
            places=tuple(self._places) or ((0, 0, True),),
            emotion=self._emotion,
            ignored=tuple(self._ignored),
        )

    def _add(self, text: str, place: int, *, together: bool) -> None:
        if not text:
            return
        last = self._places[-1] if self._places else None
        runs_on = together and last is not None and last[2]
        if not (runs_on and last is not None and last[1] + self._length - last[0] == place):
            self._places.append((self._length, place, together))
        self._parts.append(text)
        self._length += len(text)
