"""POST /v1/audio/speech: a text, spoken while it is made, as bytes or as server-sent events."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import json
import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from menura.errors import MenuraError
from menura.server.delivery import Order
from menura.server.elevenlabs.bodies import Body
from menura.server.fitting import SeedDep, fitted
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.openai import names
from menura.server.openai.instructions import read_instructions
from menura.server.problems import Problem, problem_of
from menura.server.streaming import Streamed, pieces, playing, stream
from menura.studio import tongue
from menura.tasks import Speech
from menura.text.language import AUTO, ENGLISH

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

router = APIRouter()
ROUTE = "/v1/audio/speech"
MAX_CHARS = 4096
TOKENS_PER_S = 20
"""What a second of sound counts for in `usage`, about as OpenAI counts it; a character is one."""


class VoiceRef(Body):
    """A voice by its id."""

    id: str = Field(min_length=1, max_length=512)


class SpeechBody(Body):
    """What is to be said, and how."""

    model: str = Field(min_length=1, max_length=128, examples=["tts-1"])
    input: str = Field(min_length=1, max_length=MAX_CHARS, examples=["The lyrebird sings."])
    voice: Annotated[str, Field(min_length=1, max_length=512)] | VoiceRef = Field(
        examples=["alloy"]
    )
    instructions: Annotated[str, Field(max_length=MAX_CHARS)] | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    speed: Annotated[float, Field(ge=0.25, le=4)] | None = None
    stream_format: Literal["audio", "sse"] | None = None


@router.post(ROUTE, response_class=Response)
async def create_speech(
    body: SpeechBody, house: HouseDep, caller: CallerDep, seed: SeedDep
) -> Response:
    """Says a text. The first bytes come while the rest is made."""
    if body.stream_format == "sse" and names.is_plain(body.model):
        raise Problem(
            status=400,
            code="unsupported_value",
            message=f"{body.model} has no stream_format 'sse'; take 'audio', or another model",
            param="stream_format",
        )
    order = await _order(body, house, caller, seed)
    if body.stream_format == "sse":
        return await _events(house, caller, order, len(body.input))
    return await stream(house, caller, order)


async def _order(body: SpeechBody, house: House, caller: Caller, seed: int | None) -> Order:
    engine = await names.engine_of(house, body.model)
    asked = body.voice if isinstance(body.voice, str) else body.voice.id
    voice = await names.voice_for(house, caller, asked, engine)
    ignored = [] if voice is not None else [f"the voice {asked}: {engine} has its own"]
    wishes, speed, unread = _wishes(body)
    speech = Speech(
        body.input,
        voice=voice,
        engine=engine,
        seed=seed,
        speed=min(max((body.speed or 1.0) * speed, 0.25), 4.0),
        **{"language": AUTO} | wishes,
    )
    accent = None if voice is None else names.accent_of(house, asked)
    task, lacking = await fitted(house, await asyncio.to_thread(_accented, speech, accent))
    return Order(
        task=task,
        format=names.formats()[body.response_format or "mp3"],
        route=ROUTE,
        told={"voice_id": asked, "model_id": body.model, "source": "TTS"},
        ignored=[*ignored, *unread, *lacking],
        lenient=True,
    )


def _accented(speech: Speech, accent: str | None) -> Speech:
    """Returns a speech with the accent of its voice's name, if it turns out to be in English."""
    if accent is None or speech.language != AUTO or tongue.guess(speech)[1] not in {None, ENGLISH}:
        return speech
    return dataclasses.replace(speech, language=accent)


def _wishes(body: SpeechBody) -> tuple[dict[str, Any], float, list[str]]:
    """Returns what the instructions ask for: fields of a task, a factor of speed, and the rest."""
    if not (body.instructions or "").strip():
        return {}, 1.0, []
    if names.is_plain(body.model):
        return {}, 1.0, [f"instructions: {body.model} has none"]
    manner = read_instructions(str(body.instructions))
    pitch = None if manner.pitch is None else min(max(manner.pitch, -12.0), 12.0)
    pauses = None if manner.pauses is None else min(max(manner.pauses, 0.25), 4.0)
    wishes = {
        "emotion": manner.emotion,
        "pitch": pitch,
        "pauses": pauses,
        "stability": manner.stability,
        "language": manner.language or AUTO,
    }
    return wishes, manner.speed, manner.ignored


async def _events(house: House, caller: Caller, order: Order, chars: int) -> Streamed:
    """Returns an answer of server-sent events: deltas of the sound, and the end."""
    opened = contextlib.AsyncExitStack()
    play = await opened.enter_async_context(playing(house, caller, order))

    async def body() -> AsyncIterator[bytes]:
        heard_s = 0.0
        try:
            async for data, _, seconds in pieces(house, caller, order, play):
                heard_s = seconds
                if data:
                    audio = base64.b64encode(data).decode()
                    yield _event({"type": "speech.audio.delta", "audio": audio})
        except MenuraError as error:
            problem = problem_of(error)
            yield _event({"type": "error", "code": problem.code, "message": problem.message})
            return
        output = math.ceil(heard_s * TOKENS_PER_S)
        usage = {"input_tokens": chars, "output_tokens": output, "total_tokens": chars + output}
        yield _event({"type": "speech.audio.done", "usage": usage})

    headers = {"Cache-Control": "no-cache"}
    return Streamed(order, play, opened, body(), mime="text/event-stream", headers=headers)


def _event(facts: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(facts, separators=(',', ':'))}\n\n".encode()
