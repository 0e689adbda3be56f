"""Music: planned, composed whole or streamed, alone or with all that is known of it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import Field, model_validator
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from menura.audio.formats import Format
from menura.server import delivery, streaming
from menura.server.delivery import Order, take_headers
from menura.server.elevenlabs import composing, describing
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.call import Call, CallDep
from menura.server.elevenlabs.compositions import CompositionPlan, read
from menura.server.elevenlabs.engines import engine_of, unknown
from menura.server.elevenlabs.formats import format_of
from menura.server.ledger import new_id
from menura.server.problems import not_yet
from menura.tasks import Music, dump

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from menura.server.elevenlabs.compositions import Wish

router = APIRouter()
SEEDS = 2**32
CHUNK_BYTES = 1 << 16
AUTO = {"music_v1": "mp3_44100_128", "music_v2": "mp3_48000_192", "music_v2_5": "mp3_48000_192"}
"""What `auto` means for a model, as the documentation of ElevenLabs' Python package has it."""
Prompt = Annotated[str, Field(min_length=1, max_length=20_000)]
LengthMs = Annotated[int, Field(ge=3_000, le=600_000)]
SOUND: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/*": {}}}}


class Planning(Body):
    """A plan that is wanted."""

    prompt: Prompt
    music_length_ms: LengthMs | None = None
    source_composition_plan: CompositionPlan | None = None
    model_id: Annotated[str, Field(max_length=128)] | None = None


class Composing(Body):
    """A piece that is wanted: by a prompt or by a plan."""

    prompt: Prompt | None = None
    composition_plan: CompositionPlan | None = None
    music_length_ms: LengthMs | None = None
    model_id: Annotated[str, Field(max_length=128)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    force_instrumental: bool | None = None
    finetune_id: Annotated[str, Field(max_length=128)] | None = None
    finetune_strength: Annotated[float, Field(ge=0, le=2)] | None = None
    respect_sections_durations: bool | None = None
    store_for_inpainting: bool | None = None
    sign_with_c2pa: bool | None = None
    with_timestamps: bool | None = None
    with_waveform_visual: bool | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Composing:
        if self.prompt is None and self.composition_plan is None:
            raise ValueError("what is to be composed is missing: prompt, or composition_plan")
        if self.prompt is not None and self.composition_plan is not None:
            raise ValueError("prompt and composition_plan: give one of them, and not both")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that is about to be made.

    Attributes:
        order: what is made.
        plan: its document; "" if nobody asked for it.
        told: its composition plan, as the model writes it; None likewise.
    """

    order: Order
    plan: str = ""
    told: dict[str, Any] | None = None


@router.post("/v1/music/plan")
async def plan(body: Planning, call: CallDep) -> Response:
    """Return the composition plan of a prompt, or another one made from it and the prompt."""
    engine = await engine_of(call.house, body.model_id, Music.kind)
    length_s = None if body.music_length_ms is None else body.music_length_ms / 1000
    seed = secrets.randbelow(SEEDS) if call.seed is None else call.seed
    if body.source_composition_plan is None:
        task = Music(body.prompt, duration_s=length_s, seed=seed, engine=engine)
        [document] = await _plans(call, [task])
        notes = composing.notes_of(document)
        told = describing.describe(document, body.model_id)
    else:
        wish = read(body.source_composition_plan).changed(body.prompt, length_s)
        document, notes = await _assembled(call, wish, seed, engine)
        told = describing.describe_as(wish, document, body.model_id)
    strange = await unknown(call.house, body.model_id, Music.kind)
    headers = take_headers("", [*call.asked.ignored(), *strange, *notes])
    del headers["x-menura-take"]
    return JSONResponse(told, headers=headers)


@router.post("/v1/music", responses=SOUND)
async def compose(body: Composing, call: CallDep) -> Response:
    """Compose a piece: a whole file, levelled exactly and signed."""
    piece = await _piece(call, body)
    kept, headers = await _rendered(call, body, piece)
    return FileResponse(kept.audio, media_type=str(kept.facts["mime"]), headers=headers)


@router.post("/v1/music/stream", responses=SOUND)
async def stream(body: Composing, call: CallDep) -> Response:
    """Compose a piece, played while it is made."""
    piece = await _piece(call, body)
    answer = await streaming.stream(call.house, call.caller, piece.order)
    answer.headers.update(_headers(piece.order, answer.headers["x-menura-take"]))
    return answer


@router.post("/v1/music/detailed", responses={200: {"content": {"multipart/mixed": {}}}})
async def compose_detailed(body: Composing, call: CallDep) -> Response:
    """Compose a piece: its plan and what is known of it as JSON, then the sound, in one answer."""
    piece = await _piece(call, body, detailed=True)
    kept, headers = await _rendered(call, body, piece)
    boundary = f"menura-{new_id()}"
    facts = json.dumps(_details(piece, body, str(kept.facts["title"])), separators=(",", ":"))
    name = f"{kept.facts['take']}{Format.parse(piece.order.format).suffix}"
    head = (
        f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{facts}\r\n"
        f'--{boundary}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Type: {kept.facts['mime']}\r\n\r\n"
    ).encode()
    return StreamingResponse(
        _joined(head, kept.audio),
        media_type=f"multipart/mixed; boundary={boundary}",
        headers=headers | {"content-length": str(len(head) + kept.audio.stat().st_size)},
    )


@router.post("/v1/music/detailed/stream", responses={200: {"content": {"text/event-stream": {}}}})
async def compose_detailed_stream(body: Composing, call: CallDep) -> Response:
    """Compose a piece as events: plan, what is known of it, sound while it is made, the end."""
    piece = await _piece(call, body, detailed=True)
    opened = contextlib.AsyncExitStack()
    play = await opened.enter_async_context(streaming.playing(call.house, call.caller, piece.order))
    # Their Python client reads lines of JSON here, and passes over every other line.
    bare = call.request.headers.get("x-fern-language") == "Python"

    async def events() -> AsyncIterator[bytes]:
        details = _details(piece, body)
        yield _event("composition_plan", {"composition_plan": piece.told}, bare=bare)
        yield _event("song_metadata", {"song_metadata": details["song_metadata"]}, bare=bare)
        async for data, _, seconds in streaming.pieces(call.house, call.caller, piece.order, play):
            if data:
                sound = {"audio": base64.b64encode(data).decode(), "end_ms": int(seconds * 1000)}
                yield _event("audio_chunk", sound, bare=bare)
        yield _event("done", {"song_id": play.take}, bare=bare)

    return streaming.Streamed(
        piece.order,
        play,
        opened,
        events(),
        mime="text/event-stream",
        headers=_headers(piece.order, play.take) | {"cache-control": "no-store"},
    )


async def _piece(call: Call, body: Composing, *, detailed: bool = False) -> Piece:
    """Returns what a request wants made.

    Raises:
        Problem: 501, if it wants what there is not yet.
        MenuraError: what planning raises.
    """
    if body.finetune_id is not None:
        raise not_yet("a model of one's own for music (finetune_id)")
    model = body.model_id or "music_v1"
    wanted = None if call.asked.output_format == "auto" else call.asked.output_format
    format_ = format_of(wanted, "music", AUTO.get(model))
    ignored = [*call.asked.ignored(), *body.unused("finetune_strength", "with_waveform_visual")]
    engine = await engine_of(call.house, body.model_id, Music.kind)
    ignored += await unknown(call.house, body.model_id, Music.kind)
    seed = body.seed if body.seed is not None else call.seed
    document, told = "", None
    if body.composition_plan is not None:
        seed = secrets.randbelow(SEEDS) if seed is None else seed
        wish = read(body.composition_plan)
        document, notes = await _assembled(call, wish, seed, engine)
        ignored += [*body.unused("music_length_ms"), *wish.ignored, *notes]
        told = body.composition_plan.model_dump(exclude_none=True)
        task = Music(plan=document, seed=seed, engine=engine)
    else:
        length_s = None if body.music_length_ms is None else body.music_length_ms / 1000
        if detailed and seed is None:
            seed = secrets.randbelow(SEEDS)
        task = Music(body.prompt or "", duration_s=length_s, seed=seed, engine=engine)
        if detailed:
            [document] = await _plans(call, [task])
            told = describing.describe(document, body.model_id)
    order = Order(
        task=task,
        format=format_,
        route="/v1/music",
        told={"model_id": model, "source": "Music"},
        ignored=ignored,
    )
    return Piece(order=order, plan=document, told=told)


async def _assembled(
    call: Call, wish: Wish, seed: int, engine: str | None
) -> tuple[str, list[str]]:
    """Returns the plan document of a wish, and what of it was not understood."""
    found = await _plans(call, composing.requests(wish, seed, engine))
    return await asyncio.to_thread(composing.assemble, wish, found)


async def _plans(call: Call, tasks: Sequence[Music]) -> list[str]:
    """Returns the plan documents of some tasks."""
    values = {"tasks": [dump(task) for task in tasks]}
    told = await delivery.ask(call.house, call.caller, call.request, "plans", values)
    found: list[str] = told["plans"]
    return found


def _details(piece: Piece, body: Composing, title: str | None = None) -> dict[str, Any]:
    """Returns what is told of a piece besides its sound."""
    song = describing.describe_song(piece.plan, title)
    details = {"composition_plan": piece.told, "song_metadata": song}
    return details | ({"words_timestamps": []} if body.with_timestamps else {})  # nobody sings


async def _rendered(
    call: Call, body: Composing, piece: Piece
) -> tuple[delivery.Kept, dict[str, str]]:
    """Returns a piece that was rendered, and the headers of its answer."""
    kept = await delivery.render(call.house, call.caller, piece.order, call.request)
    take, ignored = str(kept.facts["take"]), [*kept.ignored, *_unsigned(body, piece.order.format)]
    return kept, take_headers(take, ignored) | _headers(piece.order, take)


def _unsigned(body: Composing, format_: str) -> list[str]:
    """Returns what is said where a file has no room for the manifest that is asked for."""
    if not body.sign_with_c2pa or Format.parse(format_).embeds_manifest:
        return []
    return ["sign_with_c2pa: a file of this format holds no manifest"]


def _headers(order: Order, take: str) -> dict[str, str]:
    return {"song-id": take, "history-item-id": order.item}


def _event(name: str, data: dict[str, Any], *, bare: bool) -> bytes:
    text = json.dumps({"type": name} | data, separators=(",", ":"))
    return f"{text}\n".encode() if bare else f"event: {name}\ndata: {text}\n\n".encode()


async def _joined(head: bytes, path: Path) -> AsyncIterator[bytes]:
    """Yields the parts of an answer; no boundary closes it.

    Their clients take all that follows the last part's head for sound, and a boundary behind it
    would break the manifest of the file that they save.
    """
    yield head
    with path.open("rb", buffering=0) as file:
        while data := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield data
