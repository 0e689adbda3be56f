"""The connections of the server: uvicorn's protocols, with limits on how long they may stall.

uvicorn waits for ever for a request's head, and for a reader that does not read. A connection on
which nothing moves for `server_timeout_s` is cut, so that what it holds is let go.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from menura.server.trace import BrokenOff

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from uvicorn.config import Config

LINGER_S = 5.0
LINGER_BYTES = 16 << 20
"""How long, and how much of, the rest of a request that was answered early is thrown away before
the connection is cut: cut at once, many clients would not see the answer."""
INTERNAL_ERROR = 1011
"""With which a socket closes that breaks off (RFC 6455, 7.4.1)."""


class _Timer:
    """Cuts a connection unless it is stopped in time."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None

    def start(self, transport: asyncio.Transport, after_s: float) -> None:
        """Begins to wait, if it does not already."""
        if self._waiting is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.call_later(after_s, transport.abort)

    def stop(self) -> None:
        """Waits no more."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


class Http(H11Protocol):
    """A connection that speaks HTTP.

    Args:
        timeout_s: how long a head may take, and a reader may read nothing.
    """

    def __init__(self, config: Config, *, timeout_s: float, **rest: Any) -> None:
        super().__init__(config, **rest)
        self._timeout_s = timeout_s
        self._head = _Timer()
        self._reader = _Timer()
        self._rest = _Timer()
        self._rest_bytes = 0
        self.app = self._answer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Waits for the first head."""
        super().connection_made(transport)
        self._head.start(transport, self._timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        for timer in (self._head, self._reader, self._rest):
            timer.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes data; a head that has begun must end."""
        super().data_received(data)
        if self._rest_bytes:
            self._rest_bytes -= len(data)
            if self._rest_bytes <= 0:
                self.transport.abort()
                return
        if self.conn.their_state is not h11.SEND_BODY:
            self._rest.stop()
            self._rest_bytes = 0
        if self.conn.their_state is h11.IDLE:
            self._head.start(self.transport, self._timeout_s)
        else:
            self._head.stop()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hands the connection over."""
        self._head.stop()
        super().handle_websocket_upgrade(event)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = self.cycle
        try:
            await self.config.loaded_app(scope, receive, send)
        except BrokenOff:  # it is in the log already: uvicorn would tell it once more, at length
            cycle.disconnected = True
            self.transport.close()

    def on_response_complete(self) -> None:
        """Waits for the next request, or a little for the rest of this one."""
        if self.conn.their_state is h11.SEND_BODY:
            self._rest.start(self.transport, LINGER_S)
            self._rest_bytes = LINGER_BYTES
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Waits for the reader."""
        self._reader.start(self.transport, self._timeout_s)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Goes on: the reader has read."""
        self._reader.stop()
        super().resume_writing()


class Socket(WebSocketsSansIOProtocol):
    """A connection that speaks WebSocket.

    Args:
        timeout_s: how long a reader may read nothing.
    """

    def __init__(self, config: Config, *, timeout_s: float, **rest: Any) -> None:
        super().__init__(config, **rest)
        self._timeout_s = timeout_s
        self._reader = _Timer()
        self.app = self._converse

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        self._reader.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Waits for the reader."""
        self._reader.start(self.transport, self._timeout_s)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Goes on: the reader has read."""
        self._reader.stop()
        super().resume_writing()

    async def _converse(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.config.loaded_app(scope, receive, send)
        except BrokenOff:
            if not (self.close_sent or self.transport.is_closing()):
                await self.send({"type": "websocket.close", "code": INTERNAL_ERROR, "reason": ""})
