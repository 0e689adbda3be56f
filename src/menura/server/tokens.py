"""Tokens that open one socket, once: for pages that should not see a key."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

from menura.server.house import Caller
from menura.server.keys import digest_of

if TYPE_CHECKING:
    from menura.server.house import House

TOKEN = "token"  # noqa: S105 - a kind of thing in the ledger
_NOBODY = ""
"""Whose tokens are in the ledger: who brings one has not said who it is."""
LIFE_S = 15 * 60
MAX_OF_ONE = 1000
"""Tokens of one caller that wait to be used; the oldest go first."""


async def give(house: House, caller: Caller) -> str:
    """Returns a token that opens one socket as this caller within LIFE_S."""
    return await asyncio.to_thread(_give, house, caller)


async def redeem(house: House, token: str) -> Caller | None:
    """Returns who a token stands for, and ends it; None if it is none, spent or too old."""
    return await asyncio.to_thread(_redeem, house, token)


def _give(house: House, caller: Caller) -> str:
    kept = house.ledger.all(_NOBODY, TOKEN)
    own = [name for name, facts in kept.items() if facts["caller"] == caller.id]
    spent = [name for name, facts in kept.items() if facts["until"] < time.time()]
    for name in {*spent, *own[: max(len(own) - MAX_OF_ONE + 1, 0)]}:
        house.ledger.drop(_NOBODY, TOKEN, name)
    token = f"sutkn_{secrets.token_urlsafe(32)}"
    facts = {"caller": caller.id, "name": caller.name, "until": time.time() + LIFE_S}
    house.ledger.put(_NOBODY, TOKEN, digest_of(token), facts)
    return token


def _redeem(house: House, token: str) -> Caller | None:
    facts = house.ledger.get(_NOBODY, TOKEN, digest_of(token))
    # Of two that bring it at once, one takes it away.
    if facts is None or not house.ledger.drop(_NOBODY, TOKEN, digest_of(token)):
        return None
    if facts["until"] < time.time():
        return None
    return Caller(id=str(facts["caller"]), name=str(facts["name"]))
