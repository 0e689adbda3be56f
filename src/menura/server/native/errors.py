"""Errors of menura's own API: {"error": {"code", "message", "param"}}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.responses import Response

    from menura.server.problems import Problem

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "param"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "param": {"type": ["string", "null"]},
            },
        }
    },
}
"""Of an error's body."""


def tell(problem: Problem) -> Response:
    """Returns a problem as an answer."""
    error = {"code": problem.code, "message": problem.message, "param": problem.param}
    return JSONResponse({"error": error}, problem.status, problem.headers())
