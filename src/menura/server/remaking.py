"""The files of a take that was made before: kept, or made again from its recipe."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from menura.server.delivery import while_there

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from menura.server.house import Caller, House
    from menura.server.ledger import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a take.

    Attributes:
        folder: where they are.
        facts: see `work.facts` and `work.render`.
        clearing: run once the answer is sent; None if the files are kept.
    """

    folder: Path
    facts: Mapping[str, Any]
    clearing: BackgroundTask | None = None


class Sent(FileResponse):
    """A file as an answer; what is to be done in the background is done whatever ends it.

    `FileResponse` leaves that out where it sends nothing, as for a Range that the file lacks.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        clearing, self.background = self.background, None
        try:
            await super().__call__(scope, receive, send)
        finally:
            if clearing is not None:
                await asyncio.shield(clearing())


async def files_of(
    house: House,
    caller: Caller,
    item: Item,
    request: Request,
    *,
    format_: str | None = None,
    stems: bool = False,
) -> Files:
    """Returns the files of a take; the same recipe gives the same samples.

    Args:
        house: to work with.
        caller: whose take it is.
        item: the take's line of history.
        request: given up if its sender leaves.
        format_: name of the format of the sound; None = as the line has it.
        stems: whether its parts are needed.

    Raises:
        MenuraError: if it cannot be made again.
        Gone: if the caller has left.
    """
    found = await asyncio.to_thread(house.shelf.find, item.id)
    if found is not None:
        folder, facts = found
        parted = not stems or "stems" in facts["files"]
        current = "captions" in facts  # not what an earlier version kept
        if parted and current and format_ in {None, item.format}:
            return Files(folder=folder, facts=facts)
    entry = await asyncio.to_thread(house.studio.archive.get, item.take)
    folder = await asyncio.to_thread(house.shelf.begin)
    try:
        ask = {
            "task": entry.recipe.get("task"),
            "delivery": entry.recipe.get("delivery"),
            "format": format_ or item.format,
            "folder": str(folder),
            "stems": stems,
        }
        job = house.workshop.begin("again", ask, caller=caller.id, lane="long")
        made = (await while_there(request, job.only()))["facts"]
    except BaseException:
        await asyncio.shield(asyncio.to_thread(house.shelf.discard, folder))
        raise
    clearing = BackgroundTask(asyncio.to_thread, house.shelf.discard, folder)
    return Files(folder=folder, facts=made, clearing=clearing)
