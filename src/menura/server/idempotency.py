"""`Idempotency-Key`: a request that is sent again gives the same take, and makes nothing twice.

Of sound only the seed is kept, and given to the route (`fitting.SeedDep`): engines are
deterministic, so the same samples come out. Small JSON answers, such as those of what makes a
voice, are kept for a day and given again as they were. Files that are sent are no part of this:
they look different each time (the boundary of their parts is random), and nothing is kept of what
comes with them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from starlette.datastructures import Headers
from starlette.responses import Response

from menura.server.ledger import now
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from menura.server.house import Caller, House
    from menura.server.ledger import Ledger

HEADER = "idempotency-key"
KIND = "idempotency"
MAX_KEY_CHARS = 255
MAX_ANSWER_BYTES = 32_768
KEPT_H = 24
_TOLD = ("content-type", "location", "x-menura-take", "x-menura-ignored")
SEEDS = 2**32
"""Seeds drawn here fit every API's own field for them."""


class Idempotency:
    """Lets a POST that is sent again with the same key have the same effect once.

    Args:
        app: what is behind. `Access` and `Limits` are before: the caller is known, and the scope
            has the digest of the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or gives again what it got before."""
        caller: Caller | None = scope.get("menura.caller")
        sent = Headers(scope=scope).getlist(HEADER) if scope["type"] == "http" else []
        if not sent or caller is None or scope["method"] != "POST" or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        if len(sent) > 1 or not 0 < len(sent[0]) <= MAX_KEY_CHARS:
            raise Problem(
                status=400,
                code="invalid_idempotency_key",
                message=f"an Idempotency-Key has 1 to {MAX_KEY_CHARS} characters",
            )
        house: House = scope["app"].state.house
        name = (caller.id, sent[0])
        mark = fingerprint(scope)
        kept = await asyncio.to_thread(keep, house.ledger, *name, mark)
        if kept["mark"] != mark:
            raise Problem(
                status=422,
                code="idempotency_key_reused",
                message="this Idempotency-Key came with another request before: take a new one",
            )
        scope["menura.seed"] = kept["seed"]
        while name in self._open:
            await asyncio.wait({self._open[name]})
        under_way = self._open[name] = asyncio.get_running_loop().create_future()
        record = _Record(send, lambda: self._end(name, under_way))
        try:
            # Only now: who was first may have ended after this was looked at before.
            kept = await asyncio.to_thread(keep, house.ledger, *name, mark)
            if "answer" in kept:
                await _again(kept["answer"])(scope, receive, send)
                return
            await self._app(scope, receive, record.send)
            if (answer := record.answer()) is not None:
                await asyncio.to_thread(house.ledger.put, caller.id, KIND, sent[0], kept | answer)
        finally:
            self._end(name, under_way)

    def _end(self, name: tuple[str, str], under_way: asyncio.Future[None]) -> None:
        """Lets those go on that came with the same key."""
        if not under_way.done():
            under_way.set_result(None)
            del self._open[name]


class _Record:
    """Passes an answer on, and remembers it if it is small JSON.

    Args:
        send: where it goes.
        is_sound: called when it turns out that nothing will be remembered.
    """

    def __init__(self, send: Send, is_sound: Callable[[], None]) -> None:
        self._send = send
        self._is_sound = is_sound
        self._start: Message | None = None
        self._body = bytearray()
        self._whole = False

    async def send(self, message: Message) -> None:
        """Passes a message on."""
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if kind.startswith("application/json") and 200 <= message["status"] < 300:
                self._start = message
            elif message["status"] < 400:
                self._is_sound()
        elif self._start is not None:
            self._body += message.get("body", b"")
            self._whole = not message.get("more_body", False)
            if len(self._body) > MAX_ANSWER_BYTES:
                self._start = None
        await self._send(message)

    def answer(self) -> dict[str, Any] | None:
        """Returns what is to be kept, as plain JSON values; None if nothing is."""
        if self._start is None or not self._whole:
            return None
        headers = Headers(raw=self._start["headers"])
        told = {name: headers[name] for name in _TOLD if name in headers}
        body = self._body.decode("utf-8")
        return {"answer": {"status": self._start["status"], "headers": told, "body": body}}


def _is_upload(scope: Scope) -> bool:
    """Returns whether a request brings something that `Limits` has not read."""
    headers = Headers(scope=scope)
    empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    return "menura.digest" not in scope and not empty


def _again(answer: dict[str, Any]) -> Response:
    headers = answer["headers"] | {"Idempotent-Replayed": "true"}
    return Response(answer["body"], answer["status"], headers)


def fingerprint(scope: Scope) -> str:
    """Returns a digest of what a request asks for: its path, its query, its body."""
    text = json.dumps([scope["path"], scope["query_string"].decode("latin-1")])
    body = cast("str", scope.get("menura.digest", ""))
    return hashlib.sha256(f"{text}{body}".encode()).hexdigest()


def keep(ledger: Ledger, caller: str, key: str, mark: str) -> dict[str, Any]:
    """Returns what is kept under a key; who comes first draws the seed."""
    facts = {"mark": mark, "seed": secrets.randbelow(SEEDS)}
    limit = (datetime.now(UTC) - timedelta(hours=KEPT_H)).isoformat(timespec="milliseconds")
    with ledger.database.connect(write=True) as database:
        database.execute("DELETE FROM things WHERE kind = ? AND made_at < ?", (KIND, limit))
        database.execute(
            "INSERT INTO things VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (caller, KIND, key, now(), json.dumps(facts)),
        )
        row = database.execute(
            "SELECT facts FROM things WHERE caller = ? AND kind = ? AND id = ?", (caller, KIND, key)
        ).fetchone()
    return cast("dict[str, Any]", json.loads(row["facts"]))
