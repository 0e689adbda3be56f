"""Speaking: passages turned into renderings, in order, while later ones are already made."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.speech.passages import Passage
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
) -> Iterator[Spoken | Pause | Mark]:
    """Yields what is said, with pauses and marks in their places.

    Args:
        pool: makes the renderings; it works ahead.
        items: what is to be said.
        utterance: how a chunk of a passage is to be said.
    """
    waiting: deque[tuple[Passage, Chunk] | Pause | Mark] = deque()

    def utterances() -> Iterator[Utterance]:
        for item in items:
            if not isinstance(item, Passage):
                waiting.append(item)
                continue
            for chunk in _chunks(item):
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


def _chunks(passage: Passage) -> Iterator[Chunk]:
    """Yields what is said at once; given phonemes are one piece."""
    if passage.reading is None:
        yield Chunk(passage.said, 0, 0.0)
    else:
        yield from chunks(passage.said)
