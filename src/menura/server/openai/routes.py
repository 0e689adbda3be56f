"""The routes of OpenAI's audio API."""

from __future__ import annotations

from fastapi import APIRouter

from menura.server.openai import consents, elsewhere, listing, speech, transcriptions

router = APIRouter(tags=["OpenAI"])
for part in (speech, listing, transcriptions, consents, elsewhere):
    router.include_router(part.router)
