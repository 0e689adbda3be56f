"""`Trace`: the outermost layer: gives each request an id, counts it, logs it, tells of bugs."""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from menura.errors import MenuraError, StorageFailed
from menura.server.ledger import new_id
from menura.server.logs import FACTS
from menura.server.metrics import OTHER
from menura.server.problems import Problem, http_problem, problem_of
from menura.server.workshop import Lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from menura.server.house import Caller, House

log = logging.getLogger("menura.server")

QUIET = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked all day long: logged only at level debug, and served to the last."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_METHODS = frozenset(
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "WEBSOCKET"},
)


class BrokenOff(Exception):
    """An answer that was half said ends here: its connection is to break, so that it is seen."""


class Trace:
    """Follows each request from its head to its last byte.

    Args:
        app: what is behind.
        tell: puts a problem into the words of the API that was asked.
    """

    def __init__(self, app: ASGIApp, tell: Callable[[Scope, Problem], Response]) -> None:
        self._app = app
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, and follows it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        house: House = scope["app"].state.house
        track = _Track(scope, send)
        try:
            if house.closing and scope["path"] not in QUIET:
                raise _stopping()  # noqa: TRY301 - told as any other problem
            counts = scope["type"] == "http"  # a socket may be open and idle for long
            house.under_way += counts
            try:
                await self._app(scope, receive, track.send)
            finally:
                house.under_way -= counts
        except asyncio.CancelledError as error:
            if not house.closing:
                raise
            if track.status is not None:
                raise _broken(scope, track, error) from error
            await self._tell(scope, _stopping())(scope, receive, track.send)
        except Exception as error:
            if track.status is not None:
                raise _broken(scope, track, error) from error
            problem = _problem(scope, error)
            await self._tell(scope, problem)(scope, receive, track.send)
        finally:
            _note(house, scope, track)


class _Track:
    """What is known of one request while it goes on."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.id = new_id()
        scope["menura.request_id"] = self.id
        self.began_at = time.perf_counter()
        self.status: int | None = None
        self.first_byte_s: float | None = None
        self.take: str | None = None
        self.sent_bytes = 0
        self._send = send

    @property
    def lasted_s(self) -> float:
        """Seconds since the request came."""
        return time.perf_counter() - self.began_at

    async def send(self, message: Message) -> None:
        """Passes a message on, and looks at it."""
        kind = message["type"]
        if kind in {"http.response.start", "websocket.http.response.start"}:
            self._start(message)
        elif kind == "websocket.accept":
            self.status = 101
        elif kind == "websocket.close" and self.status is None:
            self.status = 403  # what the refusal of a socket is to HTTP
        data = message.get("body") or message.get("bytes") or message.get("text") or b""
        if data and self.first_byte_s is None:
            self.first_byte_s = self.lasted_s
        self.sent_bytes += len(data)
        await self._send(message)

    def _start(self, message: Message) -> None:
        self.status = message["status"]
        headers = MutableHeaders(scope=message)
        headers.setdefault("x-request-id", self.id)
        headers.setdefault("request-id", self.id)
        self.take = headers.get("x-menura-take")


def _stopping() -> Problem:
    message = "the server is being stopped"
    return Problem(status=503, code="stopping", message=message, retry_after_s=5)


def _broken(scope: Scope, track: _Track, error: BaseException) -> BrokenOff:
    """Tells in the log why an answer broke off; what has a name is no bug."""
    cause = error
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        cause = error.__cause__  # the framework's: "caught handled exception, but response started"
    facts = {"request": track.id, "route": _route(scope), "take": track.take}
    match cause:
        case asyncio.CancelledError():
            why = "the server was stopped"
        case TimeoutError():
            why = "it was not read to its end"
        case Lost():
            why = str(cause)
        case MenuraError() | Problem() | HTTPException() | OSError():
            why = type(cause.__cause__ or cause).__name__  # its message may quote the caller
        case _:
            log.error("an answer broke off", exc_info=cause, extra={FACTS: facts})
            return BrokenOff()
    log.warning("an answer broke off", extra={FACTS: facts | {"why": why}})
    return BrokenOff()


def _problem(scope: Scope, error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, MenuraError):
        return problem_of(error)
    if isinstance(error, HTTPException):
        return http_problem(error.status_code, str(error.detail))
    if isinstance(error, OSError) and error.errno in FULL:  # of a file that is being sent, say
        return problem_of(StorageFailed(str(error)))
    route = _route(scope)
    log.error("a request broke off", exc_info=error, extra={FACTS: {"route": route}})
    return Problem(status=500, code="internal", message="the server broke; see its log")


def _note(house: House, scope: Scope, track: _Track) -> None:
    route, method = _route(scope), scope.get("method", "WEBSOCKET")
    method = method if method in _METHODS else "OTHER"
    status = track.status if track.status is not None else 499  # the caller left
    answered = track.first_byte_s if status < 400 else None
    house.metrics.add_request(method=method, route=route, status=status, first_byte_s=answered)
    caller: Caller | None = scope.get("menura.caller")
    first = track.first_byte_s
    facts = {
        "request": track.id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * track.lasted_s, 1),
        "first_byte_ms": None if first is None else round(1000 * first, 1),
        "bytes": track.sent_bytes,
        "key": None if caller is None else caller.id,
        "take": track.take,
    }
    quiet = scope["path"] in QUIET
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra={FACTS: facts})


def _route(scope: Scope) -> str:
    """Returns the template of the route that served a request, never the path that was sent."""
    # The route itself does not know the prefix of the router that it was included with.
    included = scope.get("fastapi", {}).get("effective_route_context")
    for route in (included, getattr(included, "starlette_route", None), scope.get("route")):
        path = getattr(route, "path_format", None) or getattr(route, "path", None)
        if isinstance(path, str) and path:
            return path
    return OTHER
