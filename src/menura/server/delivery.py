"""Delivery: what a caller wants made, and how it reaches him rendered whole; see `streaming`."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from menura.server.ledger import Item, new_id
from menura.tasks import dump

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request

    from menura.server.house import Caller, House
    from menura.server.jobs import Lane
    from menura.tasks import Task

T = TypeVar("T")
LONG = frozenset({"music", "effect", "work"})
"""Kinds of tasks that may take long: they leave places to speech."""
MAX_HEADER_CHARS = 2000


def lane_of(task: Task) -> Lane:
    """Returns how the making of a task shares places with others."""
    if getattr(task, "endless", False):
        return "live"
    return "long" if task.kind in LONG else "quick"


class Gone(Exception):
    """The caller has left: nobody waits for the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a caller wants made, and how it came in.

    Attributes:
        task: what to make.
        format: name of a format, such as `mp3_44100_128`.
        route: which it came by, for the history.
        told: what the history tells of it besides, plain JSON values.
        ignored: fields of the request that have no effect here.
        lenient: whether a speed that the voice does not have becomes the nearest that it has.
        item: id of the line of history that it becomes.
    """

    task: Task
    format: str
    route: str
    told: Mapping[str, Any] = field(default_factory=dict)
    ignored: Sequence[str] = ()
    lenient: bool = False
    item: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A rendered take.

    Attributes:
        folder: where its files are.
        facts: see `work.facts` and `work.render`: `files` are names within the folder.
        item: its line of history.
        ignored: what was asked and is not done.
    """

    folder: Path
    facts: Mapping[str, Any]
    item: Item
    ignored: Sequence[str]

    @property
    def audio(self) -> Path:
        """The file of the sound."""
        return self.folder / str(self.facts["files"]["audio"])


async def render(
    house: House, caller: Caller, order: Order, request: Request, *, stems: bool = False
) -> Kept:
    """Renders a take into the shelf, and returns it; given up if the caller leaves.

    Raises:
        MenuraError: all that `Studio.render` raises, and Busy.
        Gone: if the caller has left.
    """
    folder = await asyncio.to_thread(house.shelf.begin)
    try:
        ask = {
            "task": dump(order.task),
            "format": order.format,
            "folder": str(folder),
            "stems": stems,
            "lenient": order.lenient,
        }
        job = house.workshop.begin("render", ask, caller=caller.id, lane=lane_of(order.task))
        facts = (await while_there(request, job.only()))["facts"]
        item = await noted(house, caller, order, facts)
        place = await asyncio.to_thread(house.shelf.keep, folder, item.id, facts)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(house.shelf.discard, folder))
        raise
    ignored = [*order.ignored, *facts["report"]["ignored"]]
    return Kept(folder=place, facts=facts, item=item, ignored=ignored)


async def ask(
    house: House, caller: Caller, request: Request, do: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Has a worker do what gives one answer (`work.WORK`), and returns it.

    Raises:
        MenuraError: what the work raises, and Busy.
        Gone: if the caller has left.
    """
    job = house.workshop.begin(do, values, caller=caller.id)
    return await while_there(request, job.only())


async def while_there(request: Request, work: Awaitable[T]) -> T:
    """Returns what the work gives; ends it if the caller leaves before.

    The body of the request must have been read.

    Raises:
        Gone: if the caller has left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Gone
    finally:
        for task in (working, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


def take_headers(take: str, ignored: Sequence[str]) -> dict[str, str]:
    """Returns the headers that every answer with a take carries."""
    headers = {"x-menura-take": take}
    if ignored:
        headers["x-menura-ignored"] = header_text("; ".join(ignored))
    return headers


def header_text(text: str) -> str:
    """Returns a text as a header may carry it: one line of ASCII, not too long."""
    ascii_text = text.encode("ascii", "replace").decode()
    return re.sub(r"[^\x20-\x7e]+", " ", ascii_text)[:MAX_HEADER_CHARS]


async def noted(house: House, caller: Caller, order: Order, facts: Mapping[str, Any]) -> Item:
    """Writes the line of history of a take, and returns it."""
    kept = ("duration_s", "engine", "title", "stems", "score", "captions")
    brief = {name: facts[name] for name in kept}
    item = Item(
        caller=caller.id,
        take=facts["take"],
        kind=order.task.kind,
        route=order.route,
        format=order.format,
        facts=dict(order.told) | brief,
        id=order.item,
    )
    await asyncio.to_thread(house.ledger.add_item, item)
    house.metrics.add_audio(item.kind, facts["duration_s"])
    return item
