"""GET /v1/models, /v1/audio/voices, /v1/audio/models: what there is, as clients probe for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request

from menura.server.casting import voices_of
from menura.server.elevenlabs import engines
from menura.server.house import CallerDep, House, HouseDep
from menura.server.openai import names

if TYPE_CHECKING:
    from menura.server.house import Caller

router = APIRouter()
OWNER = "menura"


@router.get("/v1/models")
async def list_models(request: Request, house: HouseDep) -> Any:
    """Lists the models: in OpenAI's words, or in ElevenLabs' for who brings an `xi-api-key`."""
    if "xi-api-key" in request.headers:
        return await engines.models(house)
    return {"object": "list", "data": [_model(name) for name in await _all(house)]}


@router.get("/v1/models/{model}")
async def get_model(model: str, house: HouseDep) -> dict[str, Any]:
    """Tells of one model."""
    known = await _all(house)
    if model not in known and not names.is_official(model):
        raise names.no_model(model, known)
    return _model(model)


@router.get("/v1/audio/models")
async def list_audio_models(house: HouseDep) -> dict[str, Any]:
    """Lists the models that speak, as Open WebUI asks for them."""
    found = [_model(name) | {"name": name} for name in await _known(house)]
    return {"object": "list", "models": found, "data": found}


@router.get("/v1/audio/voices")
async def list_voices(
    house: HouseDep, caller: CallerDep, legacy: Annotated[bool, Query()] = False
) -> dict[str, Any]:
    """Lists the voices: OpenAI's names first, then ours and the caller's own.

    OpenAI has no such route; the clients of local servers probe for it. Open WebUI reads `voices`
    as objects with `id` and `name`, others as names (`legacy=true`, as Kokoro-FastAPI has it), and
    some read `data`.
    """
    found = await asyncio.to_thread(_voices, house, caller)
    if legacy:
        return {"voices": [voice["id"] for voice in found]}
    return {"object": "list", "voices": found, "data": found}


async def _known(house: House) -> list[str]:
    cards = await asyncio.to_thread(names.speakers, house)
    return [*names.official_models(), *(card.name for card in cards)]


async def _all(house: House) -> list[str]:
    """Returns what speaks, and what listens."""
    return [*await _known(house), *await asyncio.to_thread(names.listeners, house)]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": OWNER}


def _voices(house: House, caller: Caller) -> list[dict[str, Any]]:
    known = voices_of(house, caller)
    rows: dict[str, dict[str, Any]] = {}
    for theirs, ours in names.stand_ins(house).items():
        if ours in known:
            voice = known[ours].voice
            language = names.accent_of(house, theirs) or voice.language
            rows[theirs] = _voice(theirs, theirs, language, voice.gender, ours)
    for each in known.values():
        name = each.voice.name if each.own is None else str(each.own["name"])
        about = each.voice.description
        row = _voice(each.id, name, each.voice.language, each.voice.gender, about)
        rows.setdefault(each.id, row)
    return list(rows.values())


def _voice(key: str, name: str, language: str, gender: str, about: str) -> dict[str, Any]:
    return {
        "id": key,
        "voice_id": key,
        "name": name,
        "object": "audio.voice",
        "language": language,
        "gender": gender,
        "description": about,
    }
