"""The WebSockets of text to speech: text comes in pieces, sound goes out as it is made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from menura.errors import MenuraError
from menura.server import casting
from menura.server.access import socket_caller
from menura.server.elevenlabs import manner
from menura.server.elevenlabs.buffering import SCHEDULE, Buffer
from menura.server.elevenlabs.engines import engine_of
from menura.server.elevenlabs.formats import format_of
from menura.server.elevenlabs.messages import Asked, Generation, Said, checked, parsed
from menura.server.elevenlabs.speech import DEFAULT_MODEL, DIRECTED
from menura.server.elevenlabs.talking import Speaker, Talk
from menura.server.house import Caller, house_of
from menura.server.problems import Problem, problem_of
from menura.tasks import Speech
from menura.text.language import AUTO

if TYPE_CHECKING:
    from menura.server.house import House

router = APIRouter(prefix="/v1/text-to-speech/{voice_id}")

POLICY = 1008
MAX_CONTEXTS = 5
"""As many as theirs."""
DEFAULT_CONTEXT = "default"
LAST_S = 2.0
"""How long text is kept back for more when the server stops."""


class _Over(Exception):
    """All has been said."""


@router.websocket("/stream-input")
async def stream_input(socket: WebSocket, voice_id: str) -> None:
    """Speaks a text that comes in pieces."""
    await _serve(socket, _Single(socket, voice_id))


@router.websocket("/multi-stream-input")
async def multi_stream_input(socket: WebSocket, voice_id: str) -> None:
    """Speaks several texts that come in pieces, each in a context of its own."""
    await _serve(socket, _Multi(socket, voice_id))


async def _serve(socket: WebSocket, session: _Session) -> None:
    """Runs a session until it is over, and tells what went wrong in words of theirs."""
    await socket.accept()
    session.house.conversations.add(session)
    try:
        async with asyncio.TaskGroup() as group:
            session.group = group
            await session.read()
    except* (_Over, WebSocketDisconnect):
        pass
    except* (Problem, MenuraError) as errors:
        await _refuse(socket, errors)
    finally:
        session.house.conversations.discard(session)


async def _refuse(socket: WebSocket, errors: BaseExceptionGroup[BaseException]) -> None:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    problem = error if isinstance(error, Problem) else problem_of(error)  # type: ignore[arg-type]
    codes = {"unauthorized": "invalid_api_key", "too_many_requests": "too_many_concurrent_requests"}
    code = codes.get(problem.code, problem.code)
    if socket.application_state is WebSocketState.CONNECTED:
        try:
            await socket.send_json({"message": problem.message, "error": code, "code": POLICY})
            await socket.close(POLICY, problem.message[:100].encode("ascii", "replace").decode())
        except (WebSocketDisconnect, RuntimeError):
            return


class _Session:
    """What both kinds of socket share: reading, checking, and making contexts.

    Args:
        socket: accepted.
        voice_id: as the client has it.
    """

    group: asyncio.TaskGroup

    def __init__(self, socket: WebSocket, voice_id: str) -> None:
        self.socket = socket
        self.house: House = house_of(socket)
        self.talks: dict[str, Talk] = {}
        self.asked = Asked()
        self._voice_id = voice_id
        self._caller: Caller | None = None
        self._voice = ""
        self._sending = asyncio.Lock()
        self._hurried = asyncio.Event()
        self._tasks: dict[Talk, asyncio.Task[None]] = {}

    @property
    def busy(self) -> bool:
        """Whether there is text that was not said yet, or the end of a context is to be told."""
        return any(talk.unsaid for talk in self._tasks)

    def hurry(self) -> None:
        """Says what is kept back for more text, once none has come for LAST_S."""
        self._hurried.set()

    async def read(self) -> None:
        """Reads messages until the socket closes.

        Raises:
            Problem: if one is wrong, or none comes for too long.
            WebSocketDisconnect: when the client has left.
        """
        self.group.create_task(self._say_rest())
        self.asked = checked(Asked, dict(self.socket.query_params))
        while True:
            raw = await self._message()
            if self._caller is None:
                self._caller = await socket_caller(self.socket, raw)
                if self._caller is None:
                    raise Problem(status=401, code="unauthorized", message="Invalid API key")
                self._voice = await casting.voice_of(self.house, self._caller, self._voice_id)
            await self.take(checked(Said, raw))

    async def take(self, said: Said) -> None:
        """Does what a message says."""
        raise NotImplementedError

    async def finished(self, name: str) -> None:
        """Tells that a context has said all."""
        raise NotImplementedError

    async def send(self, message: dict[str, Any]) -> None:
        """Sends an object."""
        async with self._sending:
            try:
                await self.socket.send_json(message)
            except RuntimeError as error:  # closed while we spoke
                raise WebSocketDisconnect from error

    async def open(self, name: str, said: Said) -> Talk:
        """Begins a context, as its first message wants it."""
        caller, asked = self._caller, self.asked
        if caller is None:
            raise _Over
        model = asked.model_id or DEFAULT_MODEL
        language = await manner.language(self.house, asked.language_code)
        locators = said.pronunciation_dictionary_locators or []
        speaker = Speaker(
            voice=self._voice,
            voice_id=self._voice_id,
            format=format_of(asked.output_format, "speech"),
            model=model,
            engine=await engine_of(self.house, asked.model_id, Speech.kind),
            language=None if language == AUTO else language,
            own_language=await casting.language_of(self.house, self._voice),
            seed=asked.seed,
            markup=asked.enable_ssml_parsing,
            directed=model.startswith(DIRECTED),
            settings=said.voice_settings,
            kept=await manner.kept_settings(self.house, caller, self._voice),
            lexicon=(await manner.lexicon(self.house, caller, locators))[0],
        )
        config = said.generation_config or Generation()
        buffer = Buffer(
            config.chunk_length_schedule or SCHEDULE,
            auto=asked.auto_mode,
            markup=asked.enable_ssml_parsing,
        )

        async def send(message: dict[str, Any]) -> None:
            await self.send(self.named(name, message))

        talk = self.talks[name] = Talk(self.house, caller, speaker, buffer, send)
        task = self._tasks[talk] = self.group.create_task(self._speak(name, talk))
        task.add_done_callback(lambda _: self._tasks.pop(talk, None))
        return talk

    def named(self, name: str, message: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Returns a message as it goes out."""
        return message

    async def _speak(self, name: str, talk: Talk) -> None:
        await talk.run()
        if self.talks.get(name) is talk:
            del self.talks[name]
        await self.finished(name)

    async def _say_rest(self) -> None:
        await self._hurried.wait()
        while True:
            for talk in list(self.talks.values()):
                if talk.holding and talk.silent_s > LAST_S:
                    await talk.add("", flush=True)
            await asyncio.sleep(LAST_S / 4)

    async def _message(self) -> dict[str, Any]:
        """Returns the next message; what is being said may take its time."""
        while True:
            try:
                async with asyncio.timeout(self.asked.inactivity_timeout):
                    message = await self.socket.receive()
            except TimeoutError:
                if all(talk.idle for talk in self.talks.values()):
                    raise _timed_out(self.asked.inactivity_timeout) from None
                continue
            except RuntimeError as error:  # closed
                raise WebSocketDisconnect from error
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            text = message.get("text")
            return parsed(message.get("bytes", b"") if text is None else text)


