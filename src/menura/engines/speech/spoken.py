"""What engines that speak share: settling a task, reading it, and opening its performance."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from menura.engines.base import Performance, expect
from menura.engines.speech.conversation import cast, directions, turns
from menura.engines.speech.passages import Passage, find_voice, passages, unreadable
from menura.espeak import languages
from menura.tasks import Dialogue, Speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.tasks import Task
    from menura.text.script import Mark, Pause
    from menura.voice import Voice

SpokenTask: TypeAlias = Speech | Dialogue
Items: TypeAlias = "tuple[Passage | Pause | Mark, ...]"


def expect_spoken(task: Task) -> SpokenTask:
    """Returns the task if it is one that is spoken.

    Raises:
        InvalidInput: if it is of another kind.
    """
    return task if isinstance(task, Dialogue) else expect(task, Speech)


def settle(task: Task, voices: Mapping[str, Voice], default: str) -> SpokenTask:
    """Returns the task with its voices and language named.

    Raises:
        InvalidInput: if it is no task that is spoken.
        InvalidText: if a dialogue has no turns.
        NotFound: if there is no such voice or language.
    """
    spoken = expect_spoken(task)
    if isinstance(spoken, Dialogue):
        return cast(spoken, voices)
    voice = find_voice(voices, spoken.voice or default)
    language = languages.find(spoken.language or voice.language)
    return dataclasses.replace(spoken, voice=voice.name, language=language.tag)


def read_items(task: SpokenTask, voices: Mapping[str, Voice], max_chars: int) -> Items:
    """Returns what a settled task says, in order.

    Raises:
        InvalidText: if its text cannot be read, or not in its language.
        NotFound: if the text names a voice or language that is not there.
    """
    if isinstance(task, Dialogue):
        return turns(task, voices, max_chars)
    voice = find_voice(voices, str(task.voice))
    return passages(task.text, voice, task.language, voices, max_chars)


def open_performance(
    task: SpokenTask, items: Items, voices: Mapping[str, Voice], rate: int
) -> Performance:
    """Returns a performance without blocks yet: who speaks, which words, what is left out."""
    spoken = [item for item in items if isinstance(item, Passage)]
    heard = list(dict.fromkeys(item.voice.name for item in spoken))
    performance = Performance(
        rate=rate,
        channels=1,
        blocks=iter(()),
        loudness_lufs=voices[heard[0]].loudness_lufs,
        voices=frozenset(heard),
        transcript="".join(item.said for item in spoken),
        understood={"language": task.language},
        ignored=list(_left_out(items)),
    )
    if isinstance(task, Dialogue):
        performance.understood["voices"] = dict(task.voices)
        performance.ignored += directions(task)
    else:
        performance.understood["voice"] = task.voice
    return performance


def _left_out(items: Sequence[Passage | Pause | Mark]) -> Iterator[str]:
    """Yields what is written and not said, or not said as it should be."""
    for item in items:
        if isinstance(item, Passage) and item.reading is not None:
            for name in item.reading.cleaned.dropped:
                yield f"not speakable, left out: {name}"
    for language, letters in unreadable(items):
        yield f"letters that {language} cannot read, only spell: {letters[:40]}"
