"""The WebSockets of text to speech, by ElevenLabs' own client and by hand."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from elevenlabs import ElevenLabs, VoiceSettings
from elevenlabs.core.api_error import ApiError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

    from conftest import Running

pytestmark = pytest.mark.filterwarnings(  # their client reads what a library calls old
    "ignore:ConnectionClosed.code is deprecated:DeprecationWarning"
)
TEXT = (
    "Hello there, this is a text that comes word by word from a model. "
    "It has several sentences, some of them long, and some short. Bye now!"
)


@pytest.fixture
def client(server: Running) -> Iterator[ElevenLabs]:
    with httpx.Client(timeout=60) as http:
        client = ElevenLabs(base_url=server.url, api_key="not-needed", httpx_client=http)
        # Their client speaks TLS on sockets whatever its base URL says.
        client.text_to_speech._ws_base_url = server.ws_url
        yield client


def _open(server: Running, path: str = "stream-input", **query: Any) -> ClientConnection:
    query = {"output_format": "pcm_16000"} | query
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return connect(f"{server.ws_url}/v1/text-to-speech/nora/{path}?{asked}")


def _heard(socket: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Returns the messages until the socket closes, and the code it closes with."""
    messages = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(socket.recv(timeout=60)))
    return messages, socket.protocol.close_code or 0


