"""All routes of ElevenLabs' API."""

from __future__ import annotations

from fastapi import APIRouter

from menura.server.elevenlabs import (
    absent,
    account,
    design,
    dialogue,
    dictionaries,
    effects,
    forced_alignment,
    hearing,
    history,
    music,
    sockets,
    speech,
    stems,
    voices,
)

router = APIRouter(tags=["ElevenLabs"])
for part in (
    *(speech, dialogue, sockets, effects, music, stems, design, dictionaries, history, account),
    *(forced_alignment, hearing, absent, voices),  # `absent` has some voices that are no ids
):
    router.include_router(part.router)
