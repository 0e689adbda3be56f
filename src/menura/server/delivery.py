"""How takes reach a caller: streamed while they are made, or rendered whole."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import StreamingResponse

from menura.server.ledger import Item, new_id
from menura.tasks import dump

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from menura.server.house import Caller, House
    from menura.server.jobs import Job, Lane
    from menura.tasks import Task

T = TypeVar("T")
LONG = frozenset({"music", "effect", "work"})
"""Kinds of tasks that may take long: they leave places to speech."""
MAX_HEADER_CHARS = 2000
LIVE_AHEAD_S = 15.0
"""How much of what never ends is sent before it can have been heard."""
ENDING_S = 5.0
"""How long the end of what never ends may take to be made and read, when the server stops."""


def lane_of(task: Task) -> Lane:
    """Returns how the making of a task shares places with others."""
    if getattr(task, "endless", False):
        return "live"
    return "long" if task.kind in LONG else "quick"


class Gone(Exception):
    """The caller has left: nobody waits for the answer."""


@dataclass(slots=True, kw_only=True)
class Playing:
    """A take that is being streamed.

    Attributes:
        take: its id.
        rate: Hz of what is sent.
        channels: of what is sent.
        mime: media type of what is sent.
        ignored: what was asked and is not done.
        facts: after the last piece: see `work.facts`.
        item: after the last piece: its line of history.
    """

    take: str
    rate: int
    channels: int
    mime: str
    ignored: Sequence[str]
    facts: dict[str, Any] = field(default_factory=dict)
    item: Item | None = None
    job: Job


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


@contextlib.asynccontextmanager
async def playing(house: House, caller: Caller, order: Order) -> AsyncIterator[Playing]:
    """Begins to stream a take; it is given up when the block is left.

    Raises:
        MenuraError: all that `Studio.stream` raises, and Busy, before any sound.
    """
    ask = {"task": dump(order.task), "format": order.format, "lenient": order.lenient}
    job = house.workshop.begin("stream", ask, caller=caller.id, lane=lane_of(order.task))
    async with contextlib.aclosing(job):
        head, _ = await anext(job)
        yield Playing(job=job, **head)


async def pieces(
    house: House, caller: Caller, order: Order, play: Playing
) -> AsyncGenerator[tuple[bytes, list[dict[str, Any]], float], None]:
    """Yields what is made: bytes, the words newly known (`work.word_facts`), seconds so far."""
    async for header, data in play.job:
        if "facts" in header:
            play.facts = header["facts"]
            play.item = await _noted(house, caller, order, play.facts)
        else:
            yield data, header["words"], header["seconds"]


async def stream(
    house: House, caller: Caller, order: Order, headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """Returns an answer that plays a take while it is made.

    Raises:
        MenuraError: all that `Studio.stream` raises, and Busy, before any sound.
    """
    opened = contextlib.AsyncExitStack()
    play = await opened.enter_async_context(playing(house, caller, order))

    live = lane_of(order.task) == "live"
    began = time.monotonic()

    async def body() -> AsyncIterator[bytes]:
        async for data, _, seconds in pieces(house, caller, order, play):
            if data:
                yield data
            early_s = seconds - LIVE_AHEAD_S - (time.monotonic() - began)
            if live and early_s > 0:  # what never ends is made no faster than it is heard
                await play.job.rest(early_s)

    told = {"x-menura-rate": str(play.rate), "x-menura-channels": str(play.channels)}
    return Streamed(order, play, opened, body(), headers=told | dict(headers or {}))


class Streamed(StreamingResponse):
    """An answer made as a take is made, which is given up whatever ends it.

    Args:
        order: what is made.
        play: the take.
        opened: what to leave in the end: `playing` was entered there.
        body: the answer.
        mime: media type of the body; None = the take's.
        headers: besides those of every take.
    """

    def __init__(
        self,
        order: Order,
        play: Playing,
        opened: contextlib.AsyncExitStack,
        body: AsyncIterator[bytes],
        *,
        mime: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        own = take_headers(play.take, [*order.ignored, *play.ignored])
        super().__init__(body, media_type=mime or play.mime, headers=own | dict(headers or {}))
        self._opened = opened
        self._job = play.job

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it.

        Raises:
            TimeoutError: if it is to end, and is not read to its end.
        """
        try:
            async with asyncio.timeout(None) as limit:
                watch = asyncio.create_task(self._bound(limit))
                try:
                    await super().__call__(scope, receive, send)
                finally:
                    watch.cancel()
        finally:  # also where nothing of the body was ever asked for
            await self._opened.aclose()

    async def _bound(self, limit: asyncio.Timeout) -> None:
        await self._job.ending.wait()
        limit.reschedule(asyncio.get_running_loop().time() + ENDING_S)


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
        item = await _noted(house, caller, order, facts)
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


async def _noted(house: House, caller: Caller, order: Order, facts: Mapping[str, Any]) -> Item:
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
