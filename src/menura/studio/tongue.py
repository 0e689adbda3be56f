"""The language of a text that is to be spoken, where the task leaves it to be guessed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from menura.engines.speech.passages import is_ssml
from menura.errors import InvalidInput, InvalidText
from menura.tasks import Dialogue, Speech
from menura.text import dialogue, ssml
from menura.text.language import (
    AUTO,
    ENGLISH,
    guess_by_letters,
    guess_language,
    has_foreign_letters,
)
from menura.text.script import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.tasks import Task
    from menura.voice import Voice

T = TypeVar("T", bound="Task")
GUESSED = "guessed"
UNSURE = "unsure"
EACH_OWN = "each voice's own"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A task on its way to the language that it is read in.

    Attributes:
        task: it, without a language to be guessed.
        found: the guess; None = there is none.
        is_unsure: whether one was asked for, and the text does not tell that may not be English.
        is_asked: whether one was asked for; if not, a text in letters that its voice's language
            is not written in has one all the same.
    """

    task: Task
    found: str | None
    is_unsure: bool
    is_asked: bool

    def settle(self, task: Task, voices: Mapping[str, Voice]) -> Reading:
        """Returns the reading with the guessed language, unless its voices speak that as theirs.

        In a dialogue one voice that does is enough for English: it keeps its accent.

        Args:
            task: that of this reading, with engine and seed.
            voices: of the engine that performs it, by name.
        """
        found = self.found if self.is_asked else _by_letters(task, voices)
        if found is None or not isinstance(task, Speech | Dialogue):
            return dataclasses.replace(self, task=task)
        names = [task.voice] if isinstance(task, Speech) else [name for _, name in task.voices]
        own = {_family(voices[each].language) for each in names if each and each in voices}
        if own != {_family(found)} and not (found == ENGLISH and ENGLISH in own):
            task = dataclasses.replace(task, language=found)
        return dataclasses.replace(self, task=task, found=found)

    def told(self, task: Task) -> dict[str, str]:
        """Returns what a report says of it.

        Args:
            task: as the engine settled it.
        """
        language = getattr(task, "language", None)
        if self.found is not None:
            return {GUESSED: f"language: {language or self.found}"}
        return {UNSURE: f"language: {language or EACH_OWN}"} if self.is_unsure else {}


def read(task: Task) -> Reading:
    """Returns a task with what is known of its language before its engine is.

    Args:
        task: any; of those that are not spoken nothing is guessed.
    """
    is_asked = isinstance(task, Speech | Dialogue) and _is_open(task)
    is_unsure = isinstance(task, Speech | Dialogue) and is_asked and _is_unsure(task)
    task, found = guess(task)
    return Reading(task=task, found=found, is_unsure=is_unsure, is_asked=is_asked)


def _is_unsure(task: Speech | Dialogue) -> bool:
    text = _plain(task)
    return has_foreign_letters(text) and guess_language(text) is None


def _by_letters(task: Task, voices: Mapping[str, Voice]) -> str | None:
    """Returns the language of a text that the voice named for it is not at home in, by its letters.

    Not of a dialogue: its recipe names no language, and would be read otherwise than it was.
    """
    if not isinstance(task, Speech) or task.language is not None:
        return None
    voice = voices.get(task.voice) if task.voice is not None else None
    return None if voice is None else guess_by_letters(_plain(task), voice.language)


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
