"""Tasks of other APIs, fitted to what the engine of their voice can do."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import Depends
from starlette.requests import Request

from menura.tasks import Dialogue, Speech

if TYPE_CHECKING:
    from menura.catalog import Card
    from menura.server.house import House


async def kept_seed(request: Request) -> int | None:
    """Returns the seed that an Idempotency-Key stands for.

    None without one: then it is the engine that decides whether the same words, asked for twice,
    sound the same.
    """
    seed: int | None = request.scope.get("menura.seed")
    return seed


SeedDep: TypeAlias = Annotated[int | None, Depends(kept_seed)]


async def fitted(house: House, task: Speech | Dialogue) -> tuple[Speech | Dialogue, list[str]]:
    """Returns a task without the controls that its engine lacks, and a line for each of them.

    Other APIs send the same settings whatever the voice: they are wishes there, not conditions.
    """
    if not task.controls():
        return task, []
    card = await asyncio.to_thread(_card, house, task)
    if card is None:
        return task, []
    lacking = sorted(task.controls() - set(card.controls))
    dropped: dict[str, Any] = dict.fromkeys(lacking)
    without = dataclasses.replace(task, **dropped)
    return without, [f"{name}: {card.name} has no control of it" for name in lacking]


def _card(house: House, task: Speech | Dialogue) -> Card | None:
    """Returns the card of the engine that a task, or its voice, names; None if neither does."""
    cards = {card.name: card for card in house.studio.cards()}
    if task.engine is not None:
        return cards.get(task.engine)
    named = task.voices[0][1] if isinstance(task, Dialogue) and task.voices else None
    name = task.voice if isinstance(task, Speech) else named
    if name is None:
        return None
    first = name.partition("+")[0].partition(":")[0]
    found = (voice for voice in house.studio.voices() if first in {voice.name, voice.id})
    voice = next(found, None)
    return None if voice is None else cards.get(voice.engine)
