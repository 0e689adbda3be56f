"""`Run`: takes spoken one after another as one sound, given away in messages with their times.

Each message holds the sound from where the one before it ended, and the characters that begin in
it, in milliseconds from its own beginning; the last of them ends with it. So a client may count
from the message or add up what the messages last: both come to the same.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.audio.encode import encoder
from menura.audio.formats import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.server.elevenlabs.alignment import Alignment, Timed

OWN_SILENCE_S = 0.09
"""What a take has before its first sound and behind its last: a pause between two is shorter."""
_FULL_SCALE = 32768.0


@dataclass(slots=True)
class _Group:
    """What goes into one message."""

    start_s: float
    audio: bytearray = field(default_factory=bytearray)
    written: list[Timed] = field(default_factory=list)
    said: list[Timed] = field(default_factory=list)


class Run:
    """One sound of several takes.

    Args:
        format_name: what it is encoded as.
        rate: of the takes, Hz; they have one channel.
    """

    def __init__(self, format_name: str, rate: int) -> None:
        self._rate = rate
        self._encoder = encoder(Format.parse(format_name), rate, 1, {})
        self._alignment: Alignment | None = None
        self._begun_s = 0.0
        self._now_s = 0.0
        self._pause_s = 0.0
        self._group = _Group(0.0)

    async def begin(self, alignment: Alignment) -> None:
        """Begins a take, behind the pause that the one before it left.

        Args:
            alignment: of its text, times counted from its own beginning.
        """
        self._alignment = alignment
        if self._pause_s:
            silence = np.zeros((1, round(self._pause_s * self._rate)), np.float32)
            self._group.audio += await asyncio.to_thread(
                self._encoder.encode, Audio(silence, self._rate)
            )
            self._now_s += silence.shape[1] / self._rate
        self._begun_s = self._now_s

    async def add(self, pcm: bytes, seconds: float) -> list[dict[str, Any]]:
        """Adds a piece of the take, and returns the messages that are complete.

        Args:
            pcm: signed 16-bit little-endian samples.
            seconds: how much of the take there is with it.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / _FULL_SCALE
        audio = Audio(samples[np.newaxis], self._rate)
        data = await asyncio.to_thread(self._encoder.encode, audio) if pcm else b""
        return self._extend(data, seconds, seconds)

    def end(self, seconds: float, pause_s: float) -> list[dict[str, Any]]:
        """Ends the take, and returns what is left of it to send.

        Args:
            seconds: how long it was.
            pause_s: between it and the next one.
        """
        if self._alignment is not None:
            self._alignment.finish(seconds)
        found = self._extend(b"", seconds, float("inf"))
        self._pause_s = max(0.0, pause_s - OWN_SILENCE_S)
        return found + self._complete()

    async def finish(self) -> list[dict[str, Any]]:
        """Ends the sound, and returns what is left of it to send."""
        self._group.audio += await asyncio.to_thread(self._encoder.finish)
        return self._complete()

    def _extend(self, data: bytes, seconds: float, before_s: float) -> list[dict[str, Any]]:
        """Adds sound, and the characters that begin in it; a message has some of both."""
        written: Sequence[Timed] = ()
        said: Sequence[Timed] = ()
        if self._alignment is not None:
            written = self._taken(self._alignment.written.take(before_s, unfinished=True))
            said = self._taken(self._alignment.said.take(before_s, unfinished=True))
        begins_anew = bool(written and self._group.written and self._group.audio)
        found = self._complete() if begins_anew else []
        self._group.audio += data
        self._group.written += written
        self._group.said += said
        self._now_s = self._begun_s + seconds
        return found

    def _taken(self, timed: Sequence[Timed]) -> Sequence[Timed]:
        for each in timed:
            each.start_s += self._begun_s
            each.end_s = None if each.end_s is None else each.end_s + self._begun_s
        return timed

    def _complete(self) -> list[dict[str, Any]]:
        """Returns the message of the group, if it has any sound, and opens the next."""
        group = self._group
        if not group.audio:
            return []
        self._group = _Group(self._now_s)
        return [
            {
                "audio": base64.b64encode(group.audio).decode(),
                "isFinal": False,
                "alignment": _milliseconds(group.written, group.start_s, self._now_s),
                "normalizedAlignment": _milliseconds(group.said, group.start_s, self._now_s),
            }
        ]


def _milliseconds(timed: Sequence[Timed], start_s: float, end_s: float) -> dict[str, Any] | None:
    """Returns characters as the socket tells of them; None of none."""
    if not timed:
        return None
    length_ms = round((end_s - start_s) * 1000)
    starts = [min(max(round((t.start_s - start_s) * 1000), 0), length_ms) for t in timed]
    durations = [b - a for a, b in zip(starts, [*starts[1:], length_ms], strict=True)]
    return {
        "chars": [each.char for each in timed],
        "charStartTimesMs": starts,
        # Their schema has the first name, their package reads the second.
        "charsDurationsMs": durations,
        "charDurationsMs": durations,
    }
