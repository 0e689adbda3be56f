"""`Limits`: how large, how slow and how deep a request may be."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
import time
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException
from starlette.datastructures import Headers

from menura.server.problems import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from menura.settings import Settings

MAX_TARGET_BYTES = 8_192
"""Of path and query."""
MAX_HEAD_BYTES = 32_768
MAX_HEADERS = 100
MAX_RANGES = 4
"""Of a Range header; one that asks for more, or is none, is ignored (RFC 9110, 14.2)."""
MAX_JSON_BYTES = 16 << 20
"""A million characters, each written as two escapes, and their fields."""
MAX_JSON_DEPTH = 64
MAX_JSON_VALUES = 200_000
MIN_BYTES_PER_S = 1_024
"""A body that comes slower than this, after a first `server_timeout_s`, is given up."""
_IN_THREAD_BYTES = 1 << 18
# A string, also one that does not end: so no quote is looked at twice.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)
_PLAIN = re.compile(rb"[^\[\]{},]+")
_INNERMOST = re.compile(rb"\[\]|\{\}")
_CONSTANT = re.compile(rb"NaN|Infinity")
_EXPONENT = re.compile(rb"-?\d[\d.]{0,400}[eE]\+?\d+")
_LONG_NUMBER = re.compile(rb"\d{300}")
_RANGE = rb"\s*(?:\d{1,18}-\d{0,18}|-\d{1,18})\s*"
_RANGES = re.compile(rb"(?i:bytes)=(%b(?:,%b){0,%d})" % (_RANGE, _RANGE, MAX_RANGES - 1))
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Limits:
    """Refuses requests that are too large, too slow, or hold JSON that is a trap.

    The body of a JSON request is read and looked at here; any other is counted while it is read.

    Args:
        app: what is behind.
        settings: of the install.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._body_bytes = settings.server_body_mb * 10**6
        self._timeout_s = settings.server_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, if it keeps to the limits."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        _check_head(scope)
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_json = _is_json(headers.get("content-type", ""))
        limit = min(self._body_bytes, MAX_JSON_BYTES) if is_json else self._body_bytes
        length = headers.get("content-length", "0")
        if int(length) > limit if re.fullmatch(r"\d{1,18}", length, re.ASCII) else True:
            raise _too_large(limit)
        if headers.get("content-encoding", "identity") != "identity":
            raise Problem(
                status=415, code="encoded_body", message="send the body as it is, not compressed"
            )
        body = _Body(receive, limit, self._timeout_s)
        if not is_json:
            await self._app(scope, body.receive, send)
            return
        data = await body.read()
        if data is None:
            return  # the caller left
        if len(data) > _IN_THREAD_BYTES:
            await asyncio.to_thread(check_json, data)
        else:
            check_json(data)
        scope["menura.digest"] = hashlib.sha256(data).hexdigest()
        await self._app(scope, _from(data, receive), send)


class _Body:
    """The body of a request, as it comes in.

    Args:
        receive: where it comes from.
        limit: bytes.
        timeout_s: how long nothing may come.
    """

    def __init__(self, receive: Receive, limit: int, timeout_s: float) -> None:
        self._receive = receive
        self._limit = limit
        self._timeout_s = timeout_s
        self._bytes = 0
        self._began_at: float | None = None
        self._whole = False

    async def receive(self) -> Message:
        """Returns the next message.

        Raises:
            HTTPException: if there is too much of it, or it comes too slowly.
        """
        if self._whole:
            return await self._receive()
        now = time.monotonic()
        self._began_at = self._began_at if self._began_at is not None else now
        slowest = self._began_at + self._timeout_s + self._bytes / MIN_BYTES_PER_S
        try:
            async with asyncio.timeout(min(now + self._timeout_s, slowest) - now):
                message = await self._receive()
        except TimeoutError as error:
            raise HTTPException(408, "the request comes too slowly: it was given up") from error
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._bytes > self._limit:
                raise HTTPException(413, _too_large(self._limit).message)
        return message

    async def read(self) -> bytes | None:
        """Returns all of it; None if the caller left before.

        Raises:
            HTTPException: if there is too much of it, or it comes too slowly.
        """
        parts = []
        while not self._whole:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
        return b"".join(parts)


