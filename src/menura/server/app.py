"""`create_app`: the server as an ASGI application."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from menura.errors import MenuraError, Refused
from menura.server import access, elevenlabs, health, native, openai
from menura.server.delivery import Gone
from menura.server.house import House
from menura.server.idempotency import Idempotency
from menura.server.keys import Keys, Ring
from menura.server.leaving import Leaving
from menura.server.ledger import DATABASE, Ledger
from menura.server.limits import Limits
from menura.server.metrics import Metrics
from menura.server.page import add_page
from menura.server.problems import Problem, body_problem, http_problem, problem_of, responses
from menura.server.shelf import Shelf
from menura.server.telling import tell
from menura.server.trace import Trace
from menura.server.workshop import Bounds, Workshop
from menura.settings import VERSION
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

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
            house = _house(settings, studio)
            house.shelf.clear()
            app.state.house = house
            await house.workshop.start()
            try:
                yield
            finally:
                if house.stop_by is None:
                    house.close(settings.server_grace_s)
                await house.workshop.stop(max(0.0, (house.stop_by or 0.0) - time.monotonic()))

    app = FastAPI(
        title="menura",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,  # its page would come from elsewhere; ours is `page.py`
        redoc_url=None,
    )
    app.add_middleware(Leaving)
    app.add_middleware(Idempotency)
    app.add_middleware(Limits, settings=settings)
    app.add_middleware(access.Access, settings=settings, tell=tell)
    app.add_middleware(Trace, tell=tell)  # the last added is the outermost
    app.include_router(health.router)
    for api in (openai, elevenlabs, native):
        app.include_router(api.router, responses=responses(api.SCHEMA))
    add_page(app)
    _add_errors(app)
    return app


def _house(settings: Settings, studio: Studio) -> House:
    workshop = Workshop(
        settings,
        Bounds(
            workers=settings.server_workers,
            waiting=settings.server_queue,
            of_one=settings.server_concurrency,
        ),
    )
    ledger = Ledger(settings.home / DATABASE)
    return House(
        settings=settings,
        studio=studio,
        workshop=workshop,
        ledger=ledger,
        shelf=Shelf(settings.home / SHELF, settings.server_keep_mb * 10**6),
        ring=Ring(
            Keys(ledger.database), always=settings.server_auth or not access.is_local(settings)
        ),
        metrics=Metrics(workshop),
    )


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> Response:
        return tell(request.scope, error)

    @app.exception_handler(MenuraError)
    async def _own(request: Request, error: MenuraError) -> Response:
        return tell(request.scope, problem_of(error))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        sent = request.headers.get("content-type", "")
        return tell(request.scope, body_problem(error, sent))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        answer = tell(request.scope, http_problem(error.status_code, detail, error.headers))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Gone)
    async def _gone(_: Request, __: Gone) -> Response:
        return Response(status_code=499)  # nobody reads it
