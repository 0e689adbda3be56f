"""What engines that speak share: settling a task, reading it, and opening its performance."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeAlias

from menura.engines.base import PASSAGE_END, Performance, expect
from menura.engines.speech.conversation import cast, directions, turns, uncast
from menura.engines.speech.dictionary import Dictionary
from menura.engines.speech.landmarks import chaptered
from menura.engines.speech.passage import Passage
from menura.engines.speech.passages import find_voice, passages, unreadable
from menura.espeak import languages
from menura.tasks import Dialogue, Pronunciation, Speech

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from menura.tasks import Task
    from menura.text.script import Mark, Pause
    from menura.voice import Voice

SpokenTask: TypeAlias = Speech | Dialogue
Items: TypeAlias = "tuple[Passage | Pause | Mark, ...]"

MAX_NAMED = 8
"""So many pronunciations that a text does not use are named; of a whole lexicon, their number."""


class Rules(tuple[Pronunciation, ...]):
    """The pronunciations of a settled task.

    Attributes:
        unused: what is written in those that were asked for and do not occur. It is for the
            report of this very task: equality and the recipe leave it out.
    """

    unused: tuple[str, ...] = ()


def expect_spoken(task: Task) -> SpokenTask:
    """Returns the task if it is one that is spoken.

    Raises:
        InvalidInput: if it is of another kind.
    """
    return task if isinstance(task, Dialogue) else expect(task, Speech)


def settle(
    task: Task, voices: Mapping[str, Voice], default: str, max_chars: int
) -> tuple[SpokenTask, Items]:
    """Returns the task with its voices and language named, and what it says, in order.

    Of its pronunciations it keeps those that the text uses.

    Args:
        task: any.
        voices: the engine's, by name.
        default: the voice of who is given none.
        max_chars: the most characters the text may have.

    Raises:
        InvalidInput: if it is no task that is spoken.
        InvalidText: if the text cannot be read, or not in its language, or a pronunciation is none.
        NotFound: if there is no such voice or language.
    """
    spoken = expect_spoken(task)
    if isinstance(spoken, Dialogue):
        spoken = cast(spoken, voices)
    else:
        voice = find_voice(voices, spoken.voice or default)
        language = languages.find(spoken.language or voice.language)
        name = voice.id or voice.name
        spoken = dataclasses.replace(spoken, voice=name, language=language.tag)
    dictionary = Dictionary(spoken.lexicon)
    items = _read(spoken, voices, max_chars, dictionary)
    used = dictionary.used(item for item in items if isinstance(item, Passage))
    return dataclasses.replace(spoken, lexicon=_ruled(spoken.lexicon, used)), items


def _ruled(asked: Sequence[Pronunciation], used: Sequence[Pronunciation]) -> Rules:
    """Returns the rules in use, which know the others."""
    rules = Rules(used)
    met = {rule.written.casefold() for rule in used}
    rules.unused = tuple(
        dict.fromkeys(rule.written for rule in asked if rule.written.casefold() not in met)
    )
    return rules


def read_items(task: SpokenTask, voices: Mapping[str, Voice], max_chars: int) -> Items:
    """Returns what a settled task says, in order.

    Raises:
        InvalidText: if its text cannot be read, or not in its language.
        NotFound: if the text names a voice or language that is not there.
    """
    return _read(task, voices, max_chars, Dictionary(task.lexicon))


def _read(
    task: SpokenTask, voices: Mapping[str, Voice], max_chars: int, dictionary: Dictionary
) -> Items:
    if isinstance(task, Dialogue):
        return turns(task, voices, max_chars, dictionary)
    voice = find_voice(voices, str(task.voice))
    return (chaptered if task.chapters else passages)(
        task.text, voice, task.language, voices, max_chars=max_chars, dictionary=dictionary
    )


def open_performance(
    task: SpokenTask,
    items: Items,
    voices: Mapping[str, Voice],
    rate: int,
    emotions: Collection[str] = (),
) -> Performance:
    """Returns a performance without blocks yet: who speaks, which words, what is left out.

    Args:
        task: settled.
        items: what it says.
        voices: the engine's, by name.
        rate: Hz.
        emotions: those that the engine can do where a direction asks for one.
    """
    spoken = [item for item in items if isinstance(item, Passage)]
    heard = list(dict.fromkeys(item.voice.name for item in spoken))
    performance = Performance(
        rate=rate,
        channels=1,
        blocks=iter(()),
        loudness_lufs=voices[heard[0]].loudness_lufs,
        voices=frozenset(heard),
        transcript=PASSAGE_END.join(item.said for item in spoken),
        understood={"language": task.language},
        ignored=list(_left_out(items)),
    )
    understood = performance.understood
    tags = list(dict.fromkeys(item.language for item in spoken))
    if len(tags) > 1 or task.language not in {None, *tags}:
        understood["languages"] = tags
    if task.lexicon:
        understood["lexicon"] = [rule.written for rule in task.lexicon]
    unused = task.lexicon.unused if isinstance(task.lexicon, Rules) else ()
    if len(unused) <= MAX_NAMED:
        performance.ignored += [f"the pronunciation of {name}: not in the text" for name in unused]
    else:
        performance.ignored.append(f"{len(unused):,} pronunciations: not in the text")
    if isinstance(task, Dialogue):
        understood["voices"] = dict(task.voices)
        done, ignored = directions(task, emotions)
        if done:
            understood["directions"] = done
        performance.ignored += [f"the direction ({direction})" for direction in ignored]
        performance.ignored += [f"the voice of {name}: has no turn" for name in uncast(task)]
    else:
        understood["voice"] = task.voice
    return performance


def _left_out(items: Sequence[Passage | Pause | Mark]) -> Iterator[str]:
    """Yields what is written and not said, or not said as it should be."""
    spoken = [item for item in items if isinstance(item, Passage)]
    readings = dict.fromkeys(p.source.reading for item in spoken for p in item.pieces)
    for reading in filter(None, readings):
        for name in reading.cleaned.dropped:
            yield f"not speakable, left out: {name}"
    yield from dict.fromkeys(p.source.missed for i in spoken for p in i.pieces if p.source.missed)
    for language, letters in unreadable(items):
        yield f"letters that {language} cannot read, only spell: {letters[:40]}"
