"""Whose voices and recordings a task may name: only the caller's own."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

from menura.errors import NotFound
from menura.server import casting
from menura.server.problems import Problem
from menura.tasks import Dialogue, Work

if TYPE_CHECKING:
    from menura.server.house import Caller, House
    from menura.tasks import Part, Task

SOUND = "sound"
"""Kind of the ledger's things that are recordings, by their SHA-256."""


async def cast(house: House, caller: Caller, task: Task) -> Task:
    """Returns a task with the caller's own names for voices replaced by the install's.

    Raises:
        NotFound: if it names a recording that is not the caller's.
        Problem: 404, if it names a voice that is not there, or not the caller's.
    """
    return await asyncio.to_thread(_cast, house, caller, task)


def _cast(house: House, caller: Caller, task: Task) -> Task:
    if isinstance(task, Work):
        parts: list[Part] = [
            dataclasses.replace(part, task=_cast(house, caller, part.task)) for part in task.parts
        ]
        return dataclasses.replace(task, parts=tuple(parts))
    for digest in task.files():  # they stand in every recipe: to know one is not to own it
        if house.ledger.get(caller.id, SOUND, digest) is None:
            raise NotFound(f"you have sent no recording {digest:.16}: send it to /api/sounds")
    voice = getattr(task, "voice", None)
    if voice is not None:
        found = _find(house, caller, voice, "voice")
        task = dataclasses.replace(task, voice=found)  # type: ignore[call-arg]
    if isinstance(task, Dialogue):
        pairs = tuple((who, _find(house, caller, name, "voices")) for who, name in task.voices)
        task = dataclasses.replace(task, voices=pairs)
    return task


def _find(house: House, caller: Caller, name: str, field: str) -> str:
    """Returns the install's name of a voice that a field of a task names."""
    try:
        return casting.find(house, caller, name)
    except Problem as error:
        raise Problem(
            status=error.status,
            code=error.code,
            message=f"no voice {name!r:.80} was found: GET /api/voices lists those there are",
            param=field,
        ) from error
