"""Speaking: passages turned into renderings, in order, while later ones are already made."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from menura.engines.speech.composition import is_silent
from menura.engines.speech.passage import Passage
from menura.engines.speech.pauses import lengthened, stretch
from menura.engines.speech.pieces import prosody
from menura.errors import InvalidText
from menura.espeak.utterance import Utterance
from menura.text.chunks import CLAUSE_PAUSE_S, SENTENCE_PAUSE_S, Chunk, chunks
from menura.text.script import Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from menura.espeak.pool import Pool
    from menura.espeak.utterance import Rendering
    from menura.text.script import Pause

_STOPS, _COMMAS = frozenset(".!?…‽。！？｡．।॥؟۔"), frozenset(",;:—–、，；：،؛")
_CLOSERS = "\"'”’»›)]}」』）】〉》〗"
_NEXT_CHARS = 40
"""How much of the next passage is looked at to tell whether a sentence ends before it."""


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

    Where a sentence or a clause ends with a passage, its pause comes before the next one, and
    pauses keep up with a pace that is faster than the voice's own.

    Args:
        pool: makes the renderings; it works ahead.
        items: what is to be said.
        utterance: how a chunk of a passage is to be said.
        apart: whether a chunk also ends where the manner changes.
    """
    waiting: deque[tuple[Passage, Chunk, Utterance] | Pause | Mark] = deque()

    def utterances() -> Iterator[Utterance]:
        for item, following in zip(items, _followers(items), strict=True):
            if not isinstance(item, Passage):
                waiting.append(item)
                continue
            for chunk in passage_chunks(item, apart=apart, following=following):
                asked = utterance(item, chunk)
                waiting.append((item, chunk, asked))
                yield asked

    for rendering in pool.speak_many(utterances()):
        while not isinstance(item := waiting.popleft(), tuple):
            yield item
        passage, chunk, asked = item
        factor = stretch(float(passage.voice.timbre["rate_wpm"]), asked.rate_wpm)
        yield Spoken(passage, chunk, lengthened(rendering, factor, end_pause=asked.end_pause))
    for item in waiting:
        if not isinstance(item, tuple):
            yield item


def check_audible(pool: Pool, items: Sequence[Passage | Pause | Mark]) -> None:
    """Refuses a text of signs alone that have no name in the language they are read in.

    Args:
        pool: tells what has a sound, where a text has neither letters nor numbers.
        items: what is to be said.

    Raises:
        InvalidText: if nothing of it is heard.
    """
    spoken = [item for item in items if isinstance(item, Passage)]
    if any(item.sounded or any(map(str.isalnum, item.said)) for item in spoken):
        return
    heard = speak(pool, items, _plainly)
    if any(each.rendering.select("word") for each in heard if isinstance(each, Spoken)):
        return
    tags = " and ".join(dict.fromkeys(item.language for item in spoken))
    raise InvalidText(
        f"nothing in the text has a name in {tags}: give letters or numbers, or another language"
    )


def _plainly(passage: Passage, chunk: Chunk) -> Utterance:
    return Utterance(text=chunk.worded, language=passage.language)


def _followers(items: Sequence[Passage | Pause | Mark]) -> list[Passage | Pause | None]:
    """Returns what is heard after each item, marks left out."""
    result: list[Passage | Pause | None] = []
    heard: Passage | Pause | None = None
    for item in reversed(items):
        result.append(heard)
        heard = heard if isinstance(item, Mark) else item
    return result[::-1]


def said_chars(items: Sequence[Passage | Pause | Mark]) -> int:
    """Returns how many characters are said in all: what progress is counted in."""
    return sum(len(item.said) for item in items if isinstance(item, Passage))


def passage_chunks(
    passage: Passage, *, apart: bool, following: Passage | Pause | None = None
) -> Iterator[Chunk]:
    """Yields what is said at once; with `apart`, all of a chunk is said in one manner.

    Args:
        passage: what is said.
        apart: whether a chunk also ends where the manner changes.
        following: what comes next; another passage lets the last chunk end with its pause.
    """
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
            pause_s = chunk.pause_after_s if last_one else 0.0
            if end == len(passage.said) and isinstance(following, Passage):
                pause_s = _joint_s(passage, passage.said[start:], following)
            yield Chunk(passage.said[start:end], start, pause_s, chunk.breathes and last_one)
            start = end


def _joint_s(passage: Passage, last: str, following: Passage) -> float:
    """Returns the pause between passages: none where the language changes inside a clause.

    Args:
        passage: the first of the two.
        last: its last chunk.
        following: the other.
    """
    bare = last.rstrip().rstrip(_CLOSERS).rstrip()
    if bare[-1:] in _COMMAS:
        return CLAUSE_PAUSE_S
    if bare[-1:] not in _STOPS:
        return 0.0
    if passage.voice is not following.voice:
        return SENTENCE_PAUSE_S
    # A stop may also be that of an abbreviation: the next words tell.
    head = f"{last.rstrip()} "
    together = head + following.said.lstrip()[:_NEXT_CHARS]
    ends = {chunk.start_char + len(chunk.text) for chunk in chunks(together) if chunk.pause_after_s}
    return SENTENCE_PAUSE_S if len(head) in ends else 0.0


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
