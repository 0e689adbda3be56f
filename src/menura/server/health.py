"""Whether the server is alive and ready, and what it has counted."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from menura.server.house import HouseDep
from menura.server.metrics import MIME

router = APIRouter(tags=["health"])
_FRESH = {"Cache-Control": "no-store"}


@router.get("/livez")
@router.head("/livez", include_in_schema=False)
async def live() -> Response:
    """Tell that the server runs."""
    return JSONResponse({"status": "alive"}, headers=_FRESH)


@router.get("/readyz", responses={503: {"description": "It is stopping, or no worker is ready."}})
@router.head("/readyz", include_in_schema=False)
async def ready(house: HouseDep) -> Response:
    """Tell whether the server takes work."""
    if house.closing:
        return JSONResponse({"status": "stopping"}, 503, _FRESH)
    if not house.workshop.ready:
        return JSONResponse({"status": "no worker is ready"}, 503, _FRESH)
    return JSONResponse({"status": "ready"}, headers=_FRESH)


@router.get("/metrics")
async def metrics(house: HouseDep) -> Response:
    """Return what was counted, as Prometheus reads it; from this machine, or with a key."""
    page = await asyncio.to_thread(house.metrics.page)
    return Response(page, headers=_FRESH | {"Content-Type": MIME})
