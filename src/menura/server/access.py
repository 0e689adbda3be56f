"""`Access`: which requests are served at all, and whose they are.

A server on this machine can be reached by every page that its user has open. So a request names a
host that is ours (or a foreign name was bound to our address), comes from no foreign page, and,
where keys are asked for, brings one. Programs send no Origin; only browsers do.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import Response

from menura.server.house import LOCAL, Caller, House
from menura.server.problems import Problem
from menura.server.tokens import redeem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from starlette.websockets import WebSocket

    from menura.settings import Settings

OPEN = frozenset({"/", "/docs", "/openapi.json", "/livez", "/readyz", "/favicon.ico"})
"""Served without a key: what tells nothing, and the page, which asks for one itself."""
OPEN_BELOW = ("/web/", "/api/streams/")
"""The same; a ticket for a stream stands in for the key."""
PROBES = frozenset({"/livez", "/readyz"})
"""Served under any name: who watches over a server may ask by its address."""
METRICS = "/metrics"
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers of a proxy: who calls is somebody else, whom it may or may not name."""
_APIS = ("/api", "/v1", "/v2", METRICS)
_ASKS_LATER = "stream-input"
"""How paths of sockets end whose first message may bring the key."""
_ALWAYS_OURS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:/@\s]+)(?::\d{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"(https?)://([^/?#\s]+)", re.ASCII)
_HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~, -]{0,1000}", re.ASCII)
_KEY_FIELDS = ("xi_api_key", "xi-api-key", "authorization")
_TOKEN_FIELD = "single_use_token"  # noqa: S105 - where a token is, not one
_PORTS = {"http": ":80", "https": ":443"}


