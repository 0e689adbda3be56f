"""Keeping designed voices: each caller has its own, and the install's shelf has each voice once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from menura.archive import VoiceShelf
from menura.errors import InvalidInput, NotFound
from menura.server import delivery
from menura.server.casting import SETTINGS, VOICE
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from menura.server.house import Caller, House

_SHELF_PREFIX = "s-"
"""Before the digits of a voice's id: its name on the shelf, where names are the install's."""


async def keep(
    house: House, caller: Caller, request: Request, take: str, facts: Mapping[str, Any]
) -> str:
    """Keeps the voice of a design for a caller, and returns its id.

    Who designs the same voice as another shares it on the shelf, and neither knows.

    Args:
        house: where.
        caller: whose it becomes.
        request: given up if its sender leaves.
        take: of a design that this caller had made.
        facts: what the caller says of it: `name`, `description`, `labels`.

    Raises:
        InvalidInput: if the take is no design, or would become another voice today.
        Problem: 400, if the caller has it under another name, or the name is taken.
    """
    entry = await asyncio.to_thread(house.studio.archive.get, take)
    voice = str(entry.report.get("understood", {}).get("voice_id", ""))
    if entry.kind != "voice-design" or not voice:
        raise InvalidInput(f"the take {take} is no designed voice")
    await asyncio.to_thread(check_name, house, str(facts["name"]))
    own = await asyncio.to_thread(house.ledger.get, caller.id, VOICE, voice)
    if own is not None and own["name"] != facts["name"]:
        said = f"you have this voice as {own['name']!r}: edit it to give it another name"
        raise _conflict(said)
    await asyncio.to_thread(house.ledger.put, caller.id, VOICE, voice, {**facts, "take": take})
    await _shelve(house, caller, request, take, voice)
    return voice


def check_name(house: House, name: str) -> None:
    """Refuses a name by which a voice that comes with menura is meant.

    Raises:
        Problem: 400.
    """
    if any(voice.name == name.casefold() and not voice.id for voice in house.studio.voices()):
        raise _conflict(f"{name!r} is a voice that comes with menura: take another name")


def _conflict(message: str) -> Problem:
    # Not 409: ElevenLabs' client sends what was answered with that again, and without its fields.
    return Problem(status=400, code="voice_exists", message=message, param="name")


async def let_go(house: House, caller: Caller, request: Request, voice: str) -> None:
    """Forgets a caller's voice; with the last one who has it, it leaves the shelf."""
    own = await asyncio.to_thread(house.ledger.get, caller.id, VOICE, voice)
    await asyncio.to_thread(house.ledger.drop, caller.id, VOICE, voice)
    await asyncio.to_thread(house.ledger.drop, caller.id, SETTINGS, voice)
    if await asyncio.to_thread(_unshelve, house, voice, by_hand=own is None):
        # Who designed the same voice in this very moment may have seen it there still.
        holders = await asyncio.to_thread(house.ledger.holders, VOICE, voice)
        if holders and own is not None:
            await _shelve(house, caller, request, str(own["take"]), voice)


async def _shelve(house: House, caller: Caller, request: Request, take: str, voice: str) -> None:
    if await asyncio.to_thread(_shelved, house, voice) is not None:
        return
    values = {"take": take, "name": _SHELF_PREFIX + voice.partition("-")[2]}
    try:
        await delivery.ask(house, caller, request, "save_voice", values)
    except InvalidInput:
        if await asyncio.to_thread(_shelved, house, voice) is None:
            raise


def _shelved(house: House, voice: str) -> str | None:
    """Returns the name of a voice on the shelf, None if it is not there."""
    kept = VoiceShelf(house.studio.archive).list()
    return next((each.name for each in kept if each.id == voice), None)


def _unshelve(house: House, voice: str, *, by_hand: bool) -> bool:
    """Takes a voice that nobody has off the shelf; returns whether it did.

    Args:
        house: where.
        voice: its id.
        by_hand: whether it was kept by a command of the install, under a name that was given.
    """
    name = _shelved(house, voice)
    ours = name is not None and name.startswith(_SHELF_PREFIX)
    if house.ledger.holders(VOICE, voice) or not (ours or by_hand):
        return False
    try:
        house.studio.remove_voice(voice)
    except NotFound:
        return False
    return True
