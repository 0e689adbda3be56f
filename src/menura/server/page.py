"""The first page: a prompt, what it sounds and looks like, its files, and what made a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from fastapi import FastAPI

WEB = Path(__file__).with_name("web")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""Nothing from elsewhere is loaded, and nobody else's page holds this one."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index() -> Response:
    """Return the page."""
    return FileResponse(WEB / "index.html", headers=HEADERS)


@router.get("/docs")
async def documentation() -> Response:
    """Return the page that shows the API."""
    return FileResponse(WEB / "docs.html", headers=HEADERS)


class _Files(StaticFiles):
    """The page's files, under the same rules."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers.update(HEADERS)
        return answer


def add_page(app: FastAPI) -> None:
    """Adds the page and its files."""
    app.include_router(router)
    app.mount("/web", _Files(directory=WEB), name="web")
