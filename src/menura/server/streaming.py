"""Streaming: a take reaches a caller while it is made."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import StreamingResponse

from menura.server.delivery import lane_of, noted, take_headers
from menura.tasks import dump

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from menura.server.delivery import Order
    from menura.server.house import Caller, House
    from menura.server.jobs import Job
    from menura.server.ledger import Item

LIVE_AHEAD_S = 15.0
"""How much of what never ends is sent before it can have been heard."""
ENDING_S = 5.0
"""How long the end of what never ends may take to be made and read, when the server stops."""


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
            play.item = await noted(house, caller, order, play.facts)
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
