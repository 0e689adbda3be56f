"""Custom voices and the consent that they need: none is made before that can be given."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from menura.server.openai.transcriptions import read_form
from menura.server.problems import Problem, not_yet

router = APIRouter()
MAX_RECORDING_BYTES = 10 * 1024**2


@router.post("/v1/audio/voice_consents")
async def create_consent(request: Request) -> None:
    """Would keep a recorded consent: checks the request, and tells that it cannot."""
    await read_form(request, "recording", MAX_RECORDING_BYTES)
    raise not_yet("recording a person's consent")


@router.get("/v1/audio/voice_consents")
async def list_consents(
    after: Annotated[str | None, Query(max_length=128)] = None,  # noqa: ARG001 - there are none
    limit: Annotated[int, Query(ge=1, le=100)] = 20,  # noqa: ARG001 - there are none
) -> dict[str, Any]:
    """Lists the consents: none can be given yet."""
    return {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


@router.get("/v1/audio/voice_consents/{consent_id}")
@router.post("/v1/audio/voice_consents/{consent_id}")
@router.delete("/v1/audio/voice_consents/{consent_id}")
async def find_consent(consent_id: str) -> None:
    """Tells that there is no such consent."""
    raise Problem(
        status=404,
        code="not_found",
        message=f"there is no consent {consent_id!r:.80}",
        param="consent_id",
    )


@router.post("/v1/audio/voices")
async def create_voice(request: Request) -> None:
    """Would make a voice of a person's: checks the request, and tells that it may not."""
    await read_form(request, "audio_sample", MAX_RECORDING_BYTES)
    raise Problem(
        status=403,
        code="consent_required",
        message=(
            "a voice of a person needs that person's verified consent, which cannot be given "
            "here yet; a voice can be designed in words: POST /v1/text-to-voice/design"
        ),
        param="consent",
    )
