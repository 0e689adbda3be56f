"""From espeak-ng's raw events to events that name the written word.

espeak-ng counts code points from 1, also across emoji and combining marks, but: it reports a
word's apostrophes and quotes short ("don" for "don't"), a number once for each spoken word of it
and then one character further on, an emoji sequence likewise, and two words that its dictionary
takes together ("of the") once. So each event is laid over the words as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING

from menura.espeak.utterance import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

RawEvent = tuple[int, int, int, int, str]
"""Type (speak_lib.h), frame, position from 1, length in characters, name."""

WORD, SENTENCE, END, PHONEME = 1, 2, 5, 7

# A run between spaces, also cut at long dashes, slashes and ellipses, which join words in print.
_RUN = re.compile(r"[^\s\u2012-\u2015/\u2026]+")
# Scripts written without spaces, where only espeak-ng knows the words.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
# What is one word in them all the same: a number with its signs, a word in Latin letters.
_TOKEN = re.compile(
    r"[0-9０-９]+(?:[.,:][0-9０-９]+)*[%％]?"
    r"|[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-'’][A-Za-zÀ-ɏ0-9]+)*"
)
_SPOKEN_MARKS = frozenset("%&#@§*†")  # punctuation to Unicode, words to a reader


def written_words(
    text: str, starts: Sequence[int], whole: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Returns the (start, stop) of every written word, in code points.

    Args:
        text: the text as it was given.
        starts: where espeak-ng says words start; they alone divide scripts without spaces.
        whole: (start, stop) of what is one word whatever it holds, in order.
    """
    marks = sorted(set(starts))
    words: list[tuple[int, int]] = []
    done = 0
    for start, stop in [*whole, (len(text), len(text))]:
        words += _divided(text, done, start, marks)
        words += [(start, stop)] if stop > start else []
        done = stop
    return words


def _divided(text: str, first: int, last: int, marks: Sequence[int]) -> list[tuple[int, int]]:
    """Returns the words between two places; `marks` are in order."""
    spans: list[tuple[int, int]] = []
    for run in _RUN.finditer(text, first, last):
        start, stop = run.span()
        cuts = [start]
        if _UNSPACED.search(run[0]):
            cuts = _cuts(text, start, stop, marks)
        spans += zip(cuts, [*cuts[1:], stop], strict=True)
    return [trimmed for span in spans if (trimmed := _trim(text, *span))]


def _cuts(text: str, start: int, stop: int, marks: Sequence[int]) -> list[int]:
    """Returns where the words of a run without blanks begin; numbers and Latin words stay whole."""
    tokens = [found.span() for found in _TOKEN.finditer(text, start, stop)]
    kept: list[int] = []
    done = start
    for first, last in [*tokens, (stop, stop)]:
        kept += marks[bisect_right(marks, done - 1) : bisect_right(marks, first - 1)]
        kept += [first, last]
        done = last
    return sorted({start, *(place for place in kept if start < place < stop)})


def _trim(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """Takes punctuation off both ends; None where nothing else is there."""
    while start < stop and _is_punctuation(text[start]):
        start += 1
    while start < stop and _is_punctuation(text[stop - 1]):
        stop -= 1
    return (start, stop) if start < stop else None


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PC" and char not in _SPOKEN_MARKS


def name_events(
    raw: Sequence[RawEvent], text: str, whole: Sequence[tuple[int, int]] = ()
) -> tuple[Event, ...]:
    """Returns the events of one utterance, each with the written text it belongs to.

    Args:
        raw: what espeak-ng reports, with positions in the text.
        text: what was said.
        whole: (start, stop) of what is one word whatever it holds, in order.
    """
    starts = [position - 1 for kind, _, position, _, _ in raw if kind == WORD]
    spans = written_words(text, starts, whole)
    spoken = _spoken_words(starts, spans, text)
    sentences = [position - 1 for kind, _, position, _, _ in raw if kind == SENTENCE]
    events: list[Event] = []
    word = (0, 0)
    words = iter(spoken)
    for kind, frame, position, _, name in raw:
        if kind == WORD:
            found = next(words)
            if found is not None:
                word = found
                events.append(_event("word", frame, text, *word))
        elif kind == SENTENCE:
            stop = min((start for start in sentences if start > position - 1), default=len(text))
            sentence = text[position - 1 : stop]
            events.append(
                _event("sentence", frame, text, position - 1, position - 1 + len(sentence.rstrip()))
            )
        elif kind == PHONEME:
            if not name.startswith("("):  # "(en)": the voice of another language reads on
                start, stop = word
                events.append(
                    Event(
                        kind="phoneme",
                        frame=frame,
                        ipa=name,
                        start_char=start,
                        length_chars=stop - start,
                    )
                )
        elif kind == END:
            events.append(Event(kind="end", frame=frame, start_char=min(position, len(text))))
    return tuple(events)


def _event(kind: str, frame: int, text: str, start: int, stop: int) -> Event:
    return Event(
        kind="word" if kind == "word" else "sentence",
        frame=frame,
        text=text[start:stop],
        start_char=start,
        length_chars=stop - start,
    )


def _spoken_words(
    starts: Sequence[int], spans: list[tuple[int, int]], text: str
) -> list[tuple[int, int] | None]:
    """Returns, for each word event, the span it stands for; None where it repeats the last one.

    A written word without an event belongs to the one before it, and at the start to the first.
    """
    ends = [stop for _, stop in spans]
    heard: list[int] = []
    indices: list[int | None] = []
    for start in starts:
        # The word that holds `start`, or else the next one: events may point at an open quote.
        index = bisect_right(ends, start)
        if heard and index == heard[-1] and _is_followed(text, spans, index):
            index += 1
        new = index < len(spans) and (not heard or index > heard[-1])
        indices.append(index if new else None)
        if new:
            heard.append(index)
    spoken = {}
    for index, after in zip(heard, [*heard[1:], len(spans)], strict=False):
        first = 0 if index == heard[0] else index
        last = index
        for silent in range(index + 1, after):
            if any(char.isalnum() for char in text[slice(*spans[silent])]):
                last = silent
        spoken[index] = (spans[first][0], spans[last][1])
    return [None if index is None else spoken[index] for index in indices]


def _is_followed(text: str, spans: Sequence[tuple[int, int]], index: int) -> bool:
    """Whether a number follows a word without a blank: it is reported as that word once more."""
    if index + 1 >= len(spans):
        return False
    (start, stop), (first, _) = spans[index], spans[index + 1]
    return stop == first and text[first].isdecimal() and _TOKEN.match(text, start) is None
