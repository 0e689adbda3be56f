"""`Alignment`: when each character of a text sounds, from the times of words and their sounds.

A word's characters share its sounds in order: the boundary after the k-th of n characters lies
where k/n of its sounds have passed. What stands between two words (blanks, punctuation, markup)
has the time between them: the first such character all of it, the others none. So the times never
go back, and whole they leave nothing out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

_MARKUP = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_LOOSE = re.compile(r"(?<!\s)\s+(?=[.,;:!?…)])")
_BLANKS = re.compile(r"\s+")
_FORMATTING = "_\\`~"

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Timed:
    """A character and its time, seconds from the beginning of the sound.

    `end_s` is None while nobody knows when the next word begins.
    """

    char: str
    start_s: float
    end_s: float | None


class Aligner:
    """Gives the characters of a text their times, word by word.

    Args:
        text: the characters; `extend` adds to them.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._at = 0
        self._now_s = 0.0
        self._queue: deque[Timed] = deque()
        self._last: Timed | None = None

    def extend(self, text: str) -> None:
        """Adds characters to the text."""
        self.text += text

    def add(self, start: int, stop: int, times_s: Sequence[float]) -> None:
        """Adds the next word.

        Args:
            start: where its first character stands in the text.
            stop: where the last one ends.
            times_s: where its sounds begin, and where the last one ends, seconds: two or more.
        """
        start = max(start, self._at)
        begin_s = max(times_s[0], self._now_s)
        end_s = max(times_s[-1], begin_s)
        if start >= stop:  # the same characters again: the last of them lasts longer
            if self._last is not None and self._last.end_s is not None:
                self._last.end_s = end_s
            self._now_s = end_s
            return
        self._pass(start, begin_s)
        bounds_s = np.clip(np.maximum.accumulate(times_s), begin_s, end_s)
        bounds_s[0], bounds_s[-1] = begin_s, end_s
        count, sounds = stop - start, len(bounds_s) - 1
        shares = np.arange(count + 1) * (sounds / count)
        edges_s = np.interp(shares, np.arange(sounds + 1), bounds_s)
        for char, first, last in zip(self.text[start:stop], edges_s, edges_s[1:], strict=False):
            self._put(Timed(char, float(first), float(last)))
        self._at, self._now_s = stop, end_s
        if self._at < len(self.text) and _clings(self.text[self._at]):
            self._open()

    def finish(self, end_s: float) -> None:
        """Gives what is left of the text the time that is left.

        Args:
            end_s: where the sound ends, seconds.
        """
        self._pass(len(self.text), max(end_s, self._now_s))

    def take(self, before_s: float, *, unfinished: bool = False) -> list[Timed]:
        """Returns, once, the characters that begin before a time, in order.

        Args:
            before_s: seconds; characters of words that begin later may not be known yet.
            unfinished: whether also one whose end is not known.
        """
        found = []
        while self._queue and self._queue[0].start_s < before_s:
            if self._queue[0].end_s is None and not unfinished:
                break
            found.append(self._queue.popleft())
        return found

    def _pass(self, place: int, time_s: float) -> None:
        """Ends what stands before a place at a time."""
        if self._at < place:
            self._open()
        if self._last is not None and self._last.end_s is None:
            self._last.end_s = time_s
        for char in self.text[self._at : place]:
            self._put(Timed(char, time_s, time_s))
        self._at, self._now_s = max(self._at, place), time_s

    def _open(self) -> None:
        """Begins the first character of what stands between words."""
        if self._last is None or self._last.end_s is not None:
            self._put(Timed(self.text[self._at], self._now_s, None))
            self._at += 1

    def _put(self, timed: Timed) -> None:
        self._queue.append(timed)
        self._last = timed


class Alignment:
    """Times of a text as it is written, and as it is said.

    Args:
        source: the text.
    """

    def __init__(self, source: str) -> None:
        self.written = Aligner(source)
        self.said = Aligner()
        self._stop = 0

    def add(self, word: Mapping[str, Any], start: int, stop: int) -> None:
        """Adds the next word.

        Args:
            word: as `work.word_facts` tells of it.
            start: where it stands in the source.
            stop: where it ends there.
        """
        text = self.written.text
        core_start, core_stop = _core(text, start, stop)
        times_s = _times(word)
        self.written.add(core_start, core_stop, times_s)
        gap = text[self._stop : start] if start >= self._stop else ""
        apart = not text[start:stop].strip() or _parts(gap)
        before = _between(gap) + (" " if apart else "") + text[start:core_start]
        core, after = text[core_start:core_stop], text[core_stop:stop]
        said = " ".join((word["said"] or core).split())
        if after.startswith(".") and said != core and not word["ends_sentence"]:
            after = after[1:]  # "Dr." is "Doctor"
        before = self._joined(before)
        first = len(self.said.text) + len(before)
        self.said.extend(before + said)
        self.said.extend(self._joined(after))
        self.said.add(first, first + len(said), times_s)
        self._stop = max(self._stop, stop)

    def finish(self, end_s: float) -> None:
        """Ends both with the sound, at `end_s` seconds."""
        self.said.extend(self._joined(_between(self.written.text[self._stop :]).rstrip()))
        self._stop = len(self.written.text)
        self.written.finish(end_s)
        self.said.finish(end_s)

    def _joined(self, text: str) -> str:
        """Returns what comes next with blanks as one space, and none where there is one already."""
        single = _BLANKS.sub(" ", text)
        ended = not self.said.text or self.said.text.endswith(" ")
        return single.lstrip() if ended else single


def _between(gap: str) -> str:
    """Returns the punctuation of what stands between two words; markup and directions have none."""
    plain = _MARKUP.sub(" " if _parts(gap) else "", gap)
    if any(map(str.isalnum, plain)):  # something that is not said
        return ""
    kept = "".join(c for c in plain if c.isspace() or (_clings(c) and c not in _FORMATTING))
    return _LOOSE.sub("", kept) if kept.strip() else ""


def _parts(gap: str) -> bool:
    """Whether what stands between two words parts them."""
    return any(char.isspace() or char == ">" for char in gap)


def _core(text: str, start: int, stop: int) -> tuple[int, int]:
    """Returns where a word stands without the signs that cling to it; all, if it has only these."""
    first, last = start, stop
    while first < last and _clings(text[first]):
        first += 1
    while first < last and _clings(text[last - 1]):
        last -= 1
    return (first, last) if first < last else (start, stop)


def _clings(char: str) -> bool:
    return char.isspace() or (char not in "%&@#*/" and unicodedata.category(char)[0] == "P")


def _times(word: Mapping[str, Any]) -> list[float]:
    """Returns where the sounds of a word begin, and where the last ends; of no sounds, its own."""
    sounds = word["sounds"]
    return [word["start_s"], *(sound[1] for sound in sounds[1:]), word["end_s"]]
