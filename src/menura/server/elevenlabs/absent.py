"""Routes of tasks that do not exist yet: each says so, and why, in the words of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from menura.server.problems import not_yet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

router = APIRouter()

_ANY = ("GET", "POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Absent:
    """Routes whose task does not exist.

    Attributes:
        path: as a route has it.
        methods: of HTTP.
        what: is not part of menura yet.
    """

    path: str
    methods: tuple[str, ...]
    what: str


ABSENT = (
    Absent("/v1/speech-to-speech/{voice_id}", ("POST",), "speech in another voice"),
    Absent("/v1/speech-to-speech/{voice_id}/stream", ("POST",), "speech in another voice"),
    Absent("/v1/voice-changer/{voice_id}", ("POST",), "speech in another voice"),
    Absent("/v1/voice-changer/{voice_id}/stream", ("POST",), "speech in another voice"),
    Absent("/v1/speech-to-text/{rest:path}", _ANY, "keeping transcripts"),
    Absent("/v1/audio-isolation", ("POST",), "parting voices from noise"),
    Absent("/v1/audio-isolation/{rest:path}", _ANY, "parting voices from noise"),
    Absent("/v1/dubbing", ("GET", "POST"), "dubbing"),
    Absent("/v1/dubbing/{rest:path}", _ANY, "dubbing"),
    Absent("/v1/studio/podcasts", ("POST",), "podcasts from a document"),
    Absent("/v1/studio/{rest:path}", _ANY, "projects of several chapters"),
    Absent("/v1/music/upload", ("POST",), "working on recorded music"),
    Absent("/v1/music/video-to-music", ("POST",), "music for a film that is sent"),
    Absent("/v1/music/finetunes", ("GET", "POST"), "a model of one's own for music"),
    Absent("/v1/music/finetunes/{finetune_id}", _ANY, "a model of one's own for music"),
    Absent("/v1/similar-voices", ("POST",), "finding voices like a recording"),
    Absent("/v1/voices/add/{public_user_id}/{voice_id}", ("POST",), "a library of shared voices"),
    Absent("/v1/voices/accents", ("GET",), "a list of accents"),
    Absent("/v1/voices/collections", ("GET", "POST"), "collections of voices"),
    Absent("/v1/voices/collections/{rest:path}", _ANY, "collections of voices"),
    Absent("/v1/voices/pvc", ("POST",), "copying a person's voice, with consent,"),
    Absent("/v1/voices/pvc/{rest:path}", _ANY, "copying a person's voice, with consent,"),
    Absent(
        "/v1/voices/{voice_id}/replicate-to-isolated-environment",
        ("POST",),
        "moving voices between installs",
    ),
    Absent("/v1/workspace/{rest:path}", _ANY, "a workspace of several people"),
    Absent("/v1/convai/{rest:path}", _ANY, "agents that converse"),
    Absent("/v1/audio-native", ("POST",), "a player for other people's pages"),
    Absent("/v1/audio-native/{rest:path}", _ANY, "a player for other people's pages"),
)


def _answer(what: str) -> Callable[[Request], Awaitable[None]]:
    async def answer(request: Request) -> None:
        async for _ in request.stream():  # who sends is told when all is sent
            continue
        raise not_yet(what)

    return answer


for each in ABSENT:
    router.add_api_route(
        each.path,
        _answer(each.what),
        methods=list(each.methods),
        include_in_schema=False,
        status_code=501,
    )
