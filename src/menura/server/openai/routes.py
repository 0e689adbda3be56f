"""The routes of OpenAI's audio API."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["OpenAI"])
