"""`House`: what every route of the server works with, and who is calling."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Protocol, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from menura.server.callers import LOCAL, Caller
from menura.server.problems import Problem

__all__ = ["LOCAL", "Caller", "CallerDep", "House", "HouseDep", "caller_of", "house_of"]

if TYPE_CHECKING:
    from menura.server.keys import Ring
    from menura.server.ledger import Ledger
    from menura.server.metrics import Metrics
    from menura.server.shelf import Shelf
    from menura.server.workshop import Workshop
    from menura.settings import Settings
    from menura.studio import Studio


class Conversation(Protocol):
    """What goes on over a socket, which may be open and idle for long."""

    @property
    def busy(self) -> bool:
        """Whether there is something to say, or text that more may follow."""

    def hurry(self) -> None:
        """Says soon what it has, also if more could follow."""


@dataclass(slots=True, kw_only=True)
class House:
    """What every route works with.

    Attributes:
        settings: of the install.
        studio: for what is light: voices, cards, records. Sound is made by the workshop.
        workshop: makes sound, in processes of its own.
        ledger: what belongs to whom.
        shelf: the files of rendered takes, for a while.
        ring: the keys of callers.
        metrics: what is counted.
        closing: whether the server is being stopped.
        stop_by: when what is under way must have ended, once it is, `time.monotonic()`.
        under_way: requests that are being answered.
        conversations: over sockets that are open.
    """

    settings: Settings
    studio: Studio
    workshop: Workshop
    ledger: Ledger
    shelf: Shelf
    ring: Ring
    metrics: Metrics
    closing: bool = False
    stop_by: float | None = None
    under_way: int = 0
    conversations: set[Conversation] = field(default_factory=set)

    @property
    def busy(self) -> bool:
        """Whether anything is under way that is to be finished."""
        working = self.under_way or self.workshop.working or self.workshop.waiting
        return bool(working) or any(each.busy for each in self.conversations)

    def close(self, grace_s: float) -> None:
        """Begins to stop: nothing new is taken on, what is under way may end within the grace.

        If it was told to end at once meanwhile, it does.
        """
        self.closing = True
        if self.stop_by is None:
            self.stop_by = time.monotonic() + grace_s
        self.workshop.close()
        for each in self.conversations:
            each.hurry()


def house_of(connection: HTTPConnection) -> House:
    """Returns the house of the app that serves a request."""
    return cast("House", connection.app.state.house)


async def caller_of(connection: HTTPConnection) -> Caller:
    """Returns who sent a request: `access` has found out.

    Raises:
        Problem: if that is nobody known.
    """
    caller: Caller | None = connection.scope.get("menura.caller")
    if caller is None:
        raise Problem(status=401, code="invalid_api_key", message="a key is needed")
    return caller


async def _house(connection: HTTPConnection) -> House:
    return house_of(connection)


# Not plain functions: FastAPI calls those in other threads, which takes longer than they do.
HouseDep = Annotated[House, Depends(_house)]
CallerDep = Annotated[Caller, Depends(caller_of)]
