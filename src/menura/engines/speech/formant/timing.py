"""Which word sounds when: captions from the events of a rendering."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from menura.engines.speech.formant.seams import seams
from menura.espeak.words import written_words
from menura.text.captions import Sound, Word
from menura.text.chunks import SENTENCE_PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
    low, high = _room(chunk, passage)
    held: Word | None = None
    for start_char, stop_char, start, stop in _sounding(rendering, _joints(chunk, passage)):
        place = passage.written_span(chunk.start_char + start_char, chunk.start_char + stop_char)
        place = max(place[0], low), max(min(place[1], high), low)
        said = chunk.text[start_char:stop_char]
        start_s, stop_s = (start_frame + start) / rate, (start_frame + stop) / rate
        if held is not None and place[0] < held.end_char:
            end_char = max(held.end_char, place[1])
            held = replace(held, end_s=stop_s, end_char=end_char, said=f"{held.said} {said}")
            continue
        if held is not None:
            word = _finished(held, passage, sounds, (low, place[0]))
            low = max(low, word.end_char)
            yield word
        held = Word("", start_s, stop_s, *place, said=said)
    if held is not None:
        last = _finished(held, passage, sounds, (low, high))
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


def _room(chunk: Chunk, passage: Passage) -> tuple[int, int]:
    """Returns where a chunk is written; what is cut in it is shared out with its neighbours."""
    first, last = chunk.start_char, chunk.start_char + len(chunk.text)
    low = passage.written_span(first, first + 1)[0]
    high = passage.written_span(last - 1, last)[1]
    return _cut(passage, first) or low, _cut(passage, last) or high


def _cut(passage: Passage, place: int) -> int | None:
    """Returns which part of a written word is said before `place`; None if none is cut there.

    A long number may be said in several chunks: each has a share of its digits.
    """
    if not 0 < place < len(passage.said):
        return None
    span = passage.written_span(place, place + 1)
    if span[1] - span[0] < 2 or passage.written_span(place - 1, place) != span:
        return None
    start = stop = place
    while start and passage.written_span(start - 1, start) == span:
        start -= 1
    while stop < len(passage.said) and passage.written_span(stop, stop + 1) == span:
        stop += 1
    share = round((span[1] - span[0]) * (place - start) / (stop - start))
    return span[0] + min(max(share, 1), span[1] - span[0] - 1)


def _finished(word: Word, passage: Passage, sounds: Sequence[Sound], room: tuple[int, int]) -> Word:
    """Returns the word with its phonemes, as written, with the punctuation that clings to it."""
    start, stop = word.start_char, word.end_char
    if stop > start:  # phonemes may stand for nothing that is written
        start, stop = passage.clinging((start, stop), room)
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


def _joints(chunk: Chunk, passage: Passage) -> Callable[[int, int], list[tuple[int, int]]]:
    """Returns what gives the written words in a stretch of a chunk, as (start, stop)."""

    def joints(start: int, stop: int) -> list[tuple[int, int]]:
        if passage.piece_at(chunk.start_char + start).source.phonemes is not None:
            return [(start, stop)]  # a phrase with given phonemes is one word
        found = [
            (start + first, start + last)
            for first, last in written_words(chunk.text[start:stop], ())
            if any(char.isalnum() for char in chunk.text[start + first : start + last])
        ]
        starts = [start, *(first for first, _ in found[1:])]
        ends = [*(last for _, last in found[:-1]), stop]
        return list(zip(starts, ends, strict=True))

    return joints


def _sounding(
    rendering: Rendering, joints: Callable[[int, int], list[tuple[int, int]]]
) -> Iterator[tuple[int, int, int, int]]:
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
            parts = joints(event.start_char, stop_char)
            if silent_from is not None:
                parts[0], silent_from = (silent_from, parts[0][1]), None
            frames = _frames(parts, events[i:after], stop)
            rows = [(*part, *pair) for part, pair in zip(parts, pairwise(frames), strict=True)]
            yield from rows[:-1]
            held = rows[-1]
    if held is not None:
        yield held


def _frames(parts: Sequence[tuple[int, int]], events: Sequence[Event], stop: int) -> list[int]:
    """Returns where words that were said as one begin, and at last where they end.

    Args:
        parts: (start, stop) of the words.
        events: theirs: that of the first word, then phonemes.
        stop: the frame they end at.
    """
    first = events[0]
    heard = [event for event in events if event.kind == "phoneme" and event.ipa]
    written = [
        first.text[max(start - first.start_char, 0) : end - first.start_char]
        for start, end in parts
    ]
    if len(parts) == 1:
        places: list[int] = []
    elif len(heard) >= len(parts):
        places = [heard[seam].frame for seam in seams(written, [event.ipa for event in heard])]
    else:
        ends = list(accumulate(map(len, written)))
        places = [first.frame + (stop - first.frame) * end // ends[-1] for end in ends[:-1]]
    return [first.frame, *places, stop]


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
