"""The language of a text that is to be spoken, where the task leaves it to be guessed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar

from menura.engines.speech.passages import is_ssml
from menura.errors import InvalidInput, InvalidText
from menura.tasks import Dialogue, Speech
from menura.text import dialogue, ssml
from menura.text.language import AUTO, ENGLISH, guess_language, has_foreign_letters
from menura.text.script import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.tasks import Task
    from menura.voice import Voice

T = TypeVar("T", bound="Task")
GUESSED = "guessed"
UNSURE = "unsure"


def guess(task: T) -> tuple[T, str | None]:
    """Returns a task without a language to be guessed, and the guess; None = it does not tell.

    A guess is asked for by the language `auto`, or where neither language nor voice is named. What
    the engine then takes by itself, English, is named only where a voice may have another.

    Args:
        task: any; of those that are not spoken nothing is guessed.
    """
    if not isinstance(task, Speech | Dialogue) or not _is_open(task):
        return task, None
    named = _names_voice(task)
    found = guess_language(_plain(task))
    if found == ENGLISH and not named:
        found = None
    return dataclasses.replace(task, language=found if not named else None), found


def is_unsure(task: Task) -> bool:
    """Returns whether a guess is asked for, and a text does not tell that may not be English.

    Args:
        task: as it was asked for, not as `guess` returned it.
    """
    if not isinstance(task, Speech | Dialogue) or not _is_open(task):
        return False
    text = _plain(task)
    return has_foreign_letters(text) and guess_language(text) is None


def settle(task: T, found: str | None, voices: Mapping[str, Voice]) -> T:
    """Returns a task with the guessed language, unless its voices speak that in their own way.

    In a dialogue one voice that does is enough for English: it keeps its accent.

    Args:
        task: as `guess` returned it.
        found: the guess.
        voices: of the engine that performs it, by name.
    """
    if found is None or not isinstance(task, Speech | Dialogue):
        return task
    names = [task.voice] if isinstance(task, Speech) else [name for _, name in task.voices]
    own = {_family(voices[name].language) for name in names if name is not None and name in voices}
    if own == {_family(found)} or (found == ENGLISH and ENGLISH in own):
        return task
    return dataclasses.replace(task, language=found)


def _is_open(task: Speech | Dialogue) -> bool:
    """Returns whether the language of a task is to be guessed."""
    if task.language is None:
        return not _names_voice(task)
    return task.language.lower() == AUTO


def _names_voice(task: Speech | Dialogue) -> bool:
    return bool(task.voice if isinstance(task, Speech) else task.voices)


def _family(language: str) -> str:
    return language.partition("-")[0]


def _plain(task: Speech | Dialogue) -> str:
    """Returns what a text says in the language to be guessed, without markup and speakers."""
    try:
        if isinstance(task, Dialogue):
            return "\n".join(turn.text for turn in dialogue.parse(task.text))
        script = (ssml.parse if is_ssml(task.text) else ssml.parse_plain)(task.text)
    except (InvalidInput, InvalidText):  # the engine says what is wrong with it
        return ""
    segments = [item for item in script if isinstance(item, Segment)]
    return "".join(s.text for s in segments if s.style.language is None and s.style.voice is None)