class Access:
    """Refuses requests of foreign pages and of nobody known; the others get their `Caller`.

    Args:
        app: what is behind.
        settings: of the install.
        tell: puts a problem into the words of the API that was asked.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings, tell: Callable[[Scope, Problem], Response]
    ) -> None:
        self._app = app
        self._tell = tell
        listed = frozenset(o.rstrip("/") for o in _listed(settings.server_origins))
        self._origins = listed - {"null"}  # what every page in a frame can be
        self._local = is_local(settings)
        own = _bracketed(settings.server_host.lower())
        self._hosts = _ALWAYS_OURS | {own} | set(_listed(settings.server_hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, if it may be."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        if origin.lower() in self._origins:
            send = _shared(send, origin)
        try:
            self._check_host(scope, headers)
            self._check_page(scope, headers)
            if _is_preflight(scope, headers):
                await _permit(headers)(scope, receive, send)
                return
            scope["menura.caller"] = await self._caller(scope, headers)
        except Problem as problem:
            await self._tell(scope, problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_host(self, scope: Scope, headers: Headers) -> None:
        """Refuses names that were bound to our address by others (DNS rebinding)."""
        if scope["path"] in PROBES:
            return
        named = headers.getlist("host")
        found = _HOST.fullmatch(named[0].lower()) if len(named) == 1 else None
        name = found[1].rstrip(".") if found else ""
        if name not in self._hosts and (self._local or not _is_address(name)):
            raise _refused("this server goes by another name; the setting server_hosts adds names")

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        """Refuses what pages of other sites send."""
        origins = headers.getlist("origin")
        if not all(self._is_ours(origin, headers.get("host", "")) for origin in origins):
            raise _refused("pages of this origin may not; the setting server_origins lets them")
        # Without an Origin: programs, links, and what a page embeds.
        site = headers.get("sec-fetch-site", "none")
        if origins or site in {"none", "same-origin"}:
            return
        link = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") == "GET"
        if link and not scope["path"].startswith(_APIS):
            return
        sender = _ORIGIN.match(headers.get("referer", ""))
        if sender is None or sender[0] not in self._origins:
            raise _refused("pages of other sites may not; the setting server_origins lets them")

    def _is_ours(self, origin: str, host: str) -> bool:
        if origin.lower() in self._origins:
            return True
        found = _ORIGIN.fullmatch(origin.lower())
        if found is None:
            return False
        default = _PORTS[found[1]]
        return found[2].removesuffix(default) == host.lower().removesuffix(default)

    async def _caller(self, scope: Scope, headers: Headers) -> Caller | None:
        house: House = scope["app"].state.house
        path: str = scope["path"]
        asked = await house.ring.asked()
        caller = None if asked else LOCAL
        keys = list(_keys_in(scope, headers)) if asked or path == METRICS else []
        for key in keys:
            caller = await house.ring.caller(key) or caller
        if path == METRICS:
            if _is_near(scope, headers, asked=asked) or caller not in {None, LOCAL}:
                return caller or LOCAL
            raise _unknown(bool(keys))
        later = path in OPEN or path.startswith(OPEN_BELOW)
        if scope["type"] == "websocket" and path.endswith(_ASKS_LATER):
            later = not keys
            if caller is None and (token := _token_in(scope)):
                return await redeem(house, token)
        if caller is None and not later:
            raise _unknown(bool(keys))
        return caller


async def authenticate(house: House, key: str | None) -> Caller | None:
    """Returns whose a key is: `LOCAL` where none is asked for, None if it is nobody's.

    Args:
        house: of the server.
        key: as it was sent, with or without `Bearer`; None if none was.
    """
    if not await house.ring.asked():
        return LOCAL
    return await house.ring.caller(_bare(key)) if key else None


async def socket_caller(socket: WebSocket, message: Mapping[str, object]) -> Caller | None:
    """Returns who opened a socket: by its headers or query, or else by its first message.

    Args:
        socket: that was accepted.
        message: its first, as an object. `xi_api_key`, `xi-api-key` or `authorization` is the key.
    """
    known: Caller | None = socket.scope.get("menura.caller")
    if known is not None:
        return known
    sent = (message.get(name) for name in _KEY_FIELDS)
    key = next((value for value in sent if isinstance(value, str) and value), None)
    return await authenticate(socket.app.state.house, key)


def is_local(settings: Settings) -> bool:
    """Returns whether the server can be reached from this machine only."""
    return settings.server_host.lower() == "localhost" or _is_loopback(settings.server_host)


def _keys_in(scope: Scope, headers: Headers) -> Iterator[str]:
    for value in (*headers.getlist("xi-api-key"), *headers.getlist("authorization")):
        yield _bare(value)
    if scope["type"] == "websocket":  # a page's sockets have no headers of their own
        query = QueryParams(scope["query_string"])
        for name in _KEY_FIELDS:
            if name in query:
                yield _bare(query[name])


def _is_near(scope: Scope, headers: Headers, *, asked: bool) -> bool:
    """Returns whether a request surely comes from this machine, or nothing is kept from others.

    A proxy may hide who calls, and a Unix socket is there for one: it has no address.

    Args:
        scope: of the request.
        headers: of the request.
        asked: whether the server asks for a key.
    """
    if any(name in headers for name in FORWARDED):
        return False
    client = scope.get("client")
    return _is_loopback(client[0]) if client else not asked


def _token_in(scope: Scope) -> str:
    """Returns the token that opens a socket once, "" if there is none."""
    return QueryParams(scope["query_string"]).get(_TOKEN_FIELD, "")


def _bare(key: str) -> str:
    scheme, _, rest = key.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else key.strip()


def _unknown(sent: bool) -> Problem:
    what = "this key opens nothing here" if sent else "a key is needed"
    return Problem(
        status=401,
        code="invalid_api_key",
        message=f"{what}: send one as `Authorization: Bearer` or `xi-api-key`; "
        "`menura serve keys add NAME` makes one",
    )


def _refused(message: str) -> Problem:
    return Problem(status=403, code="refused", message=message)


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    asks = "origin" in headers and "access-control-request-method" in headers
    return asks and scope.get("method") == "OPTIONS"


def _permit(headers: Headers) -> Response:
    """Returns the answer to a browser that asks what a page of an allowed origin may send."""
    wanted = headers.get("access-control-request-headers", "")
    answer = Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": headers["origin"],
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
            "Access-Control-Max-Age": "600",
            "Vary": "Origin",
        },
    )
    if _HEADER_NAMES.fullmatch(wanted) and wanted:
        answer.headers["Access-Control-Allow-Headers"] = wanted
    if headers.get("access-control-request-private-network") == "true":
        answer.headers["Access-Control-Allow-Private-Network"] = "true"
    return answer


def _shared(send: Send, origin: str) -> Send:
    """Returns a `send` that lets a page of an allowed origin read the answer."""

    async def sharing(message: Message) -> None:
        if message["type"] == "http.response.start":
            told = MutableHeaders(scope=message)
            told["Access-Control-Allow-Origin"] = origin
            told["Access-Control-Expose-Headers"] = "*"
            told.add_vary_header("Origin")
        await send(message)

    return sharing


def _listed(text: str) -> Iterator[str]:
    return (part.strip().lower() for part in text.split(",") if part.strip())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return False
