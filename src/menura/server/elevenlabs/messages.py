"""What clients of the WebSockets say: the query that opens one, and the messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from menura.server.elevenlabs import manner
from menura.server.elevenlabs.bodies import Body
from menura.server.limits import parse_json
from menura.server.problems import Problem

T = TypeVar("T", bound=Body)
MAX_MESSAGE_CHARS = 40_000


class Asked(Body):
    """What a socket asks for in its query."""

    model_id: Annotated[str, Field(max_length=128)] | None = None
    language_code: Annotated[str, Field(max_length=35)] | None = None
    output_format: Annotated[str, Field(max_length=64)] | None = None
    enable_ssml_parsing: Annotated[bool, Field(strict=False)] = False
    auto_mode: Annotated[bool, Field(strict=False)] = False
    inactivity_timeout: Annotated[float, Field(strict=False, ge=1, le=180)] = 20
    apply_text_normalization: Literal["auto", "on", "off"] | None = None
    seed: Annotated[int, Field(strict=False, ge=0, le=4294967295)] | None = None


class Generation(Body):
    """When text is spoken."""

    chunk_length_schedule: (
        Annotated[list[Annotated[float, Field(ge=5, le=500)]], Field(min_length=1, max_length=50)]
        | None
    ) = None


class Said(Body):
    """What a client says: text, and what to do with it."""

    text: Annotated[str, Field(max_length=MAX_MESSAGE_CHARS)] | None = None
    try_trigger_generation: bool | None = None
    flush: bool | None = None
    voice_settings: manner.VoiceSettings | None = None
    generation_config: Generation | None = None
    pronunciation_dictionary_locators: manner.Locators | None = None
    context_id: Annotated[str, Field(max_length=128)] | None = None
    close_context: bool | None = None
    close_socket: bool | None = None


def parsed(text: str | bytes) -> dict[str, Any]:
    """Returns a message, of text or of bytes, as an object.

    Raises:
        Problem: if it is none.
    """
    try:
        message = parse_json(text)
    except Problem as error:
        raise _wrong("a message is a JSON object") from error
    if not isinstance(message, dict):
        raise _wrong("a message is a JSON object")
    return message


def checked(model: type[T], values: dict[str, Any]) -> T:
    """Returns values as a model.

    Raises:
        Problem: if one of them does not fit.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _wrong(f"{where}: {first['msg']}"[:300]) from error


def _wrong(message: str) -> Problem:
    return Problem(status=400, code="invalid_message", message=message)
