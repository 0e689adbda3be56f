"""Answers of JSON that carry sound and the times of its characters, made as the sound is made."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from menura.server.answers import written
from menura.server.elevenlabs.alignment import Alignment
from menura.server.streaming import Streamed, pieces, playing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from menura.server.delivery import Order
    from menura.server.elevenlabs.alignment import Timed
    from menura.server.elevenlabs.wording import Wording
    from menura.server.house import Caller, House

_DECIMALS = 3


class Text(Protocol):
    """What is said, and how far it has come.

    Attributes:
        alignment: of all of it.
    """

    alignment: Alignment

    def add(self, words: Iterable[Mapping[str, Any]]) -> None:
        """Adds the next words."""

    def more(self, before_s: float) -> dict[str, Any]:
        """Returns what an object tells besides, of what begins before a time."""


class OneText:
    """The text of one voice.

    Args:
        wording: of it.
    """

    def __init__(self, wording: Wording) -> None:
        self.alignment = Alignment(wording.source)
        self._wording = wording

    def add(self, words: Iterable[Mapping[str, Any]]) -> None:
        """Adds the next words."""
        for word in words:
            span = self._wording.source_span(word["start_char"], word["end_char"])
            self.alignment.add(word, *span)

    def more(self, before_s: float) -> dict[str, Any]:  # noqa: ARG002 - there is no more to tell
        """Returns nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class Told:
    """What is made, and told as it is made.

    Attributes:
        order: what.
        text: its text.
        headers: that come with it.
    """

    order: Order
    text: Text
    headers: Mapping[str, str] = field(default_factory=dict)


async def whole(house: House, caller: Caller, told: Told) -> Streamed:
    """Returns one JSON object: `audio_base64`, `alignment`, `normalized_alignment`.

    The sound goes out as it is made; the times, which are short, when it has ended.
    """
    opened = contextlib.AsyncExitStack()
    play = await opened.enter_async_context(playing(house, caller, told.order))

    async def body() -> AsyncIterator[bytes]:
        rest, heard_s = b"", 0.0
        yield b'{"audio_base64":"'
        async for data, words, seconds in pieces(house, caller, told.order, play):
            told.text.add(words)
            heard_s = seconds
            rest += data
            even = len(rest) - len(rest) % 3
            if even:
                yield base64.b64encode(rest[:even])
                rest = rest[even:]
        yield base64.b64encode(rest) + b'",'
        rest_of = await asyncio.to_thread(_ended, told.text, heard_s)
        yield (await asyncio.to_thread(written, rest_of))[1:]

    return Streamed(told.order, play, opened, body(), mime="application/json", headers=told.headers)


async def lines(house: House, caller: Caller, told: Told) -> Streamed:
    """Returns JSON objects, one a line, each with a piece of the sound.

    Times are counted from the beginning of the whole. A character comes with the piece in which it
    begins, or the first after it in which its end is known.
    """
    opened = contextlib.AsyncExitStack()
    play = await opened.enter_async_context(playing(house, caller, told.order))

    async def body() -> AsyncIterator[bytes]:
        heard_s = 0.0
        async for data, words, seconds in pieces(house, caller, told.order, play):
            told.text.add(words)
            heard_s = seconds
            if data:
                yield _line(data, _aligned(told.text, seconds))
        rest = await asyncio.to_thread(_ended, told.text, heard_s)
        if any(rest.values()):
            yield await asyncio.to_thread(_line, b"", rest)

    return Streamed(told.order, play, opened, body(), mime="application/json", headers=told.headers)


def seconds_of(timed: Sequence[Timed]) -> dict[str, Any] | None:
    """Returns characters as the HTTP API tells of them; None of none."""
    if not timed:
        return None
    return {
        "characters": [each.char for each in timed],
        "character_start_times_seconds": [round(each.start_s, _DECIMALS) for each in timed],
        "character_end_times_seconds": [round(each.end_s or 0.0, _DECIMALS) for each in timed],
    }


def _ended(text: Text, heard_s: float) -> dict[str, Any]:
    """Returns what is left to tell of a text when its sound has ended."""
    text.alignment.finish(heard_s)
    return _aligned(text, math.inf)


def _aligned(text: Text, before_s: float) -> dict[str, Any]:
    return {
        "alignment": seconds_of(text.alignment.written.take(before_s)),
        "normalized_alignment": seconds_of(text.alignment.said.take(before_s)),
        **text.more(before_s),
    }


def _line(data: bytes, facts: Mapping[str, Any]) -> bytes:
    return written({"audio_base64": base64.b64encode(data).decode(), **facts}) + b"\n"
