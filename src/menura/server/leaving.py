"""`Leaving`: who leaves before the answer has begun ends the work, also while it waits its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Leaving:
    """Middleware: once a request is read, it listens for its sender to leave.

    After the answer has begun, the answer itself sees to that.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except asyncio.CancelledError:
            if not exchange.left:
                raise
            exchange.answering.uncancel()
        finally:
            exchange.close()


class _Exchange:
    """One request and its answer.

    Attributes:
        answering: the task that answers.
        left: whether that was ended because the sender has left.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - an application is called by a task
        self.answering = task
        self.left = False
        self._receive = receive
        self._send = send
        self._listening: asyncio.Task[Message] | None = None
        self._begun = False

    async def receive(self) -> Message:
        """Returns the next message of the sender; after the last of the request, that it left."""
        if self._listening is not None:
            return await asyncio.shield(self._listening)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._listening = asyncio.ensure_future(self._listen())
            self._listening.add_done_callback(self._heard)
        return message

    async def send(self, message: Message) -> None:
        """Passes on a message of the answer."""
        self._begun = True
        await self._send(message)

    def close(self) -> None:
        """Listens no more."""
        self._begun = True
        if self._listening is not None:
            self._listening.cancel()

    async def _listen(self) -> Message:
        return await self._receive()

    def _heard(self, listening: asyncio.Task[Message]) -> None:
        if not self._begun and not listening.cancelled():
            self.left = True
            self.answering.cancel("the sender has left")
