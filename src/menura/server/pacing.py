"""Tasks at a speed that their voice has: the nearest to the one that is asked for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.errors import InvalidInput
from menura.tasks import Dialogue, Speech

if TYPE_CHECKING:
    from menura.studio import Studio
    from menura.tasks import Task

_HALVINGS = 8
"""From a range of 0.25 to 4 they leave steps of 0.012."""


def paced(studio: Studio, task: Task) -> tuple[Task, list[str]]:
    """Returns a task, and a line for the report if its speed is not the one asked for.

    Which speeds a voice has, and a text with markup allows, its engine alone knows: it is asked.
    A task that is wrong in another way comes back as it is.
    """
    if not isinstance(task, Speech | Dialogue) or task.speed == 1 or _suits(studio, task):
        return task, []
    best = dataclasses.replace(task, speed=1.0)
    if not _suits(studio, best):
        return task, []
    low, high = 1.0, task.speed
    for _ in range(_HALVINGS):
        middle = dataclasses.replace(task, speed=round((low + high) / 2, 3))
        if _suits(studio, middle):
            best, low = middle, middle.speed
        else:
            high = middle.speed
    limit = "most" if task.speed > 1 else "least"
    return best, [f"a speed of {task.speed:g}: {best.speed:g} is the {limit} that this voice has"]


def _suits(studio: Studio, task: Task) -> bool:
    try:
        studio.stream(task).close()
    except InvalidInput:
        return False
    return True
