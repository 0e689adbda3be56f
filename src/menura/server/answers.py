"""Long answers of JSON: written piece by piece, beside the event loop.

`json` writes a value in one go and lets no other thread run meanwhile: the times of a long text's
characters would hold up every other caller. A piece takes a few milliseconds.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROWS = 500
"""Of a list that are written at a time."""


def written(value: object) -> bytes:
    """Returns a value of plain JSON values as JSON, without blanks.

    Raises:
        ValueError: if it holds a number that is not finite.
    """
    return "".join(_pieces(value)).encode()


async def answer(make: Callable[[], object], headers: Mapping[str, str] | None = None) -> Response:
    """Returns an answer of JSON.

    Args:
        make: gives the value; called in another thread.
        headers: of the answer.
    """
    body = await asyncio.to_thread(lambda: written(make()))
    return Response(body, headers=headers, media_type="application/json")


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for at, (name, each) in enumerate(value.items()):
            yield f"{',' if at else '{'}{_dumped({name: 0})[1:-2]}"  # `json` makes names text
            yield from _pieces(each)
        yield "}" if value else "{}"
    elif isinstance(value, list) and len(value) > ROWS:
        for start in range(0, len(value), ROWS):
            yield f"{',' if start else '['}{_dumped(value[start : start + ROWS])[1:-1]}"
        yield "]"
    else:
        yield _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
