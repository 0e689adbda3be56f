"""What went wrong, as each API may tell it: one table from errors to HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData

from menura.errors import (
    InvalidInput,
    MenuraError,
    NotFound,
    NotInstalled,
    Refused,
    StorageFailed,
)
from menura.server.workshop import Busy, Lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.exceptions import RequestValidationError


@dataclass(eq=False, kw_only=True)
class Problem(Exception):
    """An answer that is an error, before an API has put it into its own words.

    Attributes:
        status: of HTTP.
        code: one word for programs, such as `invalid_input`.
        message: what happened and what to do.
        param: the field it is about, if one is to blame.
        retry_after_s: when to come again, if it may help.
        place: where that field is: `body`, `query`, `path` or `header`.
    """

    status: int
    code: str
    message: str
    param: str | None = None
    retry_after_s: int | None = None
    place: str = "body"

    def headers(self) -> dict[str, str]:
        """Returns the headers it comes with."""
        found = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        # OpenAI's clients send again what was answered with 500 or more, unless they are told.
        return found | ({"x-should-retry": "false"} if self.status == 501 else {})


log = logging.getLogger("menura.server")

_TABLE: tuple[tuple[type[MenuraError], int, str], ...] = (
    (Busy, 429, "too_many_requests"),
    (InvalidInput, 400, "invalid_input"),
    (NotFound, 404, "not_found"),
    (NotInstalled, 501, "not_installed"),
    (Refused, 403, "refused"),
    (StorageFailed, 507, "storage_failed"),
    (MenuraError, 500, "engine_failed"),
)


_UNTOLD = {
    500: "the engine failed",
    507: "the server's disk does not take or give the data",
}


def problem_of(error: MenuraError) -> Problem:
    """Returns how an error is told over HTTP. What names paths or internals stays here."""
    status, code = next((s, c) for kind, s, c in _TABLE if isinstance(error, kind))
    message = _UNTOLD.get(status, str(error))
    if status in _UNTOLD:
        # Its message may quote what the caller wrote.
        level = logging.WARNING if isinstance(error, Lost) else logging.ERROR
        log.log(level, "%s: %s", code, type(error.__cause__ or error).__name__)
    after = error.retry_after_s if isinstance(error, Busy) else None
    return Problem(status=status, code=code, message=message, retry_after_s=after)


_HTTP = {
    401: "invalid_api_key",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
}


def http_problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Problem:
    """Returns what the framework says as a problem.

    Args:
        status: of HTTP.
        message: of the framework; where it is the bare name of the status, there is a better one.
        headers: that it comes with, if any.
    """
    allowed = (headers or {}).get("Allow")
    if (status, message) == (404, "Not Found"):
        message = "there is no such route: GET /openapi.json lists those there are"
    elif status == 405 and allowed is not None:
        message = f"this route takes {allowed}"
    return Problem(status=status, code=_HTTP.get(status, "invalid_request"), message=message)


def body_problem(error: RequestValidationError, content_type: str) -> Problem:
    """Returns what is wrong with the fields or the body of a request as a problem.

    Args:
        error: what the framework says.
        content_type: header of the request, "" if it has none.
    """
    first = error.errors()[0]
    place, *loc = first["loc"]
    # Of a body that is no JSON, the place is a number of characters, and no field.
    is_json = first["type"] != "json_invalid"
    fields = _fields(loc, error.body) if place == "body" and is_json else loc
    name = ".".join(map(str, fields))[:200] if is_json else ""
    message = str(first["msg"]).removeprefix("Value error, ")
    if not is_json:
        message = f"the body is no JSON: {first['ctx']['error']} {_place(error.body, loc)}"
    elif (
        first["type"] == "missing"
        and "form" not in content_type
        and isinstance(error.body, FormData)
    ):
        message = "it is missing: the request is a form (multipart/form-data)"
    elif first["loc"] == ("body",) and first["type"] == "missing":
        message = "the body is missing: it is a JSON object"
    elif first["loc"] == ("body",) and isinstance(error.body, bytes):
        sent = f", and not {content_type!r:.80}" if content_type else ", which is missing"
        message = f"a body of JSON needs the header Content-Type: application/json{sent}"
    elif first["loc"] == ("body",) and first["type"] == "model_attributes_type":
        message = "the body is a JSON object, with the fields in it"
    told = f"{name}: {message}" if name else message
    return Problem(
        status=422,
        code="invalid_input",
        message=told[:500],
        param=name or None,
        place=str(place),
    )


def _fields(loc: Sequence[str | int], body: Any) -> list[str | int]:
    """Returns the way to a field of a body, without the kinds of unions that pydantic names."""
    found: list[str | int] = []
    value = body
    for at, step in enumerate(loc):
        is_there = isinstance(step, int) if isinstance(value, list) else False
        if isinstance(value, Mapping):
            is_there = step in value
        if is_there:
            value = value[step]
        elif not isinstance(value, Mapping) or at < len(loc) - 1:
            continue
        found.append(step)
    return found


def _place(text: Any, where: Sequence[str | int]) -> str:
    """Returns in words where a text stops to be JSON, given the number of characters before."""
    at = int(where[0])
    before = str(text)[:at]
    line, column = before.count("\n") + 1, at - before.rfind("\n")
    return f"at line {line}, column {column}"


def not_yet(what: str) -> Problem:
    """Returns the answer of a route whose task does not exist yet."""
    return Problem(status=501, code="not_implemented", message=f"{what} is not part of menura yet")


_TOLD: dict[int | str, str] = {
    "4XX": "The request cannot be done as it is; the message says why.",
    501: "Not part of menura yet, or not installed here.",
    503: "The server is stopping, or has no room: come again.",
    507: "The server's disk takes no more.",
}


def responses(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Returns the errors that every route of an API may answer with, as OpenAPI describes them.

    Args:
        schema: JSON schema of the API's error body.
    """
    content = {"application/json": {"schema": schema}}
    return {status: {"description": text, "content": content} for status, text in _TOLD.items()}
