"""POST /v1/music/stem-separation: a piece that was made here, made again part by part."""

from __future__ import annotations

import asyncio
import functools
import re
import tomllib
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from menura.audio.formats import Format
from menura.errors import NotFound
from menura.server import delivery
from menura.server.delivery import take_headers
from menura.server.elevenlabs.formats import FormatQuery, format_of
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.problems import Problem
from menura.server.received import saved

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter()
CHUNK_BYTES = 1 << 16
Variation = Literal["two_stems_v1", "six_stems_v1"]


@router.post("/v1/music/stem-separation", responses={200: {"content": {"application/zip": {}}}})
async def separate_stems(
    file: Annotated[UploadFile, File()],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    stem_variation_id: Annotated[Variation, Form()] = "six_stems_v1",
    sign_with_c2pa: Annotated[bool, Form()] = False,  # noqa: ARG001 - they always are
    output_format: FormatQuery = None,
) -> Response:
    """Return the stems of a piece that you had made here: a ZIP, a file for each stem.

    The piece is known by its mark or its manifest, and made again from its recipe: its parts are
    what they were before they were mixed. The sound of others is not taken apart.
    """
    wanted = format_of(output_format, "music")
    async with saved(file) as path:
        take = await _take_of(house, caller, request, path)
    entry = await asyncio.to_thread(house.studio.archive.get, take)
    facts = _facts()[stem_variation_id]
    ask = {
        "task": entry.recipe.get("task"),
        "format": wanted,
        "parts": _parts(facts["words"], entry.report.get("understood", {})),
        "rest": facts["rest"],
    }
    folder = await asyncio.to_thread(house.shelf.begin)
    try:
        values = ask | {"folder": str(folder)}
        job = house.workshop.begin("parts", values, caller=caller.id, lane="long")
        files = (await delivery.while_there(request, job.only()))["files"]
        suffix = Format.parse(wanted).suffix
        named = {f"{part}{suffix}": folder / name for part, name in files.items()}
        archive = folder / "stems.zip"
        await asyncio.to_thread(_zip, named, archive)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(house.shelf.discard, folder))
        raise
    missing = [f"{part}: the piece has none" for part in ask["parts"] if part not in files]
    return StreamingResponse(
        _read(archive),
        media_type="application/zip",
        headers=take_headers(take, missing)
        | {
            "content-length": str(archive.stat().st_size),
            "content-disposition": f'attachment; filename="{take}-stems.zip"',
        },
        background=BackgroundTask(asyncio.to_thread, house.shelf.discard, folder),
    )


async def _take_of(house: House, caller: Caller, request: Request, path: Path) -> str:
    """Returns the take that a file is of.

    Raises:
        Problem: 501, if it is none that the caller had made.
        InvalidAudio: if it is no sound file.
    """
    values = {"path": str(path), "thorough": False}
    found = (await delivery.ask(house, caller, request, "verify", values))["verification"]
    told = (found["take"] or {}).get("id") or found["mark"]["payload"]
    try:
        if told:
            return (await asyncio.to_thread(house.ledger.item, caller.id, told)).take
    except NotFound:
        pass
    raise Problem(
        status=501,
        code="not_implemented",
        message=(
            "only pieces that you had made here have stems: they are known by their mark, and "
            "made again part by part. Taking other sound apart needs a trained model, which is "
            "not part of menura yet"
        ),
    )


def _parts(words: Mapping[str, list[str]], understood: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns the stems of each part, by the names of the instruments that play them."""
    found: dict[str, list[str]] = {part: [] for part in words}
    instruments = understood.get("instruments")
    for name, instrument in (instruments if isinstance(instruments, dict) else {}).items():
        said = set(re.split(r"\W+", f"{name} {instrument}".casefold()))
        part = next((part for part, each in words.items() if said & set(each)), None)
        if part is not None:
            found[part].append(name)
    return found


def _zip(files: Mapping[str, Path], archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as whole:
        for name, path in files.items():
            whole.write(path, name)


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while data := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield data


@functools.cache
def _facts() -> Mapping[str, Any]:
    path = Path(__file__).with_name("stems.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
