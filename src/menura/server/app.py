"""`create_app`: the server as an ASGI application."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from menura.errors import MenuraError, Refused
from menura.server import elevenlabs, native, openai
from menura.server.delivery import Gone
from menura.server.house import House
from menura.server.ledger import DATABASE, Ledger
from menura.server.problems import Problem, problem_of
from menura.server.shelf import Shelf
from menura.server.workshop import Bounds, Workshop
from menura.settings import VERSION
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from menura.settings import Settings

log = logging.getLogger("menura.server")

SHELF = "server"
"""Folder of rendered files, in the data folder."""


def create_app(settings: Settings) -> FastAPI:
    """Returns the application; its workers run while it is up.

    Args:
        settings: of the install.

    Raises:
        Refused: if marking is off: what a server gives away is marked.
    """
    if not settings.marking:
        raise Refused("with marking switched off there is no server: what it gives out is marked")

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with Studio(settings) as studio:
            house = House(
                settings=settings,
                studio=studio,
                workshop=Workshop(
                    settings,
                    Bounds(
                        workers=settings.server_workers,
                        waiting=settings.server_queue,
                        of_one=settings.server_concurrency,
                    ),
                ),
                ledger=Ledger(settings.home / DATABASE),
                shelf=Shelf(settings.home / SHELF, settings.server_keep_mb * 10**6),
            )
            house.shelf.clear()
            app.state.house = house
            await house.workshop.start()
            try:
                yield
            finally:
                house.closing = True
                await house.workshop.stop(settings.server_grace_s)

    app = FastAPI(title="menura", version=VERSION, lifespan=lifespan)
    for api in (openai, elevenlabs, native):
        app.include_router(api.router)
    _add_errors(app)
    return app


def teller(request: Request) -> Callable[[Problem], Response]:
    """Returns how an error is told to who asked: in the words of the API that was asked."""
    path = request.url.path
    if path.startswith("/v1/audio/") or (
        path.startswith("/v1/models") and "xi-api-key" not in request.headers
    ):
        return openai.tell
    return elevenlabs.tell if path.startswith(("/v1/", "/v2/")) else native.tell


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> Response:
        return teller(request)(error)

    @app.exception_handler(MenuraError)
    async def _own(request: Request, error: MenuraError) -> Response:
        return teller(request)(problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return teller(request)(_invalid_problem(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http_error")
        problem = Problem(status=error.status_code, code=code, message=str(error.detail))
        answer = teller(request)(problem)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Gone)
    async def _gone(_: Request, __: Gone) -> Response:
        return Response(status_code=499)  # nobody reads it

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> Response:
        log.error("%s %s broke off", request.method, request.url.path, exc_info=error)
        problem = Problem(status=500, code="internal", message="the server broke; see its log")
        return teller(request)(problem)


def _invalid_problem(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"] if part not in {"body", "query", "path"}]
    name = ".".join(where)[:200]
    message = f"{name}: {first['msg']}" if name else str(first["msg"])
    return Problem(status=422, code="invalid_input", message=message[:500], param=name or None)
