"""What is said in a sound that was sent, in the forms that OpenAI's API gives it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from starlette.responses import JSONResponse, Response, StreamingResponse

from menura.errors import MenuraError
from menura.server.answers import written
from menura.server.delivery import header_text, while_there
from menura.server.problems import problem_of
from menura.server.received import saved
from menura.text.transcript import Segment, to_srt, to_vtt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from fastapi import UploadFile
    from starlette.datastructures import UploadFile as Sent
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from menura.server.house import Caller, House
    from menura.server.jobs import Job

UNDETERMINED = "und"
"""The code of ISO 639 for a language that nobody has told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller wants written down, and how.

    Attributes:
        model: of ours; None = the default.
        language: that is spoken; None = the model finds it.
        translate: whether to write it in English.
        response_format: as the API names it.
        words: whether words are wanted with their times.
        segments: whether segments are.
        stream: whether the text is wanted as it comes, as server-sent events.
        ignored: what was asked and is not done.
    """

    model: str | None
    language: str | None = None
    translate: bool = False
    response_format: str = "json"
    words: bool = False
    segments: bool = True
    stream: bool = False
    ignored: Sequence[str] = field(default_factory=list)


async def answer(
    request: Request, house: House, caller: Caller, file: Sent, wanted: Wanted
) -> Response:
    """Returns what is said in a file, as it is wanted.

    Raises:
        MenuraError: all that `Studio.transcribe` raises, and Busy.
        Gone: if the caller has left.
    """
    opened = contextlib.AsyncExitStack()
    try:
        path = await opened.enter_async_context(saved(cast("UploadFile", file)))
        ask = {
            "path": str(path),
            "language": wanted.language,
            "model": wanted.model,
            "translate": wanted.translate,
            "stream": wanted.stream,
        }
        job = house.workshop.begin("transcribe", ask, caller=caller.id, lane="long")
        await opened.enter_async_context(contextlib.aclosing(job))
        if wanted.stream:
            head, _ = await while_there(request, anext(job))
            ignored = [*_events_ignored(wanted), *head["ignored"]]
            return _Events(opened, _events(job), _headers(ignored))
        told = (await while_there(request, job.only()))["transcript"]
    except BaseException:
        await opened.aclose()
        raise
    await opened.aclose()
    return await asyncio.to_thread(_whole, told, wanted)


def _whole(told: Mapping[str, Any], wanted: Wanted) -> Response:
    """Returns a transcript in the format that is wanted."""
    ignored = [*wanted.ignored, *told["ignored"]]
    form = wanted.response_format
    if form == "verbose_json":
        if wanted.words and told["segments"] and not told["words"]:
            ignored.append(f"timestamp_granularities: {told['model']} has no times of words")
        if wanted.segments and told["segments"]:
            ignored.append("avg_logprob and no_speech_prob: not known, so 0")
        body = written(_verbose(told, wanted))
        return Response(body, media_type="application/json", headers=_headers(ignored))
    headers = _headers(ignored)
    if form == "json":
        return JSONResponse({"text": told["text"], "usage": _usage(told)}, headers=headers)
    segments = [Segment(**each) for each in told["segments"]]
    if form == "vtt":
        return Response(to_vtt(segments), media_type="text/vtt", headers=headers)
    text = to_srt(segments) if form == "srt" else f"{told['text']}\n"
    return Response(text, media_type="text/plain", headers=headers)


def _verbose(told: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {
        "task": "translate" if wanted.translate else "transcribe",
        "language": "en" if wanted.translate else told["language"] or UNDETERMINED,
        "duration": round(told["duration_s"], 3),
        "text": told["text"],
        "usage": _usage(told),
    }
    if wanted.words:
        found["words"] = [
            {"word": w["text"], "start": round(w["start_s"], 3), "end": round(w["end_s"], 3)}
            for w in told["words"]
        ]
    if wanted.segments:
        found["segments"] = [_segment(at, each) for at, each in enumerate(told["segments"])]
    return found


def _segment(at: int, segment: Mapping[str, Any]) -> dict[str, Any]:
    data = segment["text"].encode()
    return {
        "id": at,
        "seek": round(segment["start_s"] * 100),
        "start": round(segment["start_s"], 3),
        "end": round(segment["end_s"], 3),
        "text": segment["text"],
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": 0.0,
        "compression_ratio": round(len(data) / len(zlib.compress(data)), 3),
        "no_speech_prob": 0.0,
    }


def _usage(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "duration", "seconds": round(told["duration_s"], 3)}


class _Events(StreamingResponse):
    """Server-sent events of a job that ends, with its file, when they have been sent."""

    def __init__(
        self,
        opened: contextlib.AsyncExitStack,
        body: AsyncIterator[bytes],
        headers: Mapping[str, str],
    ) -> None:
        own = {"Cache-Control": "no-cache", **headers}
        super().__init__(body, media_type="text/event-stream", headers=own)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:  # also where nothing of the body was ever asked for
            await self._opened.aclose()


async def _events(job: Job) -> AsyncIterator[bytes]:
    """Yields a delta for each segment, and the whole."""
    blank = ""
    try:
        async for message, _ in job:
            if "transcript" in message:
                told = message["transcript"]
                done = {"type": "transcript.text.done", "text": told["text"]}
                yield _event(done | {"usage": _usage(told)})
            else:
                delta = blank + message["segment"]["text"]
                blank = " "
                yield _event({"type": "transcript.text.delta", "delta": delta})
    except MenuraError as error:
        problem = problem_of(error)
        yield _event({"type": "error", "code": problem.code, "message": problem.message})


def _events_ignored(wanted: Wanted) -> list[str]:
    plain = wanted.response_format in {"json", "text"}
    return [*wanted.ignored, *([] if plain else ["response_format: events carry text alone"])]


def _headers(ignored: Sequence[str]) -> dict[str, str]:
    return {"x-menura-ignored": header_text("; ".join(ignored))} if ignored else {}


def _event(facts: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(facts, separators=(',', ':'))}\n\n".encode()
