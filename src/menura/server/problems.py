"""What went wrong, as each API may tell it: one table from errors to HTTP."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from menura.errors import (
    InvalidInput,
    MenuraError,
    NotFound,
    NotInstalled,
    Refused,
    StorageFailed,
)
from menura.server.workshop import Busy


@dataclass(eq=False, kw_only=True)
class Problem(Exception):
    """An answer that is an error, before an API has put it into its own words.

    Attributes:
        status: of HTTP.
        code: one word for programs, such as `invalid_input`.
        message: what happened and what to do.
        param: the field it is about, if one is to blame.
        retry_after_s: when to come again, if it may help.
    """

    status: int
    code: str
    message: str
    param: str | None = None
    retry_after_s: int | None = None

    def headers(self) -> dict[str, str]:
        """Returns the headers it comes with."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


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
        log.error("%s: %s", code, type(error.__cause__ or error).__name__)
    after = error.retry_after_s if isinstance(error, Busy) else None
    return Problem(status=status, code=code, message=message, retry_after_s=after)


_HTTP = {
    401: "invalid_api_key",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "request_too_large",
}


def http_problem(status: int, message: str) -> Problem:
    """Returns what the framework says as a problem."""
    return Problem(status=status, code=_HTTP.get(status, "invalid_request"), message=message)


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
