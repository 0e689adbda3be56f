"""POST /v1/forced-alignment: when each character of a text is said in a recording."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile

from menura.server import delivery
from menura.server.aligning import check_installed
from menura.server.house import CallerDep, HouseDep
from menura.server.received import saved

router = APIRouter()


# Whether it is installed is asked before the form is read: the official client sends a request
# that was answered with 501 again, without its fields, and would tell that these are missing.
@router.post("/v1/forced-alignment", dependencies=[Depends(check_installed)])
async def forced_alignment(
    file: Annotated[UploadFile, File()],
    text: Annotated[str, Form(min_length=1, max_length=100_000)],
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    enabled_spooled_file: Annotated[bool, Form()] = False,  # noqa: ARG001 - no matter here
) -> dict[str, Any]:
    """Find when each word and character of a text is said in a recording of English."""
    async with saved(file) as path:
        values = {"path": str(path), "text": text}
        words = (await delivery.ask(house, caller, request, "align", values))["words"]
    losses = [word["loss"] for word in words]
    return {
        "characters": characters(text, words),
        "words": [
            {"text": w["text"], "start": w["start_s"], "end": w["end_s"], "loss": w["loss"]}
            for w in words
        ],
        "loss": round(sum(losses) / len(losses), 3),
    }


def characters(text: str, words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns every character of a text with when it is said.

    The characters of a word share its time evenly; what stands between two words is said between
    them.

    Args:
        text: all of it.
        words: with `text`, `start_char`, `start_s` and `end_s`, in order.
    """
    found: list[dict[str, Any]] = []
    place, now = 0, words[0]["start_s"] if words else 0.0
    for word in words:
        found += _spread(text[place : word["start_char"]], now, word["start_s"])
        found += _spread(word["text"], word["start_s"], word["end_s"])
        place, now = word["start_char"] + len(word["text"]), word["end_s"]
    return found + _spread(text[place:], now, now)


def _spread(text: str, start_s: float, end_s: float) -> list[dict[str, Any]]:
    step = (max(end_s, start_s) - start_s) / max(len(text), 1)
    return [
        {
            "text": char,
            "start": round(start_s + at * step, 3),
            "end": round(start_s + (at + 1) * step, 3),
        }
        for at, char in enumerate(text)
    ]
