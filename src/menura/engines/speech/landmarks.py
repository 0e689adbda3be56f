"""Landmarks: chapters of a text, and when its marks and chapters are reached."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.engines.speech.conversation import speaker_times
from menura.engines.speech.passage import Passage
from menura.engines.speech.passages import is_ssml, passages
from menura.errors import InvalidInput, InvalidText
from menura.text.captions import Chapter
from menura.text.elements import pause_s
from menura.text.headings import headings
from menura.text.script import Mark, Pause
from menura.text.ssml import PAUSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.engines.base import Performance
    from menura.engines.speech.dictionary import Dictionary
    from menura.voice import Voice

BEFORE_TITLE_S, AFTER_TITLE_S = 1.6, 0.9
"""Pauses around a chapter's title, as audiobooks have them: one to two seconds and about one."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Reader:
    """Reads pieces of a text, each placed where it stands in the whole."""

    text: str
    voice: Voice
    language: str | None
    voices: Mapping[str, Voice]
    max_chars: int
    dictionary: Dictionary

    def said(self, start: int, piece: str) -> Iterator[Passage | Pause | Mark]:
        """Yields what a piece says; one of pauses alone is those pauses."""
        if not any(char.isalnum() for char in PAUSE.sub("", piece)):
            yield from (Pause(pause_s(found[1].strip())) for found in PAUSE.finditer(piece))
            return
        for item in passages(
            piece,
            self.voice,
            self.language,
            self.voices,
            max_chars=self.max_chars,
            dictionary=self.dictionary,
        ):
            if isinstance(item, Passage):
                yield dataclasses.replace(item, written=self.text, offset=start)
            else:
                yield item


def chaptered(
    text: str,
    voice: Voice,
    language: str | None,
    voices: Mapping[str, Voice],
    *,
    max_chars: int,
    dictionary: Dictionary,
) -> tuple[Passage | Pause | Mark, ...]:
    """Returns what a plain text says, each of its headings a title with a pause around it.

    Args:
        text: plain, with headings in Markdown or lines such as `Chapter 1`.
        voice: who says it.
        language: the language of that voice; None = its own.
        voices: the engine's, by name.
        max_chars: the most characters the text may have.
        dictionary: how words are said.

    Raises:
        InvalidInput: if the text is SSML, or has no headings.
        InvalidText, NotFound: as `passages`.
    """
    if is_ssml(text):
        raise InvalidInput("chapters are headings of a plain text: in SSML, use <mark>")
    if len(text) > max_chars:
        raise InvalidText(f"the text has {len(text)} characters, over the limit of {max_chars}")
    found = headings(text)
    if not found:
        raise InvalidInput(
            "no chapters are found: write headings such as '# One' or 'Chapter 1' on lines of "
            "their own, with empty lines around them"
        )

    reader = _Reader(text, voice, language, voices, max_chars, dictionary)
    items = list(reader.said(0, text[: found[0].start_char]))
    ends = [*(heading.start_char for heading in found[1:]), len(text)]
    for heading, end in zip(found, ends, strict=True):
        if items:
            items.append(Pause(BEFORE_TITLE_S))
        start = text.find(heading.title, heading.start_char, heading.stop_char)
        title = reader.said(start if start >= 0 else heading.start_char, heading.title)
        items += [Mark(heading.title, chapter=True), *title, Pause(AFTER_TITLE_S)]
        items += reader.said(heading.stop_char, text[heading.stop_char : end])
    if not any(isinstance(item, Passage) for item in items):
        raise InvalidText("nothing in the text can be spoken: give letters, numbers or symbols")
    return tuple(items)


class Landmarks:
    """Tells a performance when marks and chapters are reached.

    Args:
        performance: its `measured` and `chapters` are filled.
        rate: Hz.
    """

    def __init__(self, performance: Performance, rate: int) -> None:
        self._performance = performance
        self._rate = rate

    def reach(self, mark: Mark, frame: int) -> None:
        """Notes a mark, or the chapter that begins with it."""
        time_s = frame / self._rate
        if mark.chapter:
            self._end(time_s)
            self._performance.chapters.append(Chapter(mark.name, time_s, time_s))
        else:
            self.note({mark.name: round(time_s, 4)})

    def note(self, times: Mapping[str, float]) -> None:
        """Notes marks by name with their times, seconds."""
        if times:
            self._performance.measured.setdefault("marks", {}).update(times)

    def finish(self, frames: int) -> None:
        """Notes that all was said, and what follows from it.

        Args:
            frames: length of the whole.
        """
        self._end(frames / self._rate)
        words = self._performance.captions
        self._performance.measured["words"] = len(words)
        if self._performance.chapters:
            self._performance.measured["chapters"] = len(self._performance.chapters)
        if any(word.speaker for word in words):
            self._performance.measured["turns"] = speaker_times(words)

    def _end(self, time_s: float) -> None:
        if chapters := self._performance.chapters:
            chapters[-1] = chapters[-1]._replace(end_s=time_s)
