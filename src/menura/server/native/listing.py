"""What there is: models and engines, voices, formats, sources; and what can be planned."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from menura.audio.formats import codecs
from menura.errors import NotFound
from menura.espeak.languages import languages
from menura.server import delivery, keeping
from menura.server.casting import voices_of
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.native.bodies import Wanted
from menura.server.native.owning import cast
from menura.settings import VERSION
from menura.tasks import dump

router = APIRouter()


class Plan(BaseModel):
    """What would be made: a document that can be edited, and given as a task's `plan`."""

    plan: str


class Keeping(BaseModel):
    """A designed voice that is to be kept."""

    take: str = Field(description="Of a voice design: its id, or the take's.", max_length=64)
    name: str = Field(min_length=1, max_length=100)
    description: str = Field("", max_length=1000)


class VoiceFacts(BaseModel):
    """A voice."""

    id: str
    name: str
    language: str
    description: str
    gender: str
    age: str
    engine: str
    origin: str


class LanguageFacts(BaseModel):
    """A language that a text can be spoken in."""

    tag: str
    name: str = Field(description="In English.")


@router.get("/about")
async def about(house: HouseDep) -> dict[str, Any]:
    """Tell what this server is, and whether it is well."""
    return {
        "name": "menura",
        "version": VERSION,
        "ready": house.workshop.ready,
        "working": house.workshop.working,
        "waiting": house.workshop.waiting,
    }


@router.get("/models")
async def models(house: HouseDep) -> dict[str, list[dict[str, Any]]]:
    """List the cards of the engines and models that are installed."""
    cards = await asyncio.to_thread(lambda: list(house.studio.cards()))
    return {"models": [_plain(card) for card in cards]}


@router.get("/models/{name}")
async def model(name: str, house: HouseDep) -> dict[str, Any]:
    """Return one card."""
    return _plain(await asyncio.to_thread(house.studio.card, name))


@router.get("/formats")
async def formats() -> dict[str, list[dict[str, Any]]]:
    """List the formats that sound can be had in."""
    return {
        "formats": [
            {
                "name": name,
                "mime": codec.mime,
                "rates": list(codec.rates),
                "bitrates_kbps": list(codec.bitrates),
                "depths": list(codec.depths),
            }
            for name, codec in codecs().items()
        ]
    }


@router.get("/languages")
async def spoken() -> dict[str, list[LanguageFacts]]:
    """List the languages that the built-in voices speak, by their English names."""
    known = await asyncio.to_thread(languages)
    rows = [LanguageFacts(tag=each.tag, name=each.name.replace("_", " ")) for each in known]
    return {"languages": sorted(rows, key=lambda row: row.name)}


@router.get("/voices")
async def voices(house: HouseDep, caller: CallerDep) -> dict[str, list[VoiceFacts]]:
    """List the voices you can use: those that come with engines, and your own."""
    return {"voices": await asyncio.to_thread(_voices, house, caller)}


@router.post("/voices", status_code=201)
async def keep(body: Keeping, request: Request, house: HouseDep, caller: CallerDep) -> VoiceFacts:
    """Keep a voice that you have designed, under a name of yours."""
    item = await asyncio.to_thread(house.ledger.item, caller.id, body.take)
    facts = {"name": body.name, "description": body.description, "labels": {}}
    voice = await keeping.keep(house, caller, request, item.take, facts)
    found = await asyncio.to_thread(_voices, house, caller)
    return next(each for each in found if each.id == voice)


@router.delete("/voices/{name}", status_code=204)
async def forget(name: str, request: Request, house: HouseDep, caller: CallerDep) -> None:
    """Forget a voice of yours, by its name or id."""
    known = await asyncio.to_thread(voices_of, house, caller)
    for voice, each in known.items():
        if each.own is not None and name in {voice, each.own["name"]}:
            await keeping.let_go(house, caller, request, voice)
            return
    raise NotFound(f"you have kept no voice {name!r:.80}")


@router.post("/plan")
async def plan(body: Wanted, request: Request, house: HouseDep, caller: CallerDep) -> Plan:
    """Plan a piece of music or a scene without making it."""
    task = await cast(house, caller, body.settled())
    found = await delivery.ask(house, caller, request, "plan", {"task": dump(task)})
    return Plan(plan=found["plan"])


def _voices(house: House, caller: Caller) -> list[VoiceFacts]:
    return [
        VoiceFacts(
            id=known.id,
            name=known.voice.name if known.own is None else known.own["name"],
            language=known.voice.language,
            description=known.voice.description,
            gender=known.voice.gender,
            age=known.voice.age,
            engine=known.voice.engine,
            origin=known.voice.origin,
        )
        for known in voices_of(house, caller).values()
    ]


def _plain(card: Any) -> dict[str, Any]:
    return {k: v for k, v in dataclasses.asdict(card).items() if k != "model"}
