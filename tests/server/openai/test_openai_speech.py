"""POST /v1/audio/speech, by OpenAI's own client and by hand."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import openai
import pytest

from menura.audio import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Running

LONG = "The lyrebird repeats whatever it hears in the forest. " * 40


@pytest.fixture
def client(server: Running) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="not-needed", max_retries=0) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "mime", "magic"),
    [
        ("mp3", "audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3")),
        ("opus", "audio/ogg", (b"OggS",)),
        ("aac", "audio/aac", (b"\xff\xf1",)),
        ("flac", "audio/flac", (b"fLaC",)),
        ("wav", "audio/wav", (b"RIFF",)),
    ],
)
def test_every_format(
    client: openai.OpenAI, tmp_path: Path, name: Any, mime: str, magic: tuple[bytes, ...]
) -> None:
    answer = client.audio.speech.create(
        model="tts-1", input="Hello there.", voice="alloy", response_format=name
    )
    assert answer.response.headers["content-type"].startswith(mime)
    assert answer.content.startswith(magic)
    path = tmp_path / f"a.{name}"
    answer.write_to_file(path)
    audio = files.read(path)
    assert audio.channels == 1
    assert 0.4 < audio.duration_s < 3
    assert np.abs(audio.samples).max() > 0.05


def test_pcm_is_24_khz_mono(client: openai.OpenAI) -> None:
    def pcm(speed: float) -> bytes:
        return client.audio.speech.create(
            model="tts-1", input="Hello there.", voice="nora", response_format="pcm", speed=speed
        ).content

    seconds = len(pcm(1.0)) / 2 / 24_000
    assert 0.5 < seconds < 2
    assert len(pcm(2.0)) / 2 / 24_000 < 0.7 * seconds


def test_the_same_words_sound_the_same(client: openai.OpenAI) -> None:
    def said(**more: Any) -> bytes:
        return client.audio.speech.create(
            model="gpt-4o-mini-tts", input="Same again.", response_format="pcm", **more
        ).content

    plain = said(voice="alloy")
    assert plain == said(voice="alloy")
    assert said(voice="nova") == said(voice="juno")  # ours, which nova stands for
    assert said(voice="juno") == said(voice={"id": "juno"})
    assert plain != said(voice="wren")  # which speaks British English by itself
    assert plain != said(voice="onyx")
    assert plain != said(voice="alloy", instructions="Sound sad.")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"speed": 4.0}, "a speed of 4"),
        ({"speed": 0.25}, "a speed of 0.25"),
        ({"instructions": "sing it"}, "instructions: tts-1 has none"),
        ({"model": "gpt-4o-mini-tts", "instructions": "in Klingon"}, "the instruction: in Klingon"),
        ({"model": "gpt-4o-mini-tts", "instructions": "in French"}, None),
        ({"model": "formant", "voice": "nova"}, "the voice nova: formant has its own"),
        ({"model": "tts-1-1106", "voice": "nora"}, None),
    ],
)
def test_what_is_not_done_is_named(
    client: openai.OpenAI, fields: dict[str, Any], named: str | None
) -> None:
    asked = {"model": "tts-1", "input": "Hello.", "voice": "nora", "response_format": "pcm"}
    headers = client.audio.speech.create(**asked | fields).response.headers
    assert len(headers["x-menura-take"]) == 12
    if named is None:
        assert "x-menura-ignored" not in headers
    else:
        assert named in headers["x-menura-ignored"]


def test_the_first_bytes_come_while_the_rest_is_made(
    client: openai.OpenAI, server: Running
) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", input=LONG, voice="alloy", response_format="pcm"
    ) as answer:
        chunks = answer.iter_bytes(4096)
        assert len(next(chunks)) > 0
        # The worker may be so far ahead of us, and a text of minutes is not made in no time.
        assert server.house.workshop.working == 1
    _until_idle(server)


def _until_idle(server: Running) -> None:
    """Waits until what was given up has ended."""
    for _ in range(400):
        if not server.house.workshop.working:
            return
        httpx.get(f"{server.url}/livez")
    raise AssertionError("the work went on after its reader had left")


def test_events(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {
        "model": "gpt-4o-mini-tts",
        "input": "Hello there.",
        "voice": "alloy",
        "response_format": "pcm",
    }
    with client.audio.speech.with_streaming_response.create(**asked, stream_format="sse") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    audio = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert audio == client.audio.speech.create(**asked).content
    usage = events[-1]["usage"]
    assert events[-1]["type"] == "speech.audio.done"
    assert usage["input_tokens"] == len(asked["input"])
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


GOOD = {"model": "tts-1", "input": "Hi", "voice": "alloy"}


@pytest.mark.parametrize(
    ("fields", "status", "code", "param"),
    [
        ({"input": ""}, 400, "invalid_input", "input"),
        ({"input": "  \n"}, 400, "invalid_input", None),
        ({"input": "x" * 4097}, 400, "invalid_input", "input"),
        ({"input": 5}, 400, "invalid_input", "input"),
        ({"input": None}, 400, "invalid_input", "input"),
        ({"model": "gpt-9"}, 404, "model_not_found", "model"),
        ({"model": "arranger"}, 404, "model_not_found", "model"),
        ({"model": "../x"}, 404, "model_not_found", "model"),
        ({"voice": "nobody"}, 400, "invalid_value", "voice"),
        ({"voice": "../../etc/passwd"}, 400, "invalid_value", "voice"),
        ({"voice": {"id": "v-000"}}, 400, "invalid_value", "voice"),
        ({"voice": {}}, 400, "invalid_input", None),
        ({"response_format": "wav;rm"}, 400, "invalid_input", "response_format"),
        ({"speed": True}, 400, "invalid_input", "speed"),
        ({"speed": 0.2}, 400, "invalid_input", "speed"),
        ({"speed": 4.01}, 400, "invalid_input", "speed"),
        ({"speed": "1"}, 400, "invalid_input", "speed"),
        ({"instructions": "x" * 4097}, 400, "invalid_input", "instructions"),
        ({"stream_format": "sse"}, 400, "unsupported_value", "stream_format"),
        ({"model": "tts-1-hd", "stream_format": "sse"}, 400, "unsupported_value", "stream_format"),
        ({"stream_format": "x"}, 400, "invalid_input", "stream_format"),
    ],
)
def test_bad_requests(
    server: Running, fields: dict[str, Any], status: int, code: str, param: str | None
) -> None:
    answer = httpx.post(f"{server.url}/v1/audio/speech", json=GOOD | fields)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code), error
    if param is not None:
        assert error["param"] == param
    assert error["type"] in {"invalid_request_error", "not_found_error"}


@pytest.mark.parametrize(
    "raw",
    [b'{"speed": NaN}', b'{"speed": 1e400}', b'{"input": "\\ud800"}', b"[]", b"{", b"[" * 10**5],
)
def test_bad_json(server: Running, raw: bytes) -> None:
    body = json.dumps(GOOD).encode()[:-1] + b", " + raw[1:] if raw.startswith(b'{"') else raw
    answer = httpx.post(
        f"{server.url}/v1/audio/speech", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_unknown_fields_break_nothing(server: Running) -> None:
    fields = {"lang_code": "a", "return_download_link": True, "volume_multiplier": 1.0}
    answer = httpx.post(f"{server.url}/v1/audio/speech", json=GOOD | fields, timeout=60)
    assert answer.status_code == 200


def test_the_clients_own_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        client.audio.speech.create(model="nothing", input="Hi", voice="alloy")
    with pytest.raises(openai.BadRequestError, match="no voice"):
        client.audio.speech.create(model="tts-1", input="Hi", voice="nobody")


async def _said(server: Running) -> bytes:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="x") as client:
        answer = await client.audio.speech.create(model="tts-1", input="Hi.", voice="alloy")
        return answer.content


def test_the_asynchronous_client(server: Running) -> None:
    import asyncio

    assert len(asyncio.run(_said(server))) > 1000