def parse_json(data: str | bytes) -> Any:
    """Returns what a message in JSON says.

    Args:
        data: of a socket's message, say.

    Raises:
        Problem: if it is not JSON, or a trap: see `check_json`.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    check_json(raw)
    try:
        return json.loads(raw)
    except ValueError as error:
        raise _bad_json("it is not JSON") from error


def check_json(data: bytes) -> None:
    """Refuses JSON that would be read, and then do harm; what cannot be read may pass.

    Args:
        data: the body.

    Raises:
        Problem: if it is nested deeper than MAX_JSON_DEPTH, has over MAX_JSON_VALUES values, holds
            NaN, an infinite number, a key twice in an object, or half of a surrogate pair, or is
            not UTF-8.
    """
    if b"\0" in data[:4]:
        raise _bad_json("it is not UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad_json("it is not UTF-8") from error
    bare = _STRING.sub(b'""', data)
    shape = _PLAIN.sub(b"", bare)
    if len(shape) > MAX_JSON_VALUES:
        raise _bad_json(f"it has more than {MAX_JSON_VALUES} values")
    if _depth_is_over(shape.replace(b",", b"")):
        raise _bad_json(f"it is nested more than {MAX_JSON_DEPTH} deep")
    numbers = _EXPONENT.findall(bare)
    if _LONG_NUMBER.search(bare) or any(math.isinf(_number(each)) for each in numbers):
        raise _bad_json("it holds a number that is too large")
    if _CONSTANT.search(bare):
        raise _bad_json("NaN and Infinity are no numbers")
    try:
        value = json.loads(data, object_pairs_hook=_unique)
    except ValueError:
        return
    if _HALF.search(data):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise _bad_json("a text of it holds half of a surrogate pair") from error


def _depth_is_over(brackets: bytes) -> bool:
    """Returns whether brackets nest too deep, taking away the innermost ones again and again."""
    for _ in range(MAX_JSON_DEPTH):
        brackets, found = _INNERMOST.subn(b"", brackets)
        if not found:
            break
    return len(brackets) - brackets.count(b"]") - brackets.count(b"}") > MAX_JSON_DEPTH or bool(
        _INNERMOST.search(brackets)
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _bad_json("an object of it has the same key twice")
    return found


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0  # no number at all: what reads it says so


def _bad_json(reason: str) -> Problem:
    return Problem(status=400, code="invalid_json", message=f"the JSON cannot be used: {reason}")


def _too_large(limit: int) -> Problem:
    return Problem(
        status=413, code="request_too_large", message=f"a request has at most {limit:,} bytes"
    )


def _check_head(scope: Scope) -> None:
    """Refuses a long head; leaves out a Range of many parts."""
    raw_path = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    if len(raw_path) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        raise Problem(
            status=414, code="url_too_long", message=f"a URL has at most {MAX_TARGET_BYTES} bytes"
        )
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEAD_BYTES:
        raise Problem(
            status=431,
            code="head_too_large",
            message=f"headers have at most {MAX_HEAD_BYTES} bytes",
        )
    scope["headers"] = [
        (name, value) for name, value in headers if name != b"range" or _is_range(value)
    ]


def _is_range(value: bytes) -> bool:
    """Returns whether a Range header is one, and asks for few parts; what is none is ignored."""
    found = _RANGES.fullmatch(value)
    if found is None:
        return False
    pairs = (part.strip().partition(b"-") for part in found[1].split(b","))
    return all(not begin or not end or int(begin) <= int(end) for begin, _, end in pairs)


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    # Whatever the framework takes for JSON, names that nobody has included.
    return re.fullmatch(r"application/(?:[^/]*\+)?json", kind, re.DOTALL) is not None


def _from(data: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that gives a body that was read already."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": data, "more_body": False}

    return again
