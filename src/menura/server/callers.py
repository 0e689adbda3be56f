"""`Caller`: whose a request is."""

from __future__ import annotations

from dataclasses import dataclass


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
