"""Text to speech: whole, streamed, and both with the time of every character."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import FileResponse, Response

from menura.server import casting, delivery, streaming
from menura.server.delivery import Order, take_headers
from menura.server.elevenlabs import manner, past, timestamps
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.call import Call, CallDep
from menura.server.elevenlabs.engines import engine_of, unknown
from menura.server.elevenlabs.formats import format_of
from menura.server.elevenlabs.wording import Wording, worded
from menura.server.fitting import fitted
from menura.tasks import Speech

router = APIRouter(prefix="/v1/text-to-speech/{voice_id}")

DEFAULT_MODEL = "eleven_multilingual_v2"
MAX_CHARS = 40_000
"""What their longest model takes; a longer text is a project."""
DIRECTED = "eleven_v3"
"""Models that begin so read `[whispers]` as a direction; the others say it."""
UNUSED = (
    *("previous_text", "next_text", "previous_request_ids", "next_request_ids"),
    *("use_pvc_as_ivc", "apply_language_text_normalization", "audio_effects"),
)
RequestIds = Annotated[list[Annotated[str, Field(max_length=128)]], Field(max_length=3)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]
Context = Annotated[str, Field(max_length=100_000)]


class TextToSpeech(Body):
    """What is to be said, and how."""

    text: Text = Field(examples=["The lyrebird sings."])
    model_id: Annotated[str, Field(max_length=128)] | None = None
    language_code: Annotated[str, Field(max_length=35)] | None = None
    voice_settings: manner.VoiceSettings | None = None
    pronunciation_dictionary_locators: manner.Locators | None = None
    seed: Annotated[int, Field(ge=0, le=4294967295)] | None = None
    previous_text: Context | None = None
    next_text: Context | None = None
    previous_request_ids: RequestIds | None = None
    next_request_ids: RequestIds | None = None
    use_pvc_as_ivc: bool | None = None
    apply_text_normalization: Literal["auto", "on", "off"] | None = None
    apply_language_text_normalization: bool | None = None
    audio_effects: dict[str, object] | None = None


@router.post("", responses={200: {"content": {"audio/*": {}}}})
async def convert(voice_id: str, body: TextToSpeech, call: CallDep) -> Response:
    """Says a text: a whole file, levelled exactly and signed."""
    order, _ = await order_of(call, voice_id, body)
    kept = await delivery.render(call.house, call.caller, order, call.request)
    return FileResponse(
        kept.audio,
        media_type=str(kept.facts["mime"]),
        headers=take_headers(str(kept.facts["take"]), kept.ignored) | headers(order, body.text),
    )


@router.post("/stream", responses={200: {"content": {"audio/*": {}}}})
async def stream(voice_id: str, body: TextToSpeech, call: CallDep) -> Response:
    """Says a text, played while it is made."""
    order, _ = await order_of(call, voice_id, body)
    return await streaming.stream(call.house, call.caller, order, headers(order, body.text))


@router.post("/with-timestamps")
async def convert_with_timestamps(voice_id: str, body: TextToSpeech, call: CallDep) -> Response:
    """Says a text, with the time of every character: one JSON object."""
    order, wording = await order_of(call, voice_id, body)
    told = timestamps.Told(order, timestamps.OneText(wording), headers(order, body.text))
    return await timestamps.whole(call.house, call.caller, told)


@router.post("/stream/with-timestamps")
async def stream_with_timestamps(voice_id: str, body: TextToSpeech, call: CallDep) -> Response:
    """Says a text, with the time of every character: JSON objects, one a line, as it is made."""
    order, wording = await order_of(call, voice_id, body)
    told = timestamps.Told(order, timestamps.OneText(wording), headers(order, body.text))
    return await timestamps.lines(call.house, call.caller, told)


def headers(order: Order, text: str) -> dict[str, str]:
    """Returns the headers that their clients read: what it would cost, and its line of history."""
    return {"character-cost": str(len(text)), "history-item-id": order.item}


async def order_of(call: Call, voice_id: str, body: TextToSpeech) -> tuple[Order, Wording]:
    """Returns what a request wants made, and its text as the task has it.

    Raises:
        Problem: 404 or 400, in words of theirs.
    """
    house, caller = call.house, call.caller
    voice = await casting.voice_of(house, caller, voice_id)
    model = body.model_id or DEFAULT_MODEL
    wording = worded(body.text, directions=model.startswith(DIRECTED))
    kept = await manner.kept_settings(house, caller, voice)
    wishes, without = manner.controls(body.voice_settings, kept, wording.emotion)
    rules, lost = await manner.lexicon(house, caller, body.pronunciation_dictionary_locators or [])
    task, lacking = await fitted(
        house,
        Speech(
            wording.text,
            voice=voice,
            language=await manner.language(house, body.language_code),
            engine=await engine_of(house, body.model_id, Speech.kind),
            lexicon=rules,
            seed=body.seed if body.seed is not None else call.seed,
            **wishes,
        ),
    )
    strange = await unknown(house, body.model_id, Speech.kind)
    ignored = [*call.asked.ignored(), *strange, *body.unused(*UNUSED), *without, *lost, *lacking]
    if body.apply_text_normalization == "off":
        ignored.append("apply_text_normalization: numbers are always put into words")
    order = Order(
        task=task,
        format=format_of(call.asked.output_format, "speech"),
        route="/v1/text-to-speech",
        told=told_of(voice_id, model, body) | {"voice_name": voice} | past.as_sent(house, wording),
        ignored=[*ignored, *wording.ignored],
        lenient=True,
    )
    return order, wording


def told_of(voice_id: str, model: str, body: TextToSpeech) -> dict[str, object]:
    """Returns what the history tells of a request."""
    settings = body.voice_settings
    return {
        "model_id": model,
        "voice_id": voice_id,
        "source": "TTS",
        "characters": len(body.text),
        "settings": None if settings is None else settings.model_dump(exclude_none=True),
    }
