"""Speaking: passages turned into renderings, in order, while later ones are already made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from menura.engines.speech.composition import is_silent
from menura.engines.speech.passage import Passage
from menura.engines.speech.pieces import prosody
from menura.text.chunks import Chunk, chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from menura.espeak.pool import Pool
    from menura.espeak.utterance import Rendering, Utterance
    from menura.text.script import Mark, Pause


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A chunk of a passage, and how it sounds."""

    passage: Passage
    chunk: Chunk
    rendering: Rendering


def speak(
    pool: Pool,
    items: Sequence[Passage | Pause | Mark],
    utterance: Callable[[Passage, Chunk], Utterance],
    *,
    apart: bool = False,
) -> Iterator[Spoken | Pause | Mark]:
    """Yields what is said, with pauses and marks in their places.

    Args:
        pool: makes the renderings; it works ahead.
        items: what is to be said.
        utterance: how a chunk of a passage is to be said.
        apart: whether a chunk also ends where the manner changes.
    """
    waiting: deque[tuple[Passage, Chunk] | Pause | Mark] = deque()

    def utterances() -> Iterator[Utterance]:
        for item in items:
            if not isinstance(item, Passage):
                waiting.append(item)
                continue
            for chunk in passage_chunks(item, apart=apart):
                waiting.append((item, chunk))
                yield utterance(item, chunk)

    for rendering in pool.speak_many(utterances()):
        while not isinstance(item := waiting.popleft(), tuple):
            yield item
        yield Spoken(*item, rendering)
    for item in waiting:
        if not isinstance(item, tuple):
            yield item


def said_chars(items: Sequence[Passage | Pause | Mark]) -> int:
    """Returns how many characters are said in all: what progress is counted in."""
    return sum(len(item.said) for item in items if isinstance(item, Passage))


def passage_chunks(passage: Passage, *, apart: bool) -> Iterator[Chunk]:
    """Yields what is said at once; with `apart`, all of a chunk is said in one manner."""
    whole = [(start, stop) for start, stop, _ in passage.sounded]
    turns = _changes(passage) if apart else []
    for chunk in chunks(passage.said, whole):
        start, stop = chunk.start_char, chunk.start_char + len(chunk.text)
        first, last = bisect_right(turns, start), bisect_left(turns, stop)
        ends = [*turns[first:last], stop]
        for end in ends:
            # What has no sound of its own stays with what does.
            rest = passage.said[end:stop]
            if end < stop and (is_silent(passage.said[start:end]) or is_silent(rest)):
                continue
            last_one = end == stop
            yield Chunk(
                passage.said[start:end],
                start,
                chunk.pause_after_s if last_one else 0.0,
                chunk.breathes and last_one,
            )
            start = end


def _changes(passage: Passage) -> list[int]:
    """Returns where the manner changes, behind the signs that close what comes before."""
    changes = []
    for before, after in pairwise(passage.pieces):
        if prosody(before.style) != prosody(after.style):
            place = after.start_char
            sounded = after.source.phonemes is not None
            while not sounded and place < after.stop_char and is_silent(passage.said[place]):
                place += 1
                if passage.said[place - 1].isspace():
                    break
            changes.append(place)
    return changes