class _Single(_Session):
    """A socket with one context, which closes when that has said all."""

    _ended = False

    async def take(self, said: Said) -> None:
        if self._ended:
            return
        talk = self.talks.get("") or await self.open("", said)
        if said.text == "":
            self._ended = True
            await talk.end(whole=True)
        else:
            await talk.add(
                said.text or "",
                trigger=bool(said.try_trigger_generation),
                flush=bool(said.flush),
            )

    async def finished(self, name: str) -> None:  # noqa: ARG002 - there is one
        await self.send({"audio": None, "isFinal": True, "alignment": None})
        await self.socket.close()
        raise _Over


class _Multi(_Session):
    """A socket with several contexts, which go on without each other."""

    _closing = False

    async def take(self, said: Said) -> None:
        talk: Talk | None
        if said.close_socket:
            self._closing = True
            for name, talk in list(self.talks.items()):
                await self._close(name, talk)
            await self._close_if_done()
            return
        limit_s = self.asked.inactivity_timeout
        for other, talk in list(self.talks.items()):
            if other != said.context_id and talk.silent_s > limit_s:
                await self._close(other, talk)
        name = said.context_id or DEFAULT_CONTEXT
        talk = self.talks.get(name)
        if said.close_context:
            if talk is not None:
                await self._close(name, talk)
            return
        if talk is None or talk.ending:
            if not said.text or self._closing:
                return
            if len(self.talks) >= MAX_CONTEXTS:
                raise Problem(
                    status=400,
                    code="too_many_contexts",
                    message=f"a socket has at most {MAX_CONTEXTS} contexts at a time",
                )
            talk = await self.open(name, said)
        await talk.add(said.text or "", flush=bool(said.flush))

    async def finished(self, name: str) -> None:
        await self.send(self.named(name, {"audio": None, "isFinal": True, "is_final": True}))
        await self._close_if_done()

    def named(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        return message | {"contextId": name}

    async def _close(self, name: str, talk: Talk) -> None:
        """Ends a context: what was flushed is said to the end, what was not is given up."""
        if talk.flushed:
            await talk.end(whole=False)
            return
        del self.talks[name]
        self._tasks[talk].cancel()
        await self.finished(name)

    async def _close_if_done(self) -> None:
        if self._closing and not self.talks:
            await self.socket.close()
            raise _Over


def _timed_out(seconds: float) -> Problem:
    return Problem(
        status=408,
        code="input_timeout_exceeded",
        message=(
            f"Have not received a new text input within the timeout of {seconds:g} seconds. "
            'Please send {"text": ""} when there is no more.'
        ),
    )
