"""In whose words an error is told: those of the API that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from menura.server import elevenlabs, native, openai
from menura.server.openai.elsewhere import is_elsewhere

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

    from menura.server.problems import Problem


def tell(scope: Scope, problem: Problem) -> Response:
    """Returns a problem as an answer to a request.

    Args:
        scope: of the request.
        problem: what went wrong.
    """
    path: str = scope["path"]
    shared = path.startswith("/v1/models") and "xi-api-key" not in Headers(scope=scope)
    if path.startswith("/v1/audio/") or shared or is_elsewhere(path):
        return openai.tell(problem)
    if path.startswith(("/v1/", "/v2/")):
        return elevenlabs.tell(problem)
    return native.tell(problem)
