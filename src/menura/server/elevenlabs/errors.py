"""Errors in the words of ElevenLabs' API: {"detail": {"status", "message"}}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.responses import Response

    from menura.server.problems import Problem

_STATES = {"too_many_requests": "too_many_concurrent_requests", "unauthorized": "invalid_api_key"}

_FIELD = {
    "type": "object",
    "required": ["loc", "msg", "type"],
    "properties": {
        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
}
_REASON = {
    "type": "object",
    "required": ["status", "message"],
    "properties": {"status": {"type": "string"}, "message": {"type": "string"}},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["detail"],
    "properties": {"detail": {"anyOf": [_REASON, {"type": "array", "items": _FIELD}]}},
}
"""Of an error's body: the list is that of status 422."""


def tell(problem: Problem) -> Response:
    """Returns a problem as an answer."""
    if problem.status == 422:
        steps = problem.param.split(".") if problem.param else []
        where = [problem.place, *(int(step) if step.isdigit() else step for step in steps)]
        detail: object = [{"loc": where, "msg": problem.message, "type": problem.code}]
    else:
        state = _STATES.get(problem.code, problem.code)
        detail = {"status": state, "message": problem.message}
    return JSONResponse({"detail": detail}, problem.status, problem.headers())
