"""The routes of menura's own API."""

from __future__ import annotations

from fastapi import APIRouter

from menura.server.native import listing, live, takes, uploads

router = APIRouter(prefix="/api", tags=["menura"])
for part in (listing, takes, live, uploads):
    router.include_router(part.router)
