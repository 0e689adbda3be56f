"""Sound effects: POST /v1/sound-generation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import FileResponse, Response

from menura.audio.formats import Format
from menura.server import delivery
from menura.server.delivery import Order, take_headers
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.call import CallDep
from menura.server.elevenlabs.engines import engine_of, unknown
from menura.server.elevenlabs.formats import format_of
from menura.tasks import Effect

router = APIRouter()

MUSICAL = (
    *("think", "caption", "lyrics", "bpm", "keyscale", "language", "vocal_language"),
    *("timesignature", "instrumental"),
)
"""Fields that LocalAI adds to this route, for music."""


class SoundGeneration(Body):
    """What is to be heard."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    duration_seconds: Annotated[float | None, Field(ge=0.5, le=30)] = None
    prompt_influence: Annotated[float | None, Field(ge=0, le=1)] = None
    loop: bool | None = None
    model_id: Annotated[str | None, Field(max_length=128)] = None
    seed: Annotated[int | None, Field(ge=0, lt=2**63)] = None
    think: Any = None
    caption: Any = None
    lyrics: Any = None
    bpm: Any = None
    keyscale: Any = None
    language: Any = None
    vocal_language: Any = None
    timesignature: Any = None
    instrumental: Any = None


@router.post("/v1/sound-generation", responses={200: {"content": {"audio/*": {}}}})
async def sound_generation(body: SoundGeneration, call: CallDep) -> Response:
    """Make a sound effect, or the sound of a place: a whole file, levelled exactly and signed."""
    task = Effect(
        body.text,
        duration_s=body.duration_seconds,
        loop=bool(body.loop),
        prompt_influence=body.prompt_influence,
        engine=await engine_of(call.house, body.model_id, Effect.kind),
        seed=body.seed if body.seed is not None else call.seed,
    )
    strange = await unknown(call.house, body.model_id, Effect.kind)
    order = Order(
        task=task,
        format=format_of(call.asked.output_format, "effects"),
        route="/v1/sound-generation",
        told={"model_id": body.model_id or "eleven_text_to_sound_v2", "source": "SFX"},
        ignored=[*call.asked.ignored(), *strange, *body.unused(*MUSICAL)],
    )
    kept = await delivery.render(call.house, call.caller, order, call.request)
    headers = {
        "history-item-id": order.item,
        "x-menura-rate": str(Format.parse(order.format).encoded_rate(kept.facts["rate"])),
        "x-menura-channels": str(kept.facts["channels"]),
    }
    return FileResponse(
        kept.audio,
        media_type=str(kept.facts["mime"]),
        headers=take_headers(str(kept.facts["take"]), kept.ignored) | headers,
    )
