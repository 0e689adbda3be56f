"""Voices: listed, searched, told of, edited, with their settings."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from menura.server.casting import SETTINGS, VOICE, find, not_found, standing_in, voices_of
from menura.server.delivery import header_text
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.history import audio_of, item_of
from menura.server.elevenlabs.manner import VoiceSettings
from menura.server.elevenlabs.portraits import DEFAULTS, read_labels, settings_of, tell, told_as
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.keeping import check_name, let_go
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from menura.server.casting import Known

router = APIRouter()

OwnVoices = frozenset({"personal", "non-default", "saved", "workspace", "non-community"})
Premade = frozenset({"default", "non-community", "saved"})


class Found(Body):
    """What is searched for in the query of GET /v2/voices."""

    next_page_token: Annotated[str, Field(max_length=32)] | None = None
    page_size: Annotated[int, Field(strict=False, ge=1, le=100)] = 10
    search: Annotated[str, Field(max_length=200)] | None = None
    sort: Annotated[str, Field(max_length=40)] | None = None
    sort_direction: Annotated[str, Field(max_length=10)] | None = None
    voice_type: Annotated[str, Field(max_length=40)] | None = None
    category: Annotated[str, Field(max_length=40)] | None = None
    fine_tuning_state: Annotated[str, Field(max_length=40)] | None = None
    collection_id: Annotated[str, Field(max_length=128)] | None = None
    gender: Annotated[str, Field(max_length=40)] | None = None
    age: Annotated[str, Field(max_length=40)] | None = None
    accent: Annotated[str, Field(max_length=40)] | None = None
    language: Annotated[list[str], Field(max_length=100)] | None = None
    voice_ids: Annotated[list[str], Field(max_length=100)] | None = None


@router.get("/v1/voices")
async def list_all(house: HouseDep, caller: CallerDep) -> Response:
    """List every voice that you may use: ours, then those that you designed."""
    voices = await asyncio.to_thread(_all, house, caller, ())
    return JSONResponse({"voices": voices})


@router.get("/v2/voices")
async def search(house: HouseDep, caller: CallerDep, found: Annotated[Found, Query()]) -> Response:
    """Search the voices that you may use."""
    rows = await asyncio.to_thread(_all, house, caller, found.voice_ids or ())
    voices = [each for each in rows if _fits(each, found)]
    if found.sort == "name":
        voices.sort(key=lambda each: str(each["name"]).casefold())
    elif found.sort == "created_at_unix":
        voices.sort(key=lambda each: each["created_at_unix"] or 0)
    if found.sort_direction == "desc":
        voices.reverse()
    start = _start(found.next_page_token)
    page = voices[start : start + found.page_size]
    end = start + len(page)
    more = end < len(voices)
    return JSONResponse(
        {
            "voices": page,
            "has_more": more,
            "total_count": len(voices),
            "next_page_token": str(end) if more else None,
        }
    )


@router.get("/v1/shared-voices")
async def shared() -> dict[str, Any]:
    """List the voices that others share: there is no such library on this machine."""
    return {"voices": [], "has_more": False, "total_count": 0, "last_sort_id": None}


@router.get("/v1/voices/settings/default")
async def default_settings() -> dict[str, Any]:
    """Return the settings of voices that have none of their own."""
    return DEFAULTS


@router.post("/v1/voices/add")
async def add(request: Request) -> Response:
    """Refuse to copy a voice: that needs the consent of whose voice it is."""
    async for _ in request.stream():
        continue
    raise Problem(
        status=403,
        code="can_not_use_instant_voice_cloning",
        message=(
            "A voice of a person is copied only with that person's recorded consent, and such "
            "copies are not part of menura yet. Design a voice instead: POST "
            "/v1/text-to-voice/design makes one from a description."
        ),
    )


@router.get("/v1/voices/{voice_id}")
async def get(
    voice_id: str,
    house: HouseDep,
    caller: CallerDep,
    with_settings: Annotated[bool, Query()] = True,
) -> Response:
    """Tell all that is known of a voice."""
    known = await known_of(house, caller, voice_id)
    told = await asyncio.to_thread(tell, house, caller, known)
    if voice_id in standing_in():  # who asks by an id of theirs looks it up by that again
        told["voice_id"] = voice_id
    return JSONResponse(told if with_settings else told | {"settings": None})


@router.delete("/v1/voices/{voice_id}")
async def delete(
    voice_id: str, request: Request, house: HouseDep, caller: CallerDep
) -> dict[str, str]:
    """Forget a voice that you designed."""
    known = await _own(house, caller, voice_id)
    await let_go(house, caller, request, known.id)
    return {"status": "ok"}


@router.post("/v1/voices/{voice_id}/edit")
async def edit(
    voice_id: str,
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    name: Annotated[str, Form(min_length=1, max_length=100)],
    description: Annotated[str | None, Form(max_length=1000)] = None,
    labels: Annotated[str | None, Form(max_length=10_000)] = None,
) -> Response:
    """Change what a voice that you designed is called, and what is said of it."""
    known = await _own(house, caller, voice_id)
    await asyncio.to_thread(check_name, house, name)
    sent = await request.form()
    facts = {key: value for key, value in dict(known.own or {}).items() if key != "made_at"}
    facts["name"] = name
    if description is not None:
        facts["description"] = description
    if labels not in {None, "", "null"}:
        facts["labels"] = read_labels(_parsed(labels))
    await asyncio.to_thread(house.ledger.put, caller.id, VOICE, known.id, facts)
    ignored = [key for key in ("files", "remove_background_noise") if key in sent]
    headers = {"x-menura-ignored": header_text("; ".join(ignored))} if ignored else {}
    return JSONResponse({"status": "ok"}, headers=headers)


@router.get("/v1/voices/{voice_id}/settings")
async def get_settings(voice_id: str, house: HouseDep, caller: CallerDep) -> dict[str, Any]:
    """Return how you have a voice speak."""
    known = await known_of(house, caller, voice_id)
    return await asyncio.to_thread(settings_of, house, caller, known.id)


@router.post("/v1/voices/{voice_id}/settings/edit")
async def edit_settings(
    voice_id: str, body: VoiceSettings, house: HouseDep, caller: CallerDep
) -> dict[str, str]:
    """Keep how you want a voice to speak; a request to speak may still say otherwise."""
    known = await known_of(house, caller, voice_id)
    values = body.model_dump(exclude_none=True)
    await asyncio.to_thread(house.ledger.put, caller.id, SETTINGS, known.id, values)
    return {"status": "ok"}


@router.get(
    "/v1/voices/{voice_id}/samples/{sample_id}/audio",
    responses={200: {"content": {"audio/*": {}}}},
)
async def sample(
    voice_id: str, sample_id: str, request: Request, house: HouseDep, caller: CallerDep
) -> Response:
    """Return the preview that a voice of yours was designed by."""
    known = await _own(house, caller, voice_id)
    if sample_id != (known.own or {}).get("take"):
        raise Problem(status=404, code="sample_not_found", message="this voice has no such sample")
    item = await item_of(house, caller, sample_id)
    return await audio_of(house, caller, item, request)


async def known_of(house: House, caller: Caller, voice_id: str) -> Known:
    """Returns the voice that a client means.

    Raises:
        Problem: 404, if there is none, or it is another caller's.
    """
    return await asyncio.to_thread(_known, house, caller, voice_id)


def _known(house: House, caller: Caller, voice_id: str) -> Known:
    known = voices_of(house, caller).get(find(house, caller, voice_id))
    if known is None:  # a blend is no voice of its own
        raise not_found(voice_id)
    return known


async def _own(house: House, caller: Caller, voice_id: str) -> Known:
    known = await known_of(house, caller, voice_id)
    if known.own is None:
        raise Problem(
            status=403,
            code="voice_is_premade",
            message=f"{known.voice.name} comes with menura: it is not changed or deleted",
        )
    return known


def _all(house: House, caller: Caller, asked: Iterable[str]) -> list[dict[str, Any]]:
    """Returns all voices, and again those that stand for ids of ElevenLabs that are asked for."""
    kept = house.ledger.all(caller.id, SETTINGS)
    known = voices_of(house, caller)
    rows = [told_as(each, kept.get(each.id)) for each in known.values()]
    for theirs in dict.fromkeys(asked):
        _, ours = standing_in().get(theirs, ("", ""))
        if ours in known:
            rows.append(told_as(known[ours], kept.get(ours)) | {"voice_id": theirs})
    return rows


def _parsed(labels: str | None) -> object:
    try:
        return json.loads(labels or "{}")
    except (ValueError, RecursionError):
        return None


def _fits(voice: Mapping[str, Any], found: Found) -> bool:
    """Whether a voice is searched for."""
    labels = voice["labels"]
    words = " ".join([voice["name"], voice["description"] or "", voice["voice_id"]])
    text = " ".join([words, *labels.values()]).casefold()
    kinds = Premade if voice["category"] == "premade" else OwnVoices
    return (
        all(word in text for word in (found.search or "").casefold().split())
        and found.voice_type in {None, "", *kinds}
        and found.category in {None, "", voice["category"]}
        and found.fine_tuning_state in {None, "", "not_started"}
        and not found.collection_id
        and _among([found.gender], labels["gender"])
        and _among([found.age], labels["age"])
        and _among([found.accent], labels["accent"])
        and _among(found.language, labels["language"])
        and _among(found.voice_ids, voice["voice_id"])
    )


def _among(wanted: Iterable[str | None] | None, value: str) -> bool:
    """Whether a value is one of those wanted; without any, all are."""
    known = {each.replace("-", "_") for each in wanted or () if each}
    return not known or value.replace("-", "_") in known


def _start(token: str | None) -> int:
    if token is None:
        return 0
    if not (token.isascii() and token.isdecimal()):
        message = "next_page_token is what the page before gave"
        raise Problem(status=400, code="invalid_page_token", message=message)
    return int(token)
