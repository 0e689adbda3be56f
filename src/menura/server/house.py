"""`House`: what every route of the server works with, and who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection  # noqa: TC002 - FastAPI reads it

if TYPE_CHECKING:
    from menura.server.ledger import Ledger
    from menura.server.shelf import Shelf
    from menura.server.workshop import Workshop
    from menura.settings import Settings
    from menura.studio import Studio


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request.

    Attributes:
        id: of the key; `local` where no key is asked for.
        name: that the key goes by.
    """

    id: str
    name: str


LOCAL = Caller(id="local", name="local")


@dataclass(slots=True, kw_only=True)
class House:
    """What every route works with.

    Attributes:
        settings: of the install.
        studio: for what is light: voices, cards, records. Sound is made by the workshop.
        workshop: makes sound, in processes of its own.
        ledger: what belongs to whom.
        shelf: the files of rendered takes, for a while.
        closing: whether the server is being stopped.
    """

    settings: Settings
    studio: Studio
    workshop: Workshop
    ledger: Ledger
    shelf: Shelf
    closing: bool = False


def house_of(connection: HTTPConnection) -> House:
    """Returns the house of the app that serves a request."""
    return cast("House", connection.app.state.house)


def caller_of(connection: HTTPConnection) -> Caller:
    """Returns who sent a request: `access` has found out."""
    return cast("Caller", connection.scope.get("menura.caller", LOCAL))


HouseDep = Annotated[House, Depends(house_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]
