"""Voices from descriptions: previews, and voices that are kept."""

from __future__ import annotations

import asyncio
import base64
import secrets
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from menura.audio.formats import Format
from menura.server import delivery
from menura.server.casting import voice_of
from menura.server.delivery import Order, header_text, take_headers
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.engines import engine_of, unknown
from menura.server.elevenlabs.formats import FormatQuery, format_of
from menura.server.elevenlabs.history import audio_of, item_of
from menura.server.elevenlabs.portraits import read_labels, tell
from menura.server.elevenlabs.voices import known_of
from menura.server.fitting import SeedDep
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.keeping import keep
from menura.tasks import VoiceDesign

router = APIRouter(prefix="/v1/text-to-voice")

PREVIEWS = 3
FORMAT = "mp3_44100_192"
SEEDS = 2**31
UNUSED = (
    *("loudness", "guidance_scale", "should_enhance", "quality", "reference_audio_base64"),
    *("prompt_strength", "remixing_session_id", "remixing_session_iteration_id"),
)


class Designing(Body):
    """A voice that is wanted, or what is to change about one."""

    voice_description: Annotated[str, Field(min_length=1, max_length=1000)]
    model_id: Annotated[str, Field(max_length=128)] | None = None
    text: Annotated[str, Field(max_length=1000)] | None = None
    auto_generate_text: bool | None = None
    loudness: Annotated[float, Field(ge=-1, le=1)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=100)] | None = None
    stream_previews: bool | None = None
    should_enhance: bool | None = None
    quality: Annotated[float, Field(ge=-1, le=1)] | None = None
    reference_audio_base64: str | None = None
    prompt_strength: Annotated[float, Field(ge=0, le=1)] | None = None
    remixing_session_id: Annotated[str, Field(max_length=128)] | None = None
    remixing_session_iteration_id: Annotated[str, Field(max_length=128)] | None = None


class Creating(Body):
    """A preview that becomes a voice."""

    voice_name: Annotated[str, Field(min_length=1, max_length=100)]
    voice_description: Annotated[str, Field(max_length=1000)] = ""
    generated_voice_id: Annotated[str, Field(min_length=1, max_length=128)]
    labels: dict[str, str | None] | None = None
    played_not_selected_voice_ids: Annotated[list[str], Field(max_length=100)] | None = None


@router.post("/design")
@router.post("/create-previews")
async def design(
    body: Designing,
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    seed: SeedDep,
    output_format: FormatQuery = None,
) -> Response:
    """Design a voice from a description: previews of three that fit it."""
    return await _previews(house, caller, request, body, seed, output_format, None)


@router.post("/{voice_id}/remix")
async def remix(
    voice_id: str,
    body: Designing,
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    seed: SeedDep,
    output_format: FormatQuery = None,
) -> Response:
    """Design a voice from another one and what is to change: previews of three."""
    voice = await voice_of(house, caller, voice_id)
    return await _previews(house, caller, request, body, seed, output_format, voice)


@router.post("")
async def create(body: Creating, request: Request, house: HouseDep, caller: CallerDep) -> Response:
    """Keep the voice of a preview: from then on you can have it speak by its id."""
    item = await item_of(house, caller, body.generated_voice_id, kind=VoiceDesign.kind)
    facts = {
        "name": body.voice_name,
        "description": body.voice_description,
        "labels": read_labels(body.labels or {}),
    }
    voice = await keep(house, caller, request, item.take, facts)
    known = await known_of(house, caller, voice)
    told = await asyncio.to_thread(tell, house, caller, known)
    ignored = body.unused("played_not_selected_voice_ids")
    return JSONResponse(told, headers=take_headers(item.take, ignored))


@router.get("/{generated_voice_id}/stream", responses={200: {"content": {"audio/*": {}}}})
async def stream(
    generated_voice_id: str, request: Request, house: HouseDep, caller: CallerDep
) -> Response:
    """Return the sound of a preview."""
    item = await item_of(house, caller, generated_voice_id, kind=VoiceDesign.kind)
    return await audio_of(house, caller, item, request)


async def _previews(
    house: House,
    caller: Caller,
    request: Request,
    body: Designing,
    seed: int | None,
    output_format: str | None,
    voice: str | None,
) -> Response:
    format_ = format_of(output_format, "voices", FORMAT)
    engine = await engine_of(house, body.model_id, VoiceDesign.kind)
    seeds = (body.seed, seed, secrets.randbelow(SEEDS))
    own_seed = next(each for each in seeds if each is not None)
    strange = await unknown(house, body.model_id, VoiceDesign.kind)
    ignored: dict[str, None] = dict.fromkeys([*strange, *body.unused(*UNUSED)])
    previews, text = [], body.text or ""
    for variation in range(1, PREVIEWS + 1):
        order = Order(
            task=VoiceDesign(
                body.voice_description,
                text=body.text or "",
                voice=voice,
                variation=variation,
                seed=own_seed,
                engine=engine,
            ),
            format=format_,
            route="/v1/text-to-voice",
            told={"source": "VoiceGeneration", "model_id": body.model_id},
        )
        kept = await delivery.render(house, caller, order, request)
        ignored |= dict.fromkeys(kept.ignored)
        facts = kept.facts
        text = str(facts["task"]["text"]) or text
        sound = b"" if body.stream_previews else await asyncio.to_thread(kept.audio.read_bytes)
        previews.append(
            {
                "audio_base_64": base64.b64encode(sound).decode(),
                "generated_voice_id": facts["take"],
                "media_type": Format.parse(format_).mime,
                "duration_secs": facts["duration_s"],
                "language": facts["task"]["language"],
            }
        )
    headers = {"x-menura-ignored": header_text("; ".join(ignored))} if ignored else {}
    headers["x-menura-take"] = ", ".join(str(each["generated_voice_id"]) for each in previews)
    return JSONResponse({"previews": previews, "text": text}, headers=headers)
