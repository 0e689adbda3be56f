"""Recipes: what makes a take again, as it is written down and as it is found again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.audio.files import to_path
from menura.safeguards.manifest import MAX_RECIPE_BYTES, TAKE_ID
from menura.safeguards.verify import read_recipe
from menura.settings import VERSION
from menura.tasks import canonical, dump, hide_prompts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from menura.archive import Archive
    from menura.catalog import Card
    from menura.settings import Settings
    from menura.studio.keys import Keys
    from menura.tasks import Task

RECIPE_FORMAT = 1
TITLE_CHARS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A recipe, written down.

    Attributes:
        recipe: what makes the take again, as the record may show it.
        short: the same for files: prompts too long for one are replaced by their hashes.
        identity: what the take's id is made from; it hides no prompt, and names the key.
    """

    recipe: Mapping[str, Any]
    short: Mapping[str, Any]
    identity: bytes


class Recipes:
    """Writes the recipes of one studio, and finds those of others.

    Args:
        settings: whether the watermark is on, and prompts are shown; limits on what is read.
        archive: the recipes of takes whose files have lost them.
        keys: of the marks that lead to a take.
    """

    def __init__(self, settings: Settings, archive: Archive, keys: Keys) -> None:
        self._settings = settings
        self._archive = archive
        self._keys = keys

    def asked(self, task: Task) -> dict[str, Any]:
        """Returns what the caller of a task chose, as the record may show it.

        Args:
            task: before anything that it left open is settled.
        """
        left_open = {spec.name for spec in dataclasses.fields(task) if _is_default(task, spec)}
        return {k: v for k, v in self._shown(task).items() if k not in left_open}

    def title(self, task: Task) -> str:
        """Returns a short name for what a task makes."""
        text = " ".join(next(task.prompts(), "").split())
        if not text or self._settings.record == "hash":
            return f"menura {task.kind}"
        return text if len(text) <= TITLE_CHARS else text[: TITLE_CHARS - 1] + "…"

    def write(self, task: Task, cards: Mapping[str, Card], delivery: str) -> Written:
        """Returns the recipe of a take.

        Args:
            task: settled.
            cards: of every engine that performs it, by name.
            delivery: `render` or `stream`.
        """
        marking = self._settings.marking
        whole = {
            "format": RECIPE_FORMAT,
            "menura": VERSION,
            "engines": {name: card.version for name, card in cards.items()},
            "delivery": delivery,
            "marking": marking,
            "task": dump(task),
        }
        recipe = whole | {"task": self._shown(task)}
        too_long = len(canonical(recipe)) > MAX_RECIPE_BYTES
        return Written(
            recipe=recipe,
            short=recipe | {"task": hide_prompts(dump(task))} if too_long else recipe,
            identity=canonical(whole | {"key": self._keys.digest if marking else None}),
        )

    def find(self, source: Path | str) -> Mapping[str, Any]:
        """Returns the recipe that a file leads to, or that of a take by its id.

        It is a stranger's: whoever uses it has to check it as a task.

        Raises:
            InvalidRecipe: if the file leads to no recipe, or to one that cannot be read.
            InvalidInput: if it is no sound that can be read.
            NotFound: if there is no such file or take.
        """
        path = to_path(source)
        if TAKE_ID.fullmatch(str(source)) and not path.exists():
            return self._archive.get(str(source)).recipe
        return read_recipe(path, self._settings, self._archive, self._keys.searched)

    def _shown(self, task: Task) -> dict[str, Any]:
        values = dump(task)
        return hide_prompts(values) if self._settings.record == "hash" else values


def _is_default(task: Task, spec: dataclasses.Field[Any]) -> bool:
    return bool(getattr(task, spec.name) == spec.default)
