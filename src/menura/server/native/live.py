"""Live streams: ambience that plays until its listener leaves, by a ticket for one use.

A page cannot add headers to what an <audio> element fetches: the ticket stands in for the key.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from menura.errors import NotFound
from menura.server import streaming
from menura.server.delivery import Order
from menura.server.house import Caller, CallerDep, HouseDep
from menura.server.native.bodies import Wanted
from menura.server.native.owning import cast
from menura.server.workshop import Busy

router = APIRouter()
TICKET_S = 60.0
MAX_TICKETS = 32
"""Of one caller."""


class Ticket(BaseModel):
    """What opens a stream once."""

    ticket: str
    url: str
    expires_s: float = Field(description="It opens nothing after so many seconds.")


@dataclass(frozen=True, slots=True)
class _Reserved:
    order: Order
    caller: Caller
    until: float


class Tickets:
    """The tickets that were given out and not used yet."""

    def __init__(self) -> None:
        self._reserved: dict[str, _Reserved] = {}

    def give(self, order: Order, caller: Caller) -> str:
        """Returns a new ticket.

        Raises:
            Busy: if too many of the caller's are out.
        """
        now = time.monotonic()
        self._reserved = {k: r for k, r in self._reserved.items() if r.until > now}
        if sum(r.caller.id == caller.id for r in self._reserved.values()) >= MAX_TICKETS:
            raise Busy("too many tickets of yours are out: use one", round(TICKET_S))
        ticket = secrets.token_urlsafe(24)
        self._reserved[ticket] = _Reserved(order, caller, now + TICKET_S)
        return ticket

    def take(self, ticket: str) -> tuple[Order, Caller]:
        """Returns what a ticket is for; it is void from then on.

        Raises:
            NotFound: if it is none, was used, or has expired.
        """
        reserved = self._reserved.pop(ticket, None)
        if reserved is None or reserved.until <= time.monotonic():
            raise NotFound("this ticket is none, was used, or has expired: ask for another")
        return reserved.order, reserved.caller


@router.post("/streams", status_code=201)
async def reserve(body: Wanted, request: Request, house: HouseDep, caller: CallerDep) -> Ticket:
    """Return a ticket that plays a task once; the task may be endless."""
    order = Order(
        task=await cast(house, caller, body.settled()), format=body.format, route="/api/streams"
    )
    ticket = tickets_of(request).give(order, caller)
    return Ticket(ticket=ticket, url=f"/api/streams/{ticket}", expires_s=TICKET_S)


@router.get("/streams/{ticket}", responses={200: {"content": {"audio/*": {}}}})
async def listen(
    ticket: Annotated[str, Path(max_length=64)], request: Request, house: HouseDep
) -> Response:
    """Play what a ticket is for, until it ends or you leave."""
    order, caller = tickets_of(request).take(ticket)
    return await streaming.stream(house, caller, order, {"Cache-Control": "no-store"})


def tickets_of(request: Request) -> Tickets:
    """Returns the tickets of the app that serves a request."""
    state = request.app.state
    if not hasattr(state, "tickets"):
        state.tickets = Tickets()
    return state.tickets  # type: ignore[no-any-return]
