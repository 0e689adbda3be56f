"""Which engine a `model_id` means, and the models that ElevenLabs' clients are told of."""

from __future__ import annotations

import asyncio
import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.espeak.languages import languages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card
    from menura.server.house import House


async def engine_of(house: House, model_id: str | None, kind: str) -> str | None:
    """Returns the engine that a client chose by its name; None = the default for what it wants.

    ElevenLabs' own names stand for the default, and so does a name that nobody knows.

    Args:
        house: where.
        model_id: as the client has it.
        kind: of task that it wants.
    """
    if model_id is None:
        return None
    cards = await asyncio.to_thread(_cards, house)
    card = cards.get(model_id)
    return card.name if card is not None and kind in card.tasks else None


async def unknown(house: House, model_id: str | None, kind: str) -> list[str]:
    """Returns a line for `x-menura-ignored` if a `model_id` is no name that means something here.

    Args:
        house: where.
        model_id: as the client has it.
        kind: of task that it wants.
    """
    if not model_id or model_id in _theirs() or model_id in _silent():
        return []
    if await engine_of(house, model_id, kind) is not None:
        return []
    return [f"model_id: no engine for {kind} is called {model_id!r:.80}"]


async def models(house: House) -> list[dict[str, Any]]:
    """Returns the models as GET /v1/models tells of them: theirs by name, then our engines."""
    cards = await asyncio.to_thread(_cards, house)
    rows: dict[str, Mapping[str, Any]] = dict(_theirs())
    rows |= {
        card.name: {"name": card.title, "speaks": "speech" in card.tasks}
        for card in cards.values()
        if {"speech", "music", "effect"} & set(card.tasks)
    }
    longest = house.settings.max_text_chars
    return [_told(name, row, longest) for name, row in rows.items()]


def _told(name: str, row: Mapping[str, Any], longest_chars: int) -> dict[str, Any]:
    speaks = bool(row["speaks"])
    return {
        "model_id": name,
        "name": row["name"],
        "description": "Made on this machine, by an engine of menura.",
        "can_be_finetuned": False,
        "can_do_text_to_speech": speaks,
        "can_do_voice_conversion": False,
        "can_use_style": speaks,
        "can_use_speaker_boost": False,
        "serves_pro_voices": False,
        "token_cost_factor": 0.0,
        "requires_alpha_access": False,
        "max_characters_request_free_user": longest_chars,
        "max_characters_request_subscribed_user": longest_chars,
        "maximum_text_length_per_request": longest_chars,
        "languages": _languages() if speaks else [],
        "model_rates": {"character_cost_multiplier": 0.0},
        "concurrency_group": "standard",
    }


@functools.cache
def _languages() -> list[dict[str, str]]:
    return [{"language_id": each.tag, "name": each.name} for each in languages()]


def _cards(house: House) -> dict[str, Card]:
    return {card.name: card for card in house.studio.cards()}


def _theirs() -> Mapping[str, Any]:
    theirs: Mapping[str, Any] = _facts()["models"]
    return theirs


def _silent() -> frozenset[str]:
    return frozenset(_facts()["unlisted"]["names"])


@functools.cache
def _facts() -> Mapping[str, Any]:
    path = Path(__file__).with_name("engines.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
