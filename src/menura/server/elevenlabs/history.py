"""History: what a caller had made, by every route, heard again."""

from __future__ import annotations

import asyncio
import zipfile
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.background import BackgroundTasks
from starlette.responses import Response

from menura.audio.formats import Format
from menura.errors import NotFound
from menura.server.answers import answer
from menura.server.delivery import take_headers
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.past import Listed, page, told
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.problems import Problem
from menura.server.remaking import Sent, files_of

if TYPE_CHECKING:
    from pathlib import Path

    from menura.server.ledger import Item
    from menura.server.remaking import Files

router = APIRouter(prefix="/v1/history")

MAX_DOWNLOADED = 100


class Downloading(Body):
    """Takes that are wanted as files."""

    history_item_ids: Annotated[
        list[Annotated[str, Field(max_length=128)]],
        Field(min_length=1, max_length=MAX_DOWNLOADED),
    ]
    output_format: Annotated[str, Field(max_length=64)] | None = None


@router.get("")
async def list_items(
    house: HouseDep, caller: CallerDep, listed: Annotated[Listed, Query()]
) -> Response:
    """List what you had made, the latest first."""
    return await answer(lambda: page(house, caller, listed))


@router.post("/download", responses={200: {"content": {"application/zip": {}}}})
async def download(
    body: Downloading, request: Request, house: HouseDep, caller: CallerDep
) -> Response:
    """Return one take as a file, or several in a ZIP."""
    format_ = None if body.output_format in {None, "default"} else body.output_format
    if format_ is not None:
        Format.parse(format_)
    ids = dict.fromkeys(body.history_item_ids)
    items = [await item_of(house, caller, each) for each in ids]
    if len(items) == 1:
        return await audio_of(house, caller, items[0], request, format_)
    folder = await asyncio.to_thread(house.shelf.begin)
    clearing = BackgroundTasks()
    clearing.add_task(asyncio.to_thread, house.shelf.discard, folder)
    archive = folder / "history.zip"
    try:
        for item in items:
            kept = await files_of(house, caller, item, request, format_=format_)
            try:
                await asyncio.to_thread(
                    _add, archive, f"{item.id}{_path(kept).suffix}", _path(kept)
                )
            finally:
                if kept.clearing is not None:
                    await kept.clearing()
    except BaseException:
        await asyncio.shield(asyncio.to_thread(house.shelf.discard, folder))
        raise
    return Sent(archive, media_type="application/zip", filename="history.zip", background=clearing)


@router.get("/{history_item_id}")
async def get(history_item_id: str, house: HouseDep, caller: CallerDep) -> Response:
    """Tell what is known of a take of yours."""
    item = await item_of(house, caller, history_item_id)
    return await answer(lambda: told(house, caller, item))


@router.delete("/{history_item_id}")
async def delete(history_item_id: str, house: HouseDep, caller: CallerDep) -> dict[str, str]:
    """Forget a take of yours: its files, and its line of your history."""
    item = await item_of(house, caller, history_item_id)
    found = await asyncio.to_thread(house.shelf.find, item.id)
    if found is not None:
        await asyncio.to_thread(house.shelf.discard, found[0])
    await asyncio.to_thread(house.ledger.remove_item, caller.id, item.id)
    return {"status": "ok"}


@router.get("/{history_item_id}/audio", responses={200: {"content": {"audio/*": {}}}})
async def audio(
    history_item_id: str, request: Request, house: HouseDep, caller: CallerDep
) -> Response:
    """Return the sound of a take of yours: the file that was kept, or one made again from it."""
    item = await item_of(house, caller, history_item_id)
    return await audio_of(house, caller, item, request)


async def item_of(house: House, caller: Caller, name: str, *, kind: str | None = None) -> Item:
    """Returns a line of a caller's history.

    Args:
        house: where.
        caller: whose.
        name: the line's id, or the take's.
        kind: of task that it must be of; None = any.

    Raises:
        Problem: 404, if the caller has none such; also if another has.
    """
    try:
        item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    except NotFound:
        item = None
    if item is None or kind not in {None, item.kind}:
        what, code = ("history item", "history_item_not_found")
        if kind is not None:
            what, code = ("preview", "voice_not_found")
        raise Problem(status=404, code=code, message=f"you have no {what} {name!r:.60}")
    return item


async def audio_of(
    house: House, caller: Caller, item: Item, request: Request, format_: str | None = None
) -> Response:
    """Returns the file of a take, from the shelf or made again.

    Args:
        house: where.
        caller: whose take it is.
        item: its line of history.
        request: given up if its sender leaves.
        format_: name of a format; None = the one it was given in.
    """
    kept = await files_of(house, caller, item, request, format_=format_)
    path = _path(kept)
    return Sent(
        path,
        media_type=Format.parse(format_ or item.format).mime,
        filename=f"{item.take}{path.suffix}",
        headers=take_headers(item.take, ()),
        background=kept.clearing,
    )


def _path(kept: Files) -> Path:
    return kept.folder / str(kept.facts["files"]["audio"])


def _add(archive: Path, name: str, path: Path) -> None:
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_STORED) as whole:
        whole.write(path, name)
