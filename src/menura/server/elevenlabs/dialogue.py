"""Text to dialogue: several voices taking turns, whole, streamed, and with times."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import FileResponse, Response

from menura.errors import InvalidText
from menura.server import casting, delivery, streaming
from menura.server.delivery import Order, take_headers
from menura.server.elevenlabs import manner, timestamps
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.call import Call, CallDep
from menura.server.elevenlabs.engines import engine_of, unknown
from menura.server.elevenlabs.formats import format_of
from menura.server.elevenlabs.speech import Context, RequestIds, headers
from menura.server.elevenlabs.turns import Input, Turns
from menura.server.elevenlabs.wording import Wording, worded
from menura.server.fitting import fitted
from menura.server.house import Caller, House
from menura.server.problems import Problem
from menura.tasks import Dialogue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

router = APIRouter(prefix="/v1/text-to-dialogue")

DEFAULT_MODEL = "eleven_v3"
MAX_INPUTS = 500
MAX_VOICES = 10
UNUSED = (
    *("previous_text", "future_text", "previous_request_ids", "next_request_ids"),
    *("use_pvc_as_ivc", "audio_effects"),
)


class DialogueSettings(Body):
    """How the voices speak."""

    stability: manner.Share | None = None
    similarity: manner.Share | None = None
    clone_strength: manner.Share | None = None


class TextToDialogue(Body):
    """Who says what, and how."""

    inputs: Annotated[list[Input], Field(min_length=1, max_length=MAX_INPUTS)]
    model_id: Annotated[str, Field(max_length=128)] | None = None
    language_code: Annotated[str, Field(max_length=35)] | None = None
    settings: DialogueSettings | None = None
    pronunciation_dictionary_locators: manner.Locators | None = None
    seed: Annotated[int, Field(ge=0, le=4294967295)] | None = None
    apply_text_normalization: Literal["auto", "on", "off"] | None = None
    previous_text: Context | None = None
    future_text: Context | None = None
    previous_request_ids: RequestIds | None = None
    next_request_ids: RequestIds | None = None
    use_pvc_as_ivc: bool | None = None
    audio_effects: dict[str, object] | None = None

    def text(self) -> str:
        """Returns what is said, all voices together."""
        return "".join(each.text for each in self.inputs)


@router.post("", responses={200: {"content": {"audio/*": {}}}})
async def convert(body: TextToDialogue, call: CallDep) -> Response:
    """Says a dialogue: a whole file, levelled exactly and signed."""
    order, _ = await order_of(call, body)
    kept = await delivery.render(call.house, call.caller, order, call.request)
    return FileResponse(
        kept.audio,
        media_type=str(kept.facts["mime"]),
        headers=take_headers(str(kept.facts["take"]), kept.ignored) | headers(order, body.text()),
    )


@router.post("/stream", responses={200: {"content": {"audio/*": {}}}})
async def stream(body: TextToDialogue, call: CallDep) -> Response:
    """Says a dialogue, played while it is made."""
    order, _ = await order_of(call, body)
    return await streaming.stream(call.house, call.caller, order, headers(order, body.text()))


@router.post("/with-timestamps")
async def convert_with_timestamps(body: TextToDialogue, call: CallDep) -> Response:
    """Says a dialogue, with the time of every character and of every turn: one JSON object."""
    order, turns = await order_of(call, body)
    told = timestamps.Told(order, turns, headers(order, body.text()))
    return await timestamps.whole(call.house, call.caller, told)


@router.post("/stream/with-timestamps")
async def stream_with_timestamps(body: TextToDialogue, call: CallDep) -> Response:
    """Says a dialogue, with times: JSON objects, one a line, as it is made."""
    order, turns = await order_of(call, body)
    told = timestamps.Told(order, turns, headers(order, body.text()))
    return await timestamps.lines(call.house, call.caller, told)


async def order_of(call: Call, body: TextToDialogue) -> tuple[Order, Turns]:
    """Returns what a request wants made, and its texts as the task has them.

    Raises:
        Problem: 404 or 400, in words of theirs.
        InvalidText: if an input says nothing.
    """
    house, caller = call.house, call.caller
    cast = await _cast(house, caller, body.inputs)
    wordings = await asyncio.to_thread(
        lambda: [worded(each.text, directions=True) for each in body.inputs]
    )
    if any(not wording.text.strip() for wording in wordings):
        raise InvalidText("an input says nothing: give it a text besides its directions")
    names = {voice: f"Voice {i}" for i, voice in enumerate(dict.fromkeys(cast.values()), 1)}
    speakers = [names[cast[each.voice_id]] for each in body.inputs]
    settings = body.settings or DialogueSettings()
    rules, lost = await manner.lexicon(house, caller, body.pronunciation_dictionary_locators or [])
    task, lacking = await fitted(
        house,
        Dialogue(
            _script(speakers, wordings),
            voices=tuple((name, voice) for voice, name in names.items()),
            language=await manner.language(house, body.language_code),
            stability=settings.stability,
            engine=await engine_of(house, body.model_id, Dialogue.kind),
            lexicon=rules,
            seed=body.seed if body.seed is not None else call.seed,
        ),
    )
    strange = await unknown(house, body.model_id, Dialogue.kind)
    ignored = [*call.asked.ignored(), *strange, *body.unused(*UNUSED), *lost, *lacking]
    ignored += [f"settings.{name}" for name in settings.unused("similarity", "clone_strength")]
    ignored += dict.fromkeys(line for wording in wordings for line in wording.ignored)
    if body.apply_text_normalization == "off":
        ignored.append("apply_text_normalization: numbers are always put into words")
    order = Order(
        task=task,
        format=format_of(call.asked.output_format, "speech"),
        route="/v1/text-to-dialogue",
        told={
            "model_id": body.model_id or DEFAULT_MODEL,
            "voice_id": body.inputs[0].voice_id,
            "source": "TTS",
            "characters": len(body.text()),
            "dialogue": _lines(body.inputs, cast) if house.settings.record == "full" else None,
        },
        ignored=ignored,
    )
    return order, Turns(body.inputs, wordings, speakers)


async def _cast(house: House, caller: Caller, inputs: Sequence[Input]) -> dict[str, str]:
    """Returns our voices by the ids in the inputs."""
    asked = dict.fromkeys(each.voice_id for each in inputs)
    if len(asked) > MAX_VOICES:
        raise Problem(
            status=400,
            code="too_many_voices",
            message=f"a dialogue has at most {MAX_VOICES} voices, not {len(asked)}",
            param="inputs",
        )
    return {name: await casting.voice_of(house, caller, name) for name in asked}


def _lines(inputs: Sequence[Input], cast: Mapping[str, str]) -> list[dict[str, str]]:
    """Returns who says what, as the history tells of it."""
    return [
        {"text": each.text, "voice_id": each.voice_id, "voice_name": cast[each.voice_id]}
        for each in inputs
    ]


def _script(speakers: Sequence[str], wordings: Sequence[Wording]) -> str:
    """Returns a dialogue as the task takes it."""
    rows = []
    for speaker, wording in zip(speakers, wordings, strict=True):
        row = {"speaker": speaker, "text": wording.text}
        rows.append(row if wording.emotion is None else row | {"direction": wording.emotion})
    return json.dumps(rows, ensure_ascii=False)
