"""`Job`: one piece of work for the worker processes, as who waits for it sees it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from menura.errors import EngineFailed
from menura.server.worker import CREDIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Lane = Literal["quick", "long", "live"]
"""How a job shares places with others: of those that may take long, some are kept free; what is
live goes on for as long as it is heard, waits most of the time, and needs none."""


class Doer(Protocol):
    """What does jobs."""

    def send(self, header: Mapping[str, Any]) -> None:
        """Sends it a message."""


class Job:
    """One piece of work: an asynchronous iterator over its messages, (header, payload).

    It ends with the work, or raises what the work raised. Close it when nobody reads on.

    Args:
        do: a name in `work.WORK`.
        ask: what that work asks.
        caller: whose it is.
        lane: how it shares places with others.
        number: which no other job has.
        leave: gives it up, wherever it is.

    Attributes:
        given: whether its reader has had a message.
        share: of the work that is done, 0 to 1.
        attempts: how often it was begun.
        over: whether nothing more will come of it.
        process: that does it; None while it waits.
        moved_at: when it last went on, or was let go on.
        ending: set when what would go on for ever is to end.
    """

    def __init__(
        self,
        do: str,
        ask: Mapping[str, Any],
        *,
        caller: str,
        lane: Lane,
        number: int,
        leave: Callable[[Job], None],
    ) -> None:
        self.do = do
        self.ask = ask
        self.caller = caller
        self.lane = lane
        self.number = number
        self.given = False
        self.share = 0.0
        self.attempts = 0
        self.over = False
        self.process: Doer | None = None
        self.moved_at = 0.0
        self.ending = asyncio.Event()
        self._leave = leave
        self._messages: asyncio.Queue[tuple[dict[str, Any], bytes] | BaseException | None] = (
            asyncio.Queue()
        )
        self._taken = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[dict[str, Any], bytes]:
        message = await self._messages.get()
        if message is None or isinstance(message, BaseException):
            self._messages.put_nowait(message)  # it stays over
            if message is None:
                raise StopAsyncIteration
            raise message
        self.given = True
        self._taken += 1
        if self._taken % (CREDIT // 2) == 0 and self.process is not None:
            self.moved_at = time.monotonic()  # it may go on from now
            self.process.send({"job": self.number, "more": CREDIT // 2})
        return message

    async def only(self) -> dict[str, Any]:
        """Returns the header of the last message, of work that gives one answer.

        Raises:
            EngineFailed: if there is none.
        """
        last: dict[str, Any] | None = None
        async with contextlib.aclosing(self):
            async for header, _ in self:
                last = header
        if last is None:
            raise EngineFailed("the work ended without an answer")
        return last

    async def aclose(self) -> None:
        """Ends it, if it is not over."""
        self._leave(self)

    def finish(self) -> None:
        """Has what would go on for ever come to its end, in good order."""
        self.ending.set()
        if self.process is not None and not self.over:
            self.process.send({"job": self.number, "finish": True})

    async def rest(self, seconds: float) -> None:
        """Waits so long, or until it is to end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ending.wait()

    @property
    def waits_for_reader(self) -> bool:
        """Whether it has said all that it may say before it is read."""
        return self._messages.qsize() >= CREDIT // 2

    def forget(self) -> None:
        """Drops what was not read yet, of work that is begun again."""
        self.share = 0.0
        while not self._messages.empty():
            self._messages.get_nowait()

    def tell(self, message: tuple[dict[str, Any], bytes] | BaseException | None) -> None:
        """Hands over a message; None or an error is the last."""
        self.moved_at = time.monotonic()
        self.over = not isinstance(message, tuple)
        self._messages.put_nowait(message)
