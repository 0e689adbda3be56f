"""What callers send: files to verify, tunes to read, recordings to work with."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, File, Query, Request, UploadFile

from menura.errors import NotFound
from menura.server import delivery
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.native.owning import SOUND
from menura.server.received import saved

router = APIRouter()


@router.post("/verify")
async def verify(
    file: Annotated[UploadFile, File(description="Any sound file.")],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    thorough: Annotated[bool, Query(description="Search harder, and slower.")] = False,
) -> dict[str, Any]:
    """Tell where a sound file comes from: its mark, its signed manifest, its take."""
    async with saved(file) as path:
        values = {"path": str(path), "thorough": thorough}
        found = (await delivery.ask(house, caller, request, "verify", values))["verification"]
    return await asyncio.to_thread(_own_only, house, caller, found)


@router.post("/tunes")
async def tune(
    file: Annotated[UploadFile, File(description="A hummed recording, or a MIDI file.")],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    bpm: Annotated[float | None, Query(ge=20, le=300)] = None,
) -> dict[str, str]:
    """Return the melody of a recording or a MIDI file, as a music task's `melody` takes it."""
    async with saved(file) as path:
        values = {"path": str(path), "bpm": bpm}
        return {"melody": (await delivery.ask(house, caller, request, "tune", values))["melody"]}


@router.post("/sounds", status_code=201)
async def keep(
    file: Annotated[UploadFile, File(description="A sound file, or a file of codes.")],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
) -> dict[str, str]:
    """Keep a recording that tasks can name by the SHA-256 that is returned."""
    async with saved(file) as path:
        digest = (await delivery.ask(house, caller, request, "keep", {"path": str(path)}))["sha256"]
    await asyncio.to_thread(house.ledger.put, caller.id, SOUND, digest, {})
    return {"sha256": digest}


def _own_only(house: House, caller: Caller, found: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what the archive knows of another caller's take: only its file's words stay."""
    take = found.get("take") or {}
    if caller.id == "local" or not take.get("id"):
        return found
    try:
        house.ledger.item(caller.id, take["id"])
    except NotFound:
        return found | {"take": {"id": take["id"]}}
    return found
