"""Which voice speaks when a client names one: ours, the caller's own, or one of ElevenLabs'."""

from __future__ import annotations

import asyncio
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.server.house import Caller, House
    from menura.voice import Voice

VOICE = "voice"
"""Kind of the ledger's things that are voices of a caller; they go by the voice's id."""
SETTINGS = "settings"
"""Kind of the ledger's things that say how a caller has a voice speak, by the voice's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A voice that a caller may use.

    Attributes:
        id: that its clients call it by.
        voice: as the install has it.
        own: what the caller said of it, if it is the caller's own; else None.
    """

    id: str
    voice: Voice
    own: Mapping[str, Any] | None


async def voice_of(house: House, caller: Caller, voice_id: str) -> str:
    """Returns the name of our voice that a client means.

    Args:
        house: where.
        caller: whose designed voices count.
        voice_id: one of our names, the id or name of a designed voice of the caller, the id or
            name of one of ElevenLabs' own voices, or a blend of our names (`a:0.7+b:0.3`).

    Raises:
        Problem: 404, `voice_not_found`, also if the voice is another caller's.
    """
    return await asyncio.to_thread(find, house, caller, voice_id)


def find(house: House, caller: Caller, voice_id: str) -> str:
    """Returns what `voice_of` does; it reads the disk."""
    if any(voice.name == voice_id and not voice.id for voice in house.studio.voices()):
        return voice_id  # most often: so what belongs to callers need not be read
    known = voices_of(house, caller)
    parts = voice_id.split("+")
    found = [_one(known, part.partition(":")[0]) for part in parts]
    if not all(found) or len(parts) > 16:
        raise not_found(voice_id)
    if len(parts) == 1 and ":" not in voice_id:
        return str(found[0])
    weights = [part.partition(":")[1:] for part in parts]
    return "+".join(
        f"{name}{sign}{weight}" for name, (sign, weight) in zip(found, weights, strict=True)
    )


def voices_of(house: House, caller: Caller) -> dict[str, Known]:
    """Returns every voice that a caller may use, by its id: the install's, then its own.

    Saved voices of the install (`menura voices`) belong to `local`, who needs no key.
    """
    own = house.ledger.all(caller.id, VOICE)
    ours: dict[str, Known] = {}
    theirs: dict[str, Known] = {}
    for voice in house.studio.voices():
        if not voice.id:
            ours[voice.name] = Known(id=voice.name, voice=voice, own=None)
        elif voice.id in own:
            theirs[voice.id] = Known(id=voice.id, voice=voice, own=own[voice.id])
        elif caller.id == "local" and not house.ledger.holders(VOICE, voice.id):
            facts = {"name": voice.name, "description": voice.description, "labels": {}}
            theirs[voice.id] = Known(id=voice.id, voice=voice, own=facts)
    return ours | theirs


async def language_of(house: House, voice: str) -> str | None:
    """Returns the language that one of our voices speaks by itself; of a blend, of the first."""
    return await asyncio.to_thread(_language_of, house, voice)


def _language_of(house: House, voice: str) -> str | None:
    first = voice.partition("+")[0].partition(":")[0]
    found = (each.language for each in house.studio.voices() if first in {each.name, each.id})
    return next(found, None)


def not_found(voice_id: str) -> Problem:
    """Returns the answer for a voice that is not there, or not for this caller."""
    return Problem(
        status=404,
        code="voice_not_found",
        message=f"A voice with the voice_id {voice_id!r:.80} was not found.",
        param="voice_id",
    )


@functools.cache
def standing_in() -> Mapping[str, tuple[str, str]]:
    """Returns ElevenLabs' voices: id -> (their name, our voice that stands in for it)."""
    text = Path(__file__).with_name("casting.toml").read_text(encoding="utf-8")
    return {key: (name, ours) for key, (name, ours) in tomllib.loads(text)["voices"].items()}


@functools.cache
def _by_name() -> Mapping[str, str]:
    return {name.casefold(): ours for name, ours in standing_in().values()}


def _one(known: Mapping[str, Known], name: str) -> str | None:
    """Returns our name of one voice, None if there is no such."""
    if name in known:
        return name
    for each in known.values():
        if each.own is not None and name in {each.own["name"], each.voice.name}:
            return each.id
    if name in standing_in():
        ours: str | None = standing_in()[name][1]
    else:
        folded = name.casefold()
        ours = folded if folded in known else _by_name().get(folded)
    return ours if ours in known else None
