"""Keeping designed voices: a take of a design becomes a voice with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from menura.archive import VoiceShelf
from menura.archive.voices import check_voice_name
from menura.errors import InvalidInput, InvalidRecipe
from menura.studio.ensemble import guarded
from menura.take import Take
from menura.tasks import VoiceDesign, load

if TYPE_CHECKING:
    from menura.archive import Archive
    from menura.studio.roster import Roster
    from menura.tasks import Task
    from menura.voice import Voice


@runtime_checkable
class Designer(Protocol):
    """An engine that designs voices."""

    def design(self, task: VoiceDesign) -> Voice:
        """Returns the voice that a settled task designs, named by its id."""


class VoiceKeeping:
    """What a studio does with designed voices."""

    archive: Archive
    _roster: Roster

    def save_voice(self, design: Take | str, name: str) -> Voice:
        """Keeps a designed voice under a name, and returns it; tasks can name it from then on.

        Args:
            design: a take of a VoiceDesign, or the id of one.
            name: 1 to 64 lower-case letters, digits and hyphens.

        Raises:
            InvalidInput: if the take is no design, or the name is none, or taken.
            NotFound: if there is no such take.
        """
        return save_voice(design, name, self._roster, self.archive)

    def check_voice_name(self, name: str) -> None:
        """Refuses a name under which no voice can be kept.

        Raises:
            InvalidInput: if it is malformed, or taken.
        """
        check_free(name, self._roster)

    def rename_voice(self, name: str, new: str) -> None:
        """Gives a saved voice another name; recipes that use it stay exact.

        Raises:
            NotFound: if no voice is saved under `name`, or as this id.
            InvalidInput: if the new name is none, or taken.
        """
        check_free(new, self._roster)
        VoiceShelf(self.archive).rename(name, new)

    def remove_voice(self, name: str) -> None:
        """Forgets a saved voice, named or by its id: recipes that use it cannot be made again.

        Raises:
            NotFound: if no such voice is saved.
        """
        VoiceShelf(self.archive).remove(name)


def save_voice(design: Take | str, name: str, roster: Roster, archive: Archive) -> Voice:
    """Keeps the voice of a take under a name, and returns it.

    Args:
        design: a take of a VoiceDesign, or its id.
        name: 1 to 64 lower-case letters, digits and hyphens.
        roster: finds the engine that designed it.
        archive: finds a take by its id, and keeps the voice.

    Raises:
        InvalidInput: if the take is no design, or the name is none, or taken.
        NotFound: if there is no such take, or the voice it was made from is gone.
        InvalidRecipe: if the record of the take does not say how it was made.
        StorageFailed: if the archive cannot be used.
    """
    check_free(name, roster)
    task, report = _recall(design, archive)
    if not isinstance(task, VoiceDesign):
        raise InvalidInput(
            f"that take is {task.kind}, not a designed voice: make one with `menura voices design`"
        )
    card = roster.find(task)
    engine = roster.engine(card)
    if not isinstance(engine, Designer):
        raise InvalidInput(f"{card.name} designs no voices that can be kept")
    with guarded(card.name):
        voice = engine.design(task)
    if report.get("understood", {}).get("voice_id", voice.name) != voice.name:
        raise InvalidInput(
            "that take was made by another version of menura, which would design another voice "
            "today: design it again"
        )
    return VoiceShelf(archive).add(voice, name)


def check_free(name: str, roster: Roster) -> None:
    """Refuses a name that no saved voice can have.

    Raises:
        InvalidInput: if it is malformed, or another voice's.
    """
    check_voice_name(name)
    for voice in roster.voices():
        if name == voice.name:
            kind = "saved" if voice.id else "built-in"
            raise InvalidInput(f"a {kind} voice is called {name!r} already: choose another name")


def _recall(design: Take | str, archive: Archive) -> tuple[Task, dict[str, dict[str, Any]]]:
    """Returns the task of a take and its report."""
    if isinstance(design, Take):
        return design.task, design.report.to_dict()
    if not isinstance(design, str):
        raise InvalidInput(f"a design is a take or its id, not {type(design).__name__}")
    entry = archive.get(design)
    if entry.kind != VoiceDesign.kind:
        raise InvalidInput(
            f"the take {design} is {entry.kind}, not a designed voice: make one with "
            "`menura voices design`"
        )
    recipe = entry.recipe
    if not isinstance(recipe, dict):
        raise InvalidRecipe(f"the recipe of the take {design} cannot be read")
    return load(recipe.get("task")), dict(entry.report)