def _say(socket: ClientConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        socket.send(json.dumps(message))


def _seconds(messages: list[dict[str, Any]]) -> float:
    return sum(len(base64.b64decode(m.get("audio") or "")) for m in messages) / 32000


def test_their_client(client: ElevenLabs) -> None:
    def words() -> Iterator[str]:
        for word in TEXT.split(" "):
            yield f"{word} "

    chunks = list(
        client.text_to_speech.convert_realtime(
            "21m00Tcm4TlvDq8ikWAM",
            text=words(),
            model_id="eleven_flash_v2_5",
            output_format="pcm_16000",
            voice_settings=VoiceSettings(stability=0.5, similarity_boost=0.75),
        )
    )
    assert len(chunks) > 10
    assert 6 < sum(map(len, chunks)) / 32000 < 14


def test_their_client_is_told_what_is_wrong(client: ElevenLabs) -> None:
    with pytest.raises(ApiError) as caught:
        list(client.text_to_speech.convert_realtime("nobody", text=iter(["Hello. "])))
    assert caught.value.status_code == 1008


@pytest.mark.parametrize("name", ["mp3_44100_128", "ulaw_8000", "opus_48000_32"])
def test_formats(client: ElevenLabs, name: Any) -> None:
    text = iter(["One sentence that is long enough to be spoken at once. ", "And another one. "])
    data = b"".join(client.text_to_speech.convert_realtime("nora", text=text, output_format=name))
    assert len(data) > 8000
    if name.startswith("opus"):
        assert data.count(b"OpusHead") == 1  # one file, not one for each sentence


def test_times_add_up_and_the_characters_are_the_text(server: Running) -> None:
    text = "Hello there, my friend. How are you — today? I am "
    with _open(server, auto_mode="true") as socket:
        _say(socket, {"text": " "})
        _say(socket, {"text": text[:24]}, {"text": text[24:45]}, {"text": text[45:]}, {"text": ""})
        messages, code = _heard(socket)
    assert code == 1000
    assert messages[-1]["isFinal"] is True
    assert messages[-1]["audio"] is None
    aligned = [m["alignment"] for m in messages if m.get("alignment")]
    assert "".join(char for each in aligned for char in each["chars"]) == text
    total_ms = 0
    for each in aligned:
        starts, lasts = each["charStartTimesMs"], each["charDurationsMs"]
        assert len(starts) == len(lasts) == len(each["chars"])
        assert starts == sorted(starts)
        assert starts[0] >= 0
        assert min(lasts) >= 0
        total_ms += starts[-1] + lasts[-1]
    assert total_ms / 1000 == pytest.approx(_seconds(messages), abs=0.002 * len(aligned))
    normal = [m["normalizedAlignment"] for m in messages if m.get("normalizedAlignment")]
    assert "How are you" in "".join(char for each in normal for char in each["chars"])


@pytest.mark.parametrize("query", [{}, {"enable_ssml_parsing": "true"}])
def test_a_break_is_a_pause_and_not_words(server: Running, query: dict[str, str]) -> None:
    text = 'Good morning. <break time="1.5s" /> Good night.'
    with _open(server, **query) as socket:
        _say(socket, {"text": " "}, {"text": text[:25]}, {"text": text[25:]}, {"text": ""})
        messages, _ = _heard(socket)
    normal = [m["normalizedAlignment"] for m in messages if m.get("normalizedAlignment")]
    said = "".join(char for each in normal for char in each["chars"])
    assert said.split() == ["Good", "morning.", "Good", "night."]
    data = b"".join(base64.b64decode(m.get("audio") or "") for m in messages)
    loud = np.flatnonzero(np.abs(np.frombuffer(data, "<i2").astype(float)) > 200)
    assert np.diff(loud).max() / 16_000 > 1.4


def test_between_sentences_there_is_a_pause(server: Running) -> None:
    with _open(server, auto_mode="true") as socket:
        _say(socket, {"text": " "}, {"text": "Good morning. "}, {"text": "Good night. "})
        _say(socket, {"text": ""})
        messages, _ = _heard(socket)
    data = b"".join(base64.b64decode(m.get("audio") or "") for m in messages)
    loud = np.abs(np.frombuffer(data, "<i2").astype(float)) > 200
    edges = np.flatnonzero(np.diff(np.flatnonzero(loud)) > 0.25 * 16000)
    assert len(edges) == 1


def test_flush_speaks_and_the_socket_stays_open(server: Running) -> None:
    with _open(server) as socket:
        _say(socket, {"text": " ", "generation_config": {"chunk_length_schedule": [500]}})
        _say(socket, {"text": "Hello there. "}, {"text": "More. ", "flush": True})
        first = json.loads(socket.recv(timeout=60))
        assert first["audio"]
        _say(socket, {"text": "Again. "}, {"text": ""})
        messages, code = _heard(socket)
    assert code == 1000
    assert 1.5 < _seconds([first, *messages]) < 4


def test_nothing_is_said_of_nothing(server: Running) -> None:
    with _open(server) as socket:
        _say(socket, {"text": " "}, {"text": " "}, {"text": "... "}, {"text": "", "x": 1})
        messages, code = _heard(socket)
    assert (len(messages), code) == (1, 1000)
    assert messages[0]["isFinal"] is True


def test_messages_may_be_bytes(server: Running) -> None:
    with _open(server) as socket:
        for message in ({"text": " "}, {"text": "Hello there. "}, {"text": ""}):
            socket.send(json.dumps(message).encode())
        messages, code = _heard(socket)
    assert code == 1000
    assert _seconds(messages) > 0.4


@pytest.mark.parametrize("code", ["deu", "AUTO"])
def test_a_language_goes_by_the_codes_that_http_takes(server: Running, code: str) -> None:
    with _open(server, language_code=code) as socket:
        _say(socket, {"text": " "}, {"text": "Guten Tag. "}, {"text": ""})
        messages, closed = _heard(socket)
    assert closed == 1000
    assert _seconds(messages) > 0.4


def test_smiles_do_not_end_the_conversation(server: Running) -> None:
    with _open(server, auto_mode="true") as socket:
        _say(socket, {"text": " "}, {"text": "☆☆ "}, {"text": "Hello. "}, {"text": ""})
        messages, code = _heard(socket)
    assert code == 1000
    assert _seconds(messages) > 0.4


@pytest.mark.parametrize(
    ("query", "message", "error"),
    [
        ({}, "[]", "invalid_message"),
        ({}, "{", "invalid_message"),
        ({}, "[" * 100_000, "invalid_message"),
        ({}, b"", "invalid_message"),
        ({}, b"\xff\xfb\x90\x00", "invalid_message"),
        ({}, '{"text": "é"}'.encode("latin-1"), "invalid_message"),
        ({}, '{"text": 5}', "invalid_message"),
        ({}, '{"text": "\\ud800"}', "invalid_message"),
        ({}, json.dumps({"text": "x" * 40_001}), "invalid_message"),
        ({}, '{"text": " ", "voice_settings": {"stability": 9}}', "invalid_message"),
        ({}, '{"text": " ", "generation_config": {"chunk_length_schedule": [1]}}', None),
        ({}, '{"text": " ", "generation_config": {"chunk_length_schedule": []}}', None),
        ({"output_format": "exe"}, '{"text": " "}', "invalid_output_format"),
        ({"inactivity_timeout": "500"}, '{"text": " "}', "invalid_message"),
        ({"inactivity_timeout": "1"}, '{"text": " "}', "input_timeout_exceeded"),
        ({"seed": "x"}, '{"text": " "}', "invalid_message"),
        ({"language_code": "none"}, '{"text": "Hello. ", "flush": true}', "invalid_input"),
    ],
)
@pytest.mark.parametrize("path", ["stream-input", "multi-stream-input"])
def test_what_is_wrong_is_told_and_the_socket_closes(
    server: Running, path: str, query: dict[str, str], message: str | bytes, error: str | None
) -> None:
    with _open(server, path, **query) as socket:
        with contextlib.suppress(ConnectionClosed):  # it may know by the query alone
            socket.send(message)
        messages, code = _heard(socket)
    assert code == 1008
    assert messages[-1]["code"] == 1008
    assert messages[-1]["message"]
    assert messages[-1]["error"] == (error or "invalid_message")
    assert not server.house.workshop.working


def test_who_leaves_ends_the_work(server: Running) -> None:
    with _open(server) as socket:
        text = "The lyrebird sings in the forest. " * 300
        _say(socket, {"text": " "}, {"text": text, "flush": True})
        assert json.loads(socket.recv(timeout=60))["audio"]
        assert server.house.workshop.working == 1
    for _ in range(400):
        if not server.house.workshop.working:
            return
        with _open(server) as other:  # takes a moment, and shows that others are served
            _say(other, {"text": " "})
    raise AssertionError("the work went on after its listener had left")


def test_contexts_go_on_without_each_other(server: Running) -> None:
    with _open(server, "multi-stream-input") as socket:
        _say(
            socket,
            {"text": " ", "context_id": "a"},
            {"text": "Good morning, ", "context_id": "a"},
            {"text": "Good night. ", "context_id": "b", "flush": True},
            {"text": "my dear. ", "context_id": "a"},
            {"context_id": "a", "flush": True},
            {"text": "", "context_id": "b"},
            {"text": "Never said. ", "context_id": "c"},
            {"context_id": "c", "close_context": True},
            {"context_id": "unknown", "close_context": True},
            {"close_socket": True},
        )
        messages, code = _heard(socket)
    assert code == 1000
    by_context: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        by_context.setdefault(message["contextId"], []).append(message)
    assert set(by_context) == {"a", "b", "c"}
    for name, text in (("a", "Good morning, my dear. "), ("b", "Good night. "), ("c", "")):
        rows = by_context[name]
        assert rows[-1]["isFinal"] is True
        assert [row["isFinal"] for row in rows[:-1]] == [False] * (len(rows) - 1)
        chars = [c for row in rows if row.get("alignment") for c in row["alignment"]["chars"]]
        assert "".join(chars) == text


def test_a_context_that_is_closed_falls_silent(server: Running) -> None:
    with _open(server, "multi-stream-input", auto_mode="true") as socket:
        _say(socket, {"text": "The lyrebird sings in the forest. " * 300, "context_id": "a"})
        assert json.loads(socket.recv(timeout=60))["contextId"] == "a"
        _say(socket, {"context_id": "a", "close_context": True})
        while not json.loads(socket.recv(timeout=60))["isFinal"]:
            pass
        _say(socket, {"text": "Yes? ", "context_id": "a", "flush": True}, {"close_socket": True})
        messages, code = _heard(socket)
    assert code == 1000
    assert 0.3 < _seconds(messages) < 2


def test_contexts_are_bounded(server: Running) -> None:
    with _open(server, "multi-stream-input") as socket:
        for i in range(6):
            _say(socket, {"text": "Hello ", "context_id": str(i)})
        messages, code = _heard(socket)
    assert (messages[-1]["error"], code) == ("too_many_contexts", 1008)
