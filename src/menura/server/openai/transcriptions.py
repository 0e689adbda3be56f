"""POST /v1/audio/transcriptions and /translations: what is said in a sound, by a model."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from menura.runtime.listening import check_installed
from menura.server.house import CallerDep, House, HouseDep
from menura.server.openai import names
from menura.server.openai.transcripts import Wanted, answer
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

router = APIRouter()

MAX_FILE_BYTES = 25 * 10**6
"""As OpenAI has it."""
MAX_FIELDS = 64
MAX_FIELD_BYTES = 256 * 1024
Name = Annotated[str, Field(min_length=1, max_length=128)]
Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$")]
Prompt = Annotated[str, Field(max_length=10_000)]


class Vad(BaseModel):
    """How sound is cut where nobody speaks."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    type: Literal["server_vad"]
    prefix_padding_ms: Annotated[int, Field(ge=0, le=60_000)] = 300
    silence_duration_ms: Annotated[int, Field(ge=0, le=60_000)] = 200
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5


class _Asked(BaseModel):
    """The fields of both."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False, protected_namespaces=())

    model: Name
    prompt: Prompt | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] = 0.0


class Translation(_Asked):
    """The fields of a translation."""

    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"


class Transcription(_Asked):
    """The fields of a transcription."""

    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"
    language: Language | None = None
    languages: Annotated[list[Language], Field(max_length=32)] = Field(default_factory=list)
    keywords: Annotated[list[Name], Field(max_length=1000)] = Field(default_factory=list)
    include: list[Literal["logprobs"]] = Field(default_factory=list)
    timestamp_granularities: list[Literal["word", "segment"]] = Field(default_factory=list)
    stream: bool = False
    chunking_strategy: Literal["auto"] | Vad | None = None
    known_speaker_names: Annotated[list[Name], Field(max_length=4)] = Field(default_factory=list)
    known_speaker_references: Annotated[
        list[Annotated[str, Field(pattern=r"^data:")]], Field(max_length=4)
    ] = Field(default_factory=list)


@router.post("/v1/audio/transcriptions", response_class=Response)
async def create_transcription(request: Request, house: HouseDep, caller: CallerDep) -> Response:
    """Writes down what is said in a sound."""
    async with _form(request, "file", MAX_FILE_BYTES) as (form, file):
        asked: Transcription = _checked(Transcription, form)
        granularities = asked.timestamp_granularities
        if granularities and asked.response_format != "verbose_json":
            raise _wrong("timestamp_granularities", "they need response_format verbose_json")
        if len(asked.known_speaker_names) != len(asked.known_speaker_references):
            raise _wrong("known_speaker_names", "there is one reference for each name")
        if asked.response_format == "diarized_json":
            raise Problem(
                status=501,
                code="not_implemented",
                message="response_format: nothing here tells speakers apart; take verbose_json",
                param="response_format",
            )
        only = asked.languages[0] if len(asked.languages) == 1 else None
        wanted = Wanted(
            model=await _model(house, asked.model),
            language=asked.language or only,
            response_format=asked.response_format,
            words="word" in granularities,
            segments="segment" in granularities or not granularities,
            stream=asked.stream,
            ignored=_ignored(asked),
        )
        return await answer(request, house, caller, file, wanted)


@router.post("/v1/audio/translations", response_class=Response)
async def create_translation(request: Request, house: HouseDep, caller: CallerDep) -> Response:
    """Writes down in English what is said in a sound."""
    async with _form(request, "file", MAX_FILE_BYTES) as (form, file):
        asked: Translation = _checked(Translation, form)
        wanted = Wanted(
            model=await _model(house, asked.model),
            translate=True,
            response_format=asked.response_format,
            ignored=_ignored(asked),
        )
        return await answer(request, house, caller, file, wanted)


async def _model(house: House, model: str) -> str | None:
    """Returns the model of ours that is meant; None = the default.

    Raises:
        NotInstalled: if there is none, or the extra is missing.
        Problem: 404, `model_not_found`.
    """
    models = await asyncio.to_thread(house.studio.listeners)
    check_installed(models)
    ours = [each.name for each in models]
    if names.is_listener(model):
        return None
    if model.lower() in ours:
        return model.lower()
    raise names.no_model(model, ["whisper-1", *ours], "transcription")


def _ignored(asked: _Asked) -> list[str]:
    """Returns what is asked and has no effect here."""
    found = ["prompt"] if asked.prompt else []
    found += ["temperature"] if asked.temperature else []
    if isinstance(asked, Transcription):
        several = len(asked.languages) > 1
        found += ["languages"] if several else []
        found += ["keywords"] if asked.keywords else []
        found += ["include: logprobs are not known"] if asked.include else []
        found += ["chunking_strategy"] if isinstance(asked.chunking_strategy, Vad) else []
        found += ["known_speaker_names"] if asked.known_speaker_names else []
    return found


async def read_form(request: Request, name: str, max_bytes: int) -> Mapping[str, Any]:
    """Returns the fields of a form with one file; those that end in `[]` are lists.

    Args:
        request: to read.
        name: of the field with the file.
        max_bytes: the most that the file may have.

    Raises:
        Problem: 400, if it is no form, or the file is missing, empty or too large.
    """
    async with _form(request, name, max_bytes) as (fields, _):
        return fields


@contextlib.asynccontextmanager
async def _form(
    request: Request, name: str, max_bytes: int
) -> AsyncIterator[tuple[Mapping[str, Any], UploadFile]]:
    """Yields the fields of a form and its file, as long as it is open; see `read_form`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise _wrong(name, "the request is a form (multipart/form-data) with a file")
    async with request.form(
        max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES
    ) as form:
        file = form.get(name)
        if not isinstance(file, UploadFile):
            raise _wrong(name, "the file is missing")
        if not 0 < (file.size or 0) <= max_bytes:
            raise _wrong(name, f"a file has 1 to {max_bytes:,} bytes")
        yield _fields(form), file


def _fields(form: FormData) -> dict[str, Any]:
    """Returns the fields that are text; of one that comes twice and is no list, the last."""
    found: dict[str, Any] = {}
    for key, value in form.multi_items():
        if not isinstance(value, str):
            continue
        if key.endswith("[]"):
            found.setdefault(key.removesuffix("[]"), []).append(value)
        elif key == "chunking_strategy" and value.lstrip().startswith("{"):
            found[key] = _parsed(key, value)
        else:
            found[key] = value
    return found


def _parsed(key: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _wrong(key, "it is no JSON") from error


def _checked(model: type[Any], fields: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(str(first["loc"][0]) if first["loc"] else "", str(first["msg"])) from error


def _wrong(param: str, message: str) -> Problem:
    return Problem(
        status=400, code="invalid_value", message=f"{param}: {message}"[:300], param=param
    )
