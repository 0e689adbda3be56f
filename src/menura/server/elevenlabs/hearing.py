"""POST /v1/speech-to-text: what is said in a sound, and when, by a model."""

from __future__ import annotations

import asyncio
import contextlib
import json
import wave
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from menura.runtime.listening import check_installed
from menura.server import delivery
from menura.server.answers import answer
from menura.server.elevenlabs.transcripts import language_of_two, transcript
from menura.server.house import CallerDep, HouseDep
from menura.server.problems import Problem
from menura.server.received import CHUNK_BYTES, saved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

router = APIRouter()

THEIRS = "scribe_"
"""Models that begin so stand for the default one here."""
PCM_RATE = 16_000
"""Of `pcm_s16le_16`, Hz."""
NOT_DONE = (
    *("num_speakers", "diarize", "diarization_threshold", "temperature", "seed", "no_verbatim"),
    *("use_multi_channel", "use_speaker_library", "detect_speaker_roles", "keyterms"),
    *("entity_detection", "entity_redaction", "secondary_language_codes", "numbers_format"),
    *("transcript_edit", "webhook_metadata"),
)
_NOTHING = frozenset({"", "null", "{}", "[]", "false"})

Text = Annotated[str, Field(max_length=10_000)]


class Asked(BaseModel):
    """The form; fields that nobody here knows are passed over."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, protected_namespaces=())

    model_id: Annotated[str, Field(min_length=1, max_length=128)]
    file: UploadFile | None = None
    language_code: Annotated[str, Field(max_length=35)] | None = None
    timestamps_granularity: Literal["none", "word", "character"] = "word"
    file_format: Literal["pcm_s16le_16", "other"] = "other"
    additional_formats: Text | None = None
    source_url: Text | None = None
    cloud_storage_url: Text | None = None
    webhook: bool = False
    tag_audio_events: bool = True
    num_speakers: Text | None = None
    diarize: Text | None = None
    diarization_threshold: Text | None = None
    temperature: Text | None = None
    seed: Text | None = None
    no_verbatim: Text | None = None
    use_multi_channel: Text | None = None
    use_speaker_library: Text | None = None
    detect_speaker_roles: Text | None = None
    keyterms: list[Text] = Field(default_factory=list, max_length=1000)
    entity_detection: Text | None = None
    entity_redaction: Text | None = None
    secondary_language_codes: list[Text] = Field(default_factory=list, max_length=32)
    numbers_format: Text | None = None
    transcript_edit: Text | None = None
    webhook_metadata: Text | None = None

    def ignored(self) -> list[str]:
        """Returns what is asked and not done."""
        sent = {name: getattr(self, name) for name in NOT_DONE}
        return [
            name
            for name, value in sent.items()
            if value and (isinstance(value, list) or value.strip().lower() not in _NOTHING)
        ]


async def _listeners(house: HouseDep) -> list[str]:
    """Returns the names of the models that recognise speech, the default first.

    That there is none is found before the form is read: the official client sends a request that
    was answered with 501 again, without its fields, and would tell that these are missing.

    Raises:
        NotInstalled: if there is none, or the extra is missing.
    """
    models = await asyncio.to_thread(house.studio.listeners)
    check_installed(models)
    return [each.name for each in models]


@router.post("/v1/speech-to-text")
async def speech_to_text(
    form: Annotated[Asked, Form()],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    listeners: Annotated[list[str], Depends(_listeners)],
    enable_logging: Annotated[bool, Query()] = True,  # noqa: ARG001 - nothing is logged
) -> Response:
    """Write down what is said in a recording, with the times of its words."""
    model = _model(listeners, form.model_id)
    if form.webhook:
        raise _not_done("webhook", "nothing is sent anywhere: the answer is the transcript")
    if form.source_url or form.cloud_storage_url:
        raise _not_done("source_url", "no address is opened here: send the file")
    if form.file is None:
        raise Problem(
            status=400, code="invalid_parameters", message="file: it is missing", param="file"
        )
    wanted = _formats(form.additional_formats)
    async with _sound(form.file, form.file_format) as path:
        values = {
            "path": str(path),
            "language": language_of_two(form.language_code),
            "model": model,
            "translate": False,
            "stream": False,
        }
        job = house.workshop.begin("transcribe", values, caller=caller.id, lane="long")
        async with contextlib.aclosing(job):
            told = (await delivery.while_there(request, job.only()))["transcript"]
    granularity = form.timestamps_granularity
    body, lacking = await asyncio.to_thread(transcript, told, granularity, wanted)
    ignored = [*form.ignored(), *told["ignored"], *lacking]
    text = delivery.header_text("; ".join(ignored))
    return await answer(lambda: body, {"x-menura-ignored": text} if ignored else {})


def _model(ours: list[str], model_id: str) -> str | None:
    """Returns the model of ours that is meant; None = the default.

    Raises:
        Problem: 400, if there is no such model.
    """
    if model_id.startswith(THEIRS):
        return None
    if model_id.lower() in ours:
        return model_id.lower()
    raise Problem(
        status=400,
        code="invalid_model_id",
        message=f"no model {model_id!r:.80} writes down speech; there are scribe_v1, "
        f"{', '.join(ours)}",
        param="model_id",
    )


def _not_done(param: str, why: str) -> Problem:
    return Problem(status=501, code="not_implemented", message=f"{param}: {why}", param=param)


def _formats(text: str | None) -> list[str]:
    """Returns the names of the formats that are wanted besides.

    Raises:
        Problem: 400, if it is no list of them.
    """
    try:
        rows: Any = json.loads(text) if text else []
        return [str(row["format"])[:32] for row in rows or []][:16]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Problem(
            status=400,
            code="invalid_parameters",
            message='additional_formats: a list such as [{"format": "srt"}]',
            param="additional_formats",
        ) from error


@contextlib.asynccontextmanager
async def _sound(file: UploadFile, file_format: str) -> AsyncIterator[Path]:
    """Yields a file that was sent as a file that can be read, and forgets it."""
    async with saved(file) as path:
        yield await asyncio.to_thread(_wrapped, path) if file_format != "other" else path


def _wrapped(path: Path) -> Path:
    """Returns samples without a header as a WAV file beside them."""
    made = path.with_name("upload.wav")
    with path.open("rb") as samples, wave.open(str(made), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(PCM_RATE)
        while data := samples.read(CHUNK_BYTES):
            out.writeframesraw(data)
    return made
