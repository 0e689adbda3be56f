"""`Call`: what every route that makes sound is given besides its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field

from menura.server.elevenlabs.bodies import Body
from menura.server.fitting import SeedDep
from menura.server.house import Caller, CallerDep, House, HouseDep


class Asked(Body):
    """What a route asks for in its query."""

    enable_logging: Annotated[bool, Field(strict=False)] = True
    optimize_streaming_latency: Annotated[int, Field(strict=False, ge=0, le=4)] | None = None
    output_format: Annotated[str, Field(max_length=64)] | None = None

    def ignored(self) -> list[str]:
        """Returns what of it has no effect."""
        return self.unused("enable_logging", "optimize_streaming_latency")


@dataclass(frozen=True, slots=True)
class Call:
    """A request, without its body.

    Attributes:
        request: as it came; work for it is given up if its sender leaves.
        house: of the server.
        caller: whose request it is.
        seed: that an Idempotency-Key stands for, or None.
        asked: in the query.
    """

    request: Request
    house: House
    caller: Caller
    seed: int | None
    asked: Asked


async def call_of(
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    seed: SeedDep,
    asked: Annotated[Asked, Query()],
) -> Call:
    """Returns what a route is given besides its body."""
    return Call(request, house, caller, seed, asked)


CallDep = Annotated[Call, Depends(call_of)]
