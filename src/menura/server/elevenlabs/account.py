"""The account of a caller: there is no bill, and no limit but the machine."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from menura.server.casting import VOICE
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.portraits import unix
from menura.server.house import Caller, CallerDep, House, HouseDep
from menura.server.problems import Problem, not_yet
from menura.server.tokens import give

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.server.ledger import Item

router = APIRouter()

TOKENS = frozenset({"tts_websocket"})
UNLIMITED = 2**31 - 1
"""What clients that count down are told there is."""
MAX_COUNTED = 100_000
"""Lines of history that statistics look at, the latest first."""
MAX_BUCKETS = 5000
SECONDS = {"hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}


class Stats(Body):
    """What statistics are asked for."""

    start_unix: Annotated[int, Field(strict=False, ge=0, lt=2**53)]
    end_unix: Annotated[int, Field(strict=False, ge=0, lt=2**53)]
    include_workspace_metrics: Annotated[bool, Field(strict=False)] = False
    breakdown_type: Annotated[str, Field(max_length=40)] = "none"
    aggregation_interval: Literal["hour", "day", "week", "month", "cumulative"] = "day"
    aggregation_bucket_size: Annotated[int, Field(strict=False, ge=60, lt=2**31)] | None = None
    metric: Annotated[str, Field(max_length=40)] | None = None


@router.get("/v1/user")
async def user(house: HouseDep, caller: CallerDep) -> dict[str, Any]:
    """Tell who you are here."""
    return {
        "user_id": caller.id,
        "workspace_id": "local",
        "subscription": await _subscription(house, caller),
        "is_new_user": False,
        "xi_api_key": None,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "first_name": caller.name,
        "is_api_key_hashed": True,
        "created_at": 0,
        "seat_type": "workspace_admin",
    }


@router.get("/v1/user/subscription")
async def subscription(house: HouseDep, caller: CallerDep) -> dict[str, Any]:
    """Tell what you have used; nothing of it is counted against you."""
    return await _subscription(house, caller)


@router.get("/v1/usage/character-stats")
async def character_stats(
    house: HouseDep, caller: CallerDep, stats: Annotated[Stats, Query()]
) -> dict[str, Any]:
    """Return how many characters you had spoken, by hour, day, week or month; times in ms."""
    step_s = stats.aggregation_bucket_size or SECONDS.get(stats.aggregation_interval)
    start_s, end_s = stats.start_unix // 1000, stats.end_unix // 1000
    if end_s < start_s:
        raise Problem(status=422, code="invalid_input", message="end_unix is before start_unix")
    if step_s is None:
        step_s = max(end_s - start_s + 1, 1)
    count = (end_s - start_s) // step_s + 1
    if count > MAX_BUCKETS:
        message = f"that is {count} intervals, over the limit of {MAX_BUCKETS}: take longer ones"
        raise Problem(status=422, code="invalid_input", message=message)
    usage = await asyncio.to_thread(_usage, house, caller, stats, (start_s, step_s, count))
    return {"time": [(start_s + at * step_s) * 1000 for at in range(count)], "usage": usage}


@router.post("/v1/single-use-token/{token_type}")
async def single_use_token(token_type: str, house: HouseDep, caller: CallerDep) -> dict[str, str]:
    """Give a token that opens one socket of text to speech within 15 minutes."""
    if token_type in {"realtime_scribe", "batch_scribe"}:
        raise not_yet("transcription")
    if token_type not in TOKENS:
        message = f"there are no tokens of the type {token_type!r:.40}, only of tts_websocket"
        raise Problem(status=422, code="invalid_input", message=message, param="token_type")
    return {"token": await give(house, caller)}


async def _subscription(house: House, caller: Caller) -> dict[str, Any]:
    voices = await asyncio.to_thread(house.ledger.all, caller.id, VOICE)
    used = await asyncio.to_thread(_used, house, caller)
    return {
        "tier": "local",
        "character_count": used,
        "character_limit": UNLIMITED,
        "max_character_limit_extension": None,
        "max_credit_limit_extension": "unlimited",
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": int(time.time()) + SECONDS["month"],
        "voice_slots_used": len(voices),
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": UNLIMITED,
        "max_voice_add_edits": None,
        "voice_add_edit_counter": 0,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": False,
        "can_use_professional_voice_cloning": False,
        "currency": None,
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "active",
        "billing_period": None,
        "character_refresh_period": None,
        "next_invoice": None,
        "open_invoices": [],
        "has_open_invoices": False,
    }


def _used(house: House, caller: Caller) -> int:
    return sum(_characters(item) for item in _items(house, caller))


def _usage(
    house: House, caller: Caller, stats: Stats, axis: tuple[int, int, int]
) -> dict[str, list[float]]:
    """Returns the characters of each interval by what they are broken down to."""
    start_s, step_s, count = axis
    usage: dict[str, list[float]] = {}
    for item in _items(house, caller):
        at = ((unix(item.made_at) or 0) - start_s) // step_s
        if 0 <= at < count:
            key = _key(item, stats.breakdown_type)
            usage.setdefault(key, [0.0] * count)[at] += _characters(item)
    return usage or {"All": [0.0] * count}


def _key(item: Item, breakdown: str) -> str:
    names = {"voice": "voice_id", "voice_multilingual": "voice_id", "model": "model_id"}
    if breakdown == "product_type":
        return str(item.facts.get("source", item.kind))
    return str(item.facts.get(names.get(breakdown, ""), "All"))


def _characters(item: Item) -> int:
    count = item.facts.get("characters", 0)
    return count if isinstance(count, int) else 0


def _items(house: House, caller: Caller) -> Iterator[Item]:
    before, seen = None, 0
    while seen < MAX_COUNTED and (page := house.ledger.items(caller.id, before=before, count=1000)):
        yield from page
        before, seen = page[-1].number, seen + len(page)
