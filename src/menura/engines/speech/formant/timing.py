"""Which word sounds when: captions from the events of a rendering."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from menura.text.captions import Word
from menura.text.chunks import SENTENCE_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.espeak.utterance import Event, Rendering
    from menura.text.chunks import Chunk
    from menura.text.clean import Cleaned


def words(rendering: Rendering, chunk: Chunk, cleaned: Cleaned, start_frame: int) -> Iterator[Word]:
    """Yields the chunk's words with their times in the whole and their place in the text.

    Args:
        rendering: the chunk as it was spoken.
        chunk: the piece of the cleaned text.
        cleaned: that text, with the way back to the original.
        start_frame: where the rendering begins in the whole.
    """
    spans = list(_sounding(rendering))
    for i, (start_char, stop_char, start, stop) in enumerate(spans):
        first = chunk.start_char + _opening(chunk.text, start_char)
        last = chunk.start_char + _closing(chunk.text, stop_char)
        yield Word(
            cleaned.quote(first, last - first),
            (start_frame + start) / rendering.rate,
            (start_frame + stop) / rendering.rate,
            cleaned.offset(first),
            cleaned.offset(last),
            ends_sentence=i == len(spans) - 1 and _ends_sentence(chunk, cleaned),
        )


def _sounding(rendering: Rendering) -> Iterator[tuple[int, int, int, int]]:
    """Yields (start_char, stop_char, start_frame, stop_frame) of the words that sound.

    A written word that has no sound of its own (a currency sign said with its number) belongs to
    the one before it, or at the start to the one after.
    """
    events = rendering.events
    starts = [i for i, event in enumerate(events) if event.kind == "word"]
    held: tuple[int, int, int, int] | None = None
    silent_from: int | None = None
    for i, after in pairwise([*starts, len(events)]):
        event = events[i]
        stop_char = event.start_char + event.length_chars
        stop = _last_sound(events[i + 1 : after + 1], event.frame, rendering)
        if stop is None and held is not None:
            held = (held[0], stop_char, held[2], held[3])
        elif stop is None:
            silent_from = event.start_char if silent_from is None else silent_from
        else:
            if held is not None:
                yield held
            start_char = event.start_char if silent_from is None else silent_from
            held, silent_from = (start_char, stop_char, event.frame, stop), None
    if held is not None:
        yield held


def _last_sound(events: Sequence[Event], start: int, rendering: Rendering) -> int | None:
    """Returns where the last phoneme of a word ends; None if it has none.

    Pauses inside a word (between the digits of a number) are part of it.
    """
    heard = [i for i, event in enumerate(events) if event.kind == "phoneme" and event.ipa]
    if not heard:
        return None
    later = [event.frame for event in events[heard[-1] + 1 :]]
    stop = later[0] if later else int(rendering.samples.size)
    return stop if stop > start else None


def _ends_sentence(chunk: Chunk, cleaned: Cleaned) -> bool:
    end = chunk.start_char + len(chunk.text)
    return end >= len(cleaned.text) or chunk.pause_after_s >= SENTENCE_PAUSE_S


def _opening(text: str, start: int) -> int:
    """Returns where the brackets and quotes that open a word begin."""
    while start and (
        unicodedata.category(text[start - 1]) in {"Ps", "Pi"} or text[start - 1] in "\"'¿¡"
    ):
        start -= 1
    return start


def _closing(text: str, stop: int) -> int:
    """Returns where the punctuation that follows a word ends."""
    while stop < len(text) and unicodedata.category(text[stop]) in {"Po", "Pe", "Pf"}:
        stop += 1
    return stop
