"""Routes of OpenAI's API that are not about sound: each says what this server is for."""

from __future__ import annotations

from fastapi import APIRouter, Request

from menura.server.problems import Problem

router = APIRouter()

NAMES = (
    *("chat", "completions", "responses", "conversations", "embeddings", "images", "videos"),
    *("moderations", "files", "uploads", "batches", "fine_tuning", "evals", "vector_stores"),
    *("assistants", "threads", "containers", "realtime", "organization", "edits", "engines"),
)
"""What stands behind `/v1/` in the routes of OpenAI's API but for `audio` and `models`."""
_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def is_elsewhere(path: str) -> bool:
    """Returns whether a path is of OpenAI's API by its name, and of a task that is none of ours."""
    root, _, rest = path.lstrip("/").partition("/")
    return root == "v1" and rest.partition("/")[0] in NAMES


async def _answer(request: Request) -> None:
    async for _ in request.stream():  # who sends is told when all is sent
        continue
    raise Problem(
        status=404,
        code="unknown_url",
        message="menura serves sound, and has no such route: of OpenAI's API there are "
        "/v1/audio/speech, /v1/audio/transcriptions, /v1/audio/translations and /v1/models",
    )


for name in NAMES:
    for path in (f"/v1/{name}", f"/v1/{name}/{{rest:path}}"):
        router.add_api_route(path, _answer, methods=_ANY, include_in_schema=False)
