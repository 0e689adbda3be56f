"""All routes of ElevenLabs' API."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["ElevenLabs"])
