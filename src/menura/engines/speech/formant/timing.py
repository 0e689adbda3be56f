"""Which word sounds when: captions from the events of a rendering."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from menura.text.captions import Sound, Word
from menura.text.chunks import SENTENCE_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.speech.passage import Passage
    from menura.espeak.utterance import Event, Rendering
    from menura.text.chunks import Chunk


def words(rendering: Rendering, chunk: Chunk, passage: Passage, start_frame: int) -> Iterator[Word]:
    """Yields the chunk's words with their times in the whole and their place in the text.

    What is written as one word and said as several ("$5", "five dollars") is one caption.

    Args:
        rendering: the chunk as it was spoken.
        chunk: the piece of the said text.
        passage: that text, with the way back to what was written.
        start_frame: where the rendering begins in the whole.
    """
    rate = rendering.rate
    sounds = _sounds(rendering, start_frame)
    held: Word | None = None
    for start_char, stop_char, start, stop in _sounding(rendering):
        place = passage.written_span(chunk.start_char + start_char, chunk.start_char + stop_char)
        said = chunk.text[start_char:stop_char]
        start_s, stop_s = (start_frame + start) / rate, (start_frame + stop) / rate
        if held is not None and place[0] < held.end_char:
            end_char = max(held.end_char, place[1])
            held = replace(held, end_s=stop_s, end_char=end_char, said=f"{held.said} {said}")
            continue
        if held is not None:
            yield _finished(held, passage, sounds)
        held = Word("", start_s, stop_s, *place, said=said)
    if held is not None:
        last = _finished(held, passage, sounds)
        yield replace(last, ends_sentence=_ends_sentence(chunk, passage))


def reached(
    rendering: Rendering, chunk: Chunk, passage: Passage, start_frame: int
) -> dict[str, float]:
    """Returns when each mark in the chunk is reached, seconds: with the first word behind it."""
    stop = chunk.start_char + len(chunk.text)
    times: dict[str, float] = {}
    for place, name in passage.marks:
        if chunk.start_char <= place < stop:
            later = [
                event.frame
                for event in rendering.select("word")
                if chunk.start_char + event.start_char + event.length_chars > place
            ]
            frame = start_frame + (later[0] if later else int(rendering.samples.size))
            times[name] = round(frame / rendering.rate, 4)
    return times


def _finished(word: Word, passage: Passage, sounds: Sequence[Sound]) -> Word:
    """Returns the word with its phonemes, as written, with the punctuation that clings to it."""
    start, stop = word.start_char, word.end_char
    if stop > start:  # phonemes may stand for nothing that is written
        start, stop = _opening(passage.written, start), _closing(passage.written, stop)
    return replace(
        word,
        text=passage.quote(start, stop) or word.said,
        start_char=start,
        end_char=stop,
        speaker=passage.speaker,
        sounds=tuple(s for s in sounds if word.start_s <= s.start_s < word.end_s),
    )


def _sounds(rendering: Rendering, start_frame: int) -> list[Sound]:
    """Returns the phonemes that sound; each lasts until the next event."""
    frames = [event.frame for event in rendering.events] + [int(rendering.samples.size)]
    return [
        Sound(
            event.ipa, (start_frame + start) / rendering.rate, (start_frame + stop) / rendering.rate
        )
        for event, start, stop in zip(rendering.events, frames, frames[1:], strict=False)
        if event.kind == "phoneme" and event.ipa and stop > event.frame
    ]


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


def _ends_sentence(chunk: Chunk, passage: Passage) -> bool:
    end = chunk.start_char + len(chunk.text)
    return (passage.closes and end >= len(passage.said)) or chunk.pause_after_s >= SENTENCE_PAUSE_S


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
