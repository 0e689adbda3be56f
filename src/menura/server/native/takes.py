"""Takes: made, listed, fetched in any format, made again."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from menura.audio.formats import Format
from menura.errors import NotFound
from menura.server import delivery, streaming
from menura.server.delivery import Order
from menura.server.fitting import SeedDep
from menura.server.house import CallerDep, HouseDep
from menura.server.ledger import Item
from menura.server.native.bodies import Wanted
from menura.server.native.owning import cast
from menura.server.remaking import Sent, files_of

router = APIRouter()

FormatQuery = Annotated[
    str | None, Query(max_length=64, examples=["mp3_44100_128"], description="Such as `opus`.")
]


class Rendered(Wanted):
    """A take to be rendered."""

    stems: bool = Field(False, description="Whether the parts are wanted as files of their own.")


class TakeLine(BaseModel):
    """A take as a caller had it made, as the list has it."""

    id: str
    take: str
    kind: str
    made_at: str
    format: str
    duration_s: float
    engine: str
    title: str
    links: dict[str, Any]


class TakeFacts(TakeLine):
    """All that is known of a take."""

    report: dict[str, Any] = {}
    task: dict[str, Any] = {}
    chapters: list[dict[str, Any]] = []


class TakeList(BaseModel):
    """Some takes, the latest first."""

    takes: list[TakeLine]
    next: int | None = Field(description="Give it as `before` to get what comes after these.")


@router.post("/stream", responses={200: {"content": {"audio/*": {}}}})
async def play(body: Wanted, house: HouseDep, caller: CallerDep, seed: SeedDep) -> Response:
    """Play a task while it is made.

    Returns the sound as it comes, with its take in `x-menura-take`, and its rate and channels in
    `x-menura-rate` and `x-menura-channels`.
    """
    order = Order(
        task=await cast(house, caller, body.settled(seed)), format=body.format, route="/api/stream"
    )
    return await streaming.stream(house, caller, order)


@router.post("/takes", status_code=201)
async def make(
    body: Rendered, request: Request, house: HouseDep, caller: CallerDep, seed: SeedDep
) -> TakeFacts:
    """Render a task whole: exact loudness, a signed file, captions, stems and notes."""
    order = Order(
        task=await cast(house, caller, body.settled(seed)), format=body.format, route="/api/takes"
    )
    kept = await delivery.render(house, caller, order, request, stems=body.stems)
    return _facts(kept.item, kept.facts)


@router.get("/takes")
async def list_takes(
    house: HouseDep,
    caller: CallerDep,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    count: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> TakeList:
    """List your takes, the latest first."""
    items = await asyncio.to_thread(house.ledger.items, caller.id, before=before, count=count)
    following = items[-1].number if len(items) == count else None
    return TakeList(takes=[_line(item) for item in items], next=following)


@router.get("/takes/{name}")
async def get_take(name: str, house: HouseDep, caller: CallerDep) -> TakeFacts:
    """Tell all that is known of a take of yours, by its id or by the take's."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    entry = await asyncio.to_thread(house.studio.archive.get, item.take)
    found = await asyncio.to_thread(house.shelf.find, item.id)
    facts = found[1] if found is not None else {}
    known = {"report": dict(entry.report), "task": entry.recipe.get("task", {})}
    return _facts(item, known | facts)


@router.delete("/takes/{name}", status_code=204)
async def forget(name: str, house: HouseDep, caller: CallerDep) -> None:
    """Forget a take of yours: its files, and its line of your history."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    found = await asyncio.to_thread(house.shelf.find, item.id)
    if found is not None:
        await asyncio.to_thread(house.shelf.discard, found[0])
    await asyncio.to_thread(house.ledger.remove_item, caller.id, item.id)


@router.get("/takes/{name}/audio", responses={200: {"content": {"audio/*": {}}}})
async def audio(
    name: str,
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    format: FormatQuery = None,  # noqa: A002
) -> Response:
    """Return the sound of a take of yours as a signed file, made again if it has gone."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    wanted = format or item.format
    codec = Format.parse(wanted)
    kept = await files_of(house, caller, item, request, format_=wanted)
    return Sent(
        kept.folder / kept.facts["files"]["audio"],
        media_type=codec.mime,
        filename=f"{item.take}{codec.suffix}",
        headers=delivery.take_headers(item.take, ()),
        background=kept.clearing,
    )


@router.get("/takes/{name}/captions", responses={200: {"content": {"text/plain": {}}}})
async def read_captions(
    name: str,
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    format: Literal["srt", "vtt", "json"] = "srt",  # noqa: A002
) -> Response:
    """Return when each word of a take of yours sounds."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    if not item.facts["captions"]:
        raise NotFound("this take has no words")
    kept = await files_of(house, caller, item, request)
    mimes = {"srt": "application/x-subrip", "vtt": "text/vtt", "json": "application/json"}
    path = kept.folder / kept.facts["files"]["captions"][format]
    return Sent(path, media_type=mimes[format], background=kept.clearing)


@router.get("/takes/{name}/score", responses={200: {"content": {"audio/midi": {}}}})
async def score(name: str, request: Request, house: HouseDep, caller: CallerDep) -> Response:
    """Return the notes of a take of yours as a standard MIDI file."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    if not item.facts["score"]:
        raise NotFound("this take has no notes: only music has")
    kept = await files_of(house, caller, item, request)
    return Sent(
        kept.folder / kept.facts["files"]["score"],
        media_type="audio/midi",
        filename=f"{item.take}.mid",
        background=kept.clearing,
    )


@router.get("/takes/{name}/stems/{number}", responses={200: {"content": {"audio/wav": {}}}})
async def read_stem(
    name: str, number: int, request: Request, house: HouseDep, caller: CallerDep
) -> Response:
    """Return one part of a take of yours, the first is 1, as a signed WAV file."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, name)
    names = item.facts["stems"]
    if not 1 <= number <= len(names):
        raise NotFound(f"this take has {len(names)} stems, and none of the number {number}")
    kept = await files_of(house, caller, item, request, stems=True)
    path = kept.folder / kept.facts["files"]["stems"][names[number - 1]]
    return Sent(path, media_type="audio/wav", filename=path.name, background=kept.clearing)


def _facts(item: Item, facts: Any) -> TakeFacts:
    known = {name: facts[name] for name in ("report", "task", "chapters") if name in facts}
    return TakeFacts(**_line(item).model_dump(), **known)


def _line(item: Item) -> TakeLine:
    base = f"/api/takes/{item.id}"
    links: dict[str, Any] = {"self": base, "audio": f"{base}/audio"}
    links |= {each: f"{base}/{each}" for each in ("captions", "score") if item.facts[each]}
    if item.facts["stems"]:
        links["stems"] = {n: f"{base}/stems/{i}" for i, n in enumerate(item.facts["stems"], 1)}
    return TakeLine(
        id=item.id,
        take=item.take,
        kind=item.kind,
        made_at=item.made_at,
        format=item.format,
        duration_s=item.facts["duration_s"],
        engine=item.facts["engine"],
        title=item.facts["title"],
        links=links,
    )
