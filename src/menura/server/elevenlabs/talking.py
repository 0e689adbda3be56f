"""`Talk`: what one context of a socket says: pieces of its text, spoken in order."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidText
from menura.server.delivery import Order
from menura.server.elevenlabs import manner, past
from menura.server.elevenlabs.alignment import Alignment
from menura.server.elevenlabs.run import Run
from menura.server.elevenlabs.wording import worded
from menura.server.fitting import fitted
from menura.server.streaming import pieces, playing
from menura.tasks import Speech
from menura.text.language import AUTO, guess_language

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from menura.server.elevenlabs.buffering import Buffer, Piece
    from menura.server.elevenlabs.wording import Wording
    from menura.server.house import Caller, House
    from menura.tasks import Pronunciation

ROUTE = "/v1/text-to-speech/stream-input"
MAX_WAITING = 64
"""Pieces that may wait to be spoken; then no more is read from the socket."""
MAX_HEARD_CHARS = 2000
"""So much of what was said last tells the language."""
RAW = "pcm"
"""What takes come as, at their own rate; a run encodes them as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """How a context speaks.

    Attributes:
        voice: name of ours.
        voice_id: as the client has it.
        format: name of ours.
        model: as the client has it.
        engine: name of a card, or None.
        language: tag; None = the one that the text turns out to be in.
        own_language: of the voice, if that is known.
        seed: or None.
        markup: whether tags are read.
        directed: whether words in brackets are directions.
        settings: that were sent, or None.
        kept: that are kept for the voice.
        lexicon: how words are said.
    """

    voice: str
    voice_id: str
    format: str
    model: str
    engine: str | None = None
    language: str | None = None
    own_language: str | None = None
    seed: int | None = None
    markup: bool = False
    directed: bool = False
    settings: manner.VoiceSettings | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    lexicon: tuple[Pronunciation, ...] = ()


class Talk:
    """Speaks what its buffer gives, in order, and sends it.

    Args:
        house: where.
        caller: who asks.
        speaker: how.
        buffer: where its text gathers.
        send: sends an object to the client.
    """

    def __init__(
        self,
        house: House,
        caller: Caller,
        speaker: Speaker,
        buffer: Buffer,
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._house = house
        self._caller = caller
        self._speaker = speaker
        self._buffer = buffer
        self._send = send
        self._waiting: asyncio.Queue[Piece | None] = asyncio.Queue(MAX_WAITING)
        self._run: Run | None = None
        self._emotion: str | None = None
        self._heard = ""
        self._busy = False
        self._heard_at = time.monotonic()
        self.flushed = False
        self.ending = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to say at this moment."""
        return not self._busy and self._waiting.empty()

    @property
    def unsaid(self) -> bool:
        """Whether it has text that was not said yet, or is to tell its end."""
        return self.ending or not self.idle or not self._buffer.empty

    @property
    def holding(self) -> bool:
        """Whether it keeps text back until more comes."""
        return self.idle and not self._buffer.empty

    @property
    def silent_s(self) -> float:
        """For how long it has been given no text, and had none to say, seconds."""
        return time.monotonic() - self._heard_at if self.idle else 0.0

    async def add(self, text: str, *, trigger: bool = False, flush: bool = False) -> None:
        """Takes a text, and has spoken what is ready."""
        self._heard_at = time.monotonic()
        self._buffer.add(text)
        self.flushed = flush or (self.flushed and not text)
        while (piece := self._buffer.take(trigger=trigger, flush=flush)) is not None:
            await self._waiting.put(piece)
        if flush:
            await self._waiting.put(None)

    async def end(self, *, whole: bool) -> None:
        """Lets it end when it has said what was given to it, and, if `whole`, what is left."""
        if whole:
            await self.add("", flush=True)
        self._buffer.clear()
        self.ending = True
        await self._waiting.put(None)

    async def run(self) -> None:
        """Speaks until the end.

        Raises:
            MenuraError: all that `Studio.stream` raises, and Busy.
        """
        while not (self.ending and self._waiting.empty()):
            piece = await self._waiting.get()
            self._busy = True
            if piece is not None:
                await self._say(piece)
            elif self._run is not None:
                await self._tell(await self._run.finish())
                self._run = None
            self._busy = False

    async def _say(self, piece: Piece) -> None:
        wording = worded(piece.text, directions=self._speaker.directed, markup=self._speaker.markup)
        self._emotion = wording.emotion or self._emotion
        text = wording.text.rstrip() + "," if piece.goes_on else wording.text
        try:
            order = await self._order(text, wording)
            async with playing(self._house, self._caller, order) as play:
                if self._run is None:
                    self._run = Run(self._speaker.format, play.rate)
                alignment, said_s = Alignment(wording.source), 0.0
                await self._run.begin(alignment)
                async for data, words, seconds in pieces(self._house, self._caller, order, play):
                    _align(alignment, wording, words)
                    said_s = seconds
                    await self._tell(await self._run.add(data, seconds))
                await self._tell(self._run.end(said_s, piece.pause_s))
        except InvalidText:  # a smile, a row of stars: that there is nothing to say is no mistake
            return

    async def _order(self, text: str, wording: Wording) -> Order:
        speaker = self._speaker
        wishes, _ = manner.controls(speaker.settings, speaker.kept, self._emotion)
        task = Speech(
            text,
            voice=speaker.voice,
            engine=speaker.engine,
            language=speaker.language or self._guess(text),
            lexicon=speaker.lexicon,
            seed=speaker.seed,
            **wishes,
        )
        told = {
            "model_id": speaker.model,
            "voice_id": speaker.voice_id,
            "voice_name": speaker.voice,
            "source": "TTS",
            "characters": len(text),
        } | past.as_sent(self._house, wording)
        fit, _ = await fitted(self._house, task)
        return Order(task=fit, format=RAW, route=ROUTE, told=told, lenient=True)

    def _guess(self, text: str) -> str | None:
        """Returns the language of all that has been said so far: a piece alone is often too short.

        None if it does not tell, or is the voice's own.
        """
        if self._speaker.markup:
            return AUTO
        self._heard = f"{self._heard} {text}"[-MAX_HEARD_CHARS:]
        found = guess_language(self._heard)
        own = (self._speaker.own_language or "").partition("-")[0]
        return None if found is None or found.partition("-")[0] == own else found

    async def _tell(self, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            await self._send(message)


def _align(alignment: Alignment, wording: Wording, words: Iterable[Mapping[str, Any]]) -> None:
    length = len(wording.text)  # a comma may have been added behind it
    for word in words:
        start, stop = min(word["start_char"], length), min(word["end_char"], length)
        alignment.add(word, *wording.source_span(start, stop))
