"""What goes on, or is changed, on the command line: pieces with plans, and recordings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.errors import InvalidInput, InvalidRecipe

if TYPE_CHECKING:
    from pathlib import Path

    from menura.studio import Studio
    from menura.tasks import Music

CONTINUE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What is to happen to something that is there.

    Attributes:
        continue_from: the file that goes on.
        replace_in: the file of which a section is composed anew.
        section: its name.
        seconds: by how much it goes on.
    """

    continue_from: Path | None
    replace_in: Path | None
    section: str | None
    seconds: float | None

    def check(self) -> None:
        """Refuses what does not go together.

        Raises:
            InvalidInput: if it does not.
        """
        if self.continue_from is not None and self.replace_in is not None:
            raise InvalidInput("continue a piece or change a section: one at a time")
        if self.replace_in is None and self.section is not None:
            raise InvalidInput("name the piece with --replace-in FILE")

    @property
    def file(self) -> Path | None:
        """What is changed or goes on."""
        return self.continue_from if self.continue_from is not None else self.replace_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """A recording that goes on as sound, without notes.

    Attributes:
        audio: its SHA-256; the archive keeps it.
        engine: which model makes more of it.
        prompt: what it was made from; "" if that is not known.
    """

    audio: str
    engine: str
    prompt: str


def seconds_on(
    continue_from: Path | None, continue_seconds: float | None, duration: float | None
) -> float | None:
    """Returns by how much something goes on: `--duration` says it, too.

    Raises:
        InvalidInput: if nothing goes on, or both say it.
    """
    if continue_seconds is None:
        return duration
    if continue_from is None:
        raise InvalidInput("name what goes on with --continue FILE")
    if duration is not None:
        raise InvalidInput("--continue-seconds says how long it goes on: leave out --duration")
    return continue_seconds


def as_sound(studio: Studio, path: Path, engine: str | None) -> Sounding | None:
    """Returns a recording that goes on as sound: `--engine`, or what made it, is such a model.

    Returns:
        None if its plan goes on instead.

    Raises:
        InvalidRecipe: if no engine is named, and the file does not say what made it.
    """
    prompt = ""
    if engine is None:
        try:
            source = studio.task_of(path)
        except InvalidRecipe as error:
            raise InvalidRecipe(
                f"{error}; a model goes on from any recording: name one with --engine"
            ) from error
        engine, prompt = source.engine, getattr(source, "prompt", "")
    elif takes(studio, engine, "continue_audio"):
        with suppress(InvalidRecipe):
            prompt = getattr(studio.task_of(path), "prompt", "")
    if engine is None or not takes(studio, engine, "continue_audio"):
        return None
    return Sounding(audio=studio.keep(path), engine=engine, prompt=prompt)


def takes(studio: Studio, engine: str | None, field: str) -> bool:
    """Whether an engine that is named understands a field of its tasks."""
    return engine is not None and field in studio.card(engine).controls


def edited(studio: Studio, edit: Edit, seed: int | None) -> Music:
    """Returns the task that goes on from a piece with a plan, or changes one of its sections.

    Raises:
        InvalidInput: if it is no music.
        InvalidRecipe: if it was not made here.
    """
    from menura.tasks import Music

    source = studio.task_of(str(edit.file))
    if not isinstance(source, Music):
        raise InvalidInput(f"this file is no music: it was made by {source.kind}")
    if edit.replace_in is not None and edit.section is None:
        raise InvalidInput("name the section with --replace-section")
    if edit.replace_in is not None and edit.seconds is not None:
        raise InvalidInput("a piece keeps its length when a section is changed")
    return Music(
        plan=studio.plan(source),
        replace_section=edit.section,
        continue_s=(edit.seconds or CONTINUE_S) if edit.continue_from is not None else None,
        seed=seed,
        engine=source.engine,
    )
