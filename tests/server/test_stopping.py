"""How `menura serve` ends: what it finishes, what it cuts, and what its log tells of that."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from served import (
    ASKED,
    LONG,
    PATIENCE_S,
    SPEECH,
    Process,
    get,
    lives,
    needs_proc,
    post,
    status,
    stream,
    until,
)
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from menura.server.callers import LOCAL
from menura.server.ledger import DATABASE, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from websockets.sync.client import ClientConnection

EVENTS = LONG | {"model": "gpt-4o-mini-tts", "stream_format": "sse"}
ENDLESS = {"task": {"kind": "effect", "prompt": "rain", "endless": True}, "format": "pcm"}
SOCKET = "/v1/text-to-speech/nora/stream-input?output_format=pcm_16000&inactivity_timeout=180"


@pytest.mark.slow
def test_what_is_under_way_is_finished(serve: Callable[..., Process]) -> None:
    server = serve(server_grace_s="600")
    with (
        httpx.Client(timeout=PATIENCE_S) as client,
        client.stream("POST", server.url + SPEECH, json=LONG) as answer,
    ):
        parts = answer.iter_raw()
        got = len(next(parts))
        server.tell(signal.SIGTERM)
        until(lambda: status(server, "/readyz") == 503, "it stays ready")
        refused = post(server.url + SPEECH, json=ASKED)
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        assert status(server, "/livez") == 200
        got += sum(map(len, parts))
    assert got > 24_000 * 2 * 60  # more than a minute of sound, and its end
    assert server.wait() == 0


@pytest.mark.slow
def test_the_grace_ends(serve: Callable[..., Process]) -> None:
    server = serve(server_grace_s="1")
    # Nobody reads on: it would never end by itself.
    with stream("POST", server.url + SPEECH, json=LONG) as answer:
        parts = answer.iter_raw()  # kept: where it goes, the connection is closed
        next(parts)
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
    [line] = server.told("warning")
    assert line["why"] == "the server was stopped"
    assert server.told("error") == []


@pytest.mark.slow
def test_what_never_ends_ends_at_once_and_the_rest_is_finished(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    server = serve(server_grace_s="3600")
    sentences = "This is one of many sentences. " * 40
    rendered = {"task": {"kind": "speech", "text": sentences}, "format": "flac"}
    with (
        concurrent.futures.ThreadPoolExecutor() as beside,
        stream("POST", server.url + "/api/stream", json=ENDLESS) as answer,
    ):
        parts = answer.iter_raw()
        data = next(parts)
        making = beside.submit(post, server.url + "/api/takes", json=rendered)
        until(lambda: "menura_jobs_working 2.0" in get(server.url + "/metrics").text, "no work")
        server.tell(signal.SIGTERM)
        data += b"".join(parts)  # it would break off here if it were cut
        take = making.result()
    assert server.wait() == 0
    assert take.status_code == 201
    rate, channels = (int(answer.headers[f"x-menura-{each}"]) for each in ("rate", "channels"))
    items = {item.route: item for item in Ledger(tmp_path / DATABASE).items(LOCAL.id)}
    assert set(items) == {"/api/stream", "/api/takes"}
    assert items["/api/stream"].take == answer.headers["x-menura-take"]
    assert items["/api/stream"].facts["duration_s"] == pytest.approx(
        len(data) / 2 / channels / rate
    )
    assert server.told("error") == server.told("warning") == []


@pytest.mark.slow
def test_events_under_way_are_finished(serve: Callable[..., Process]) -> None:
    server = serve(server_grace_s="3600")
    with stream("POST", server.url + SPEECH, json=EVENTS) as answer:
        lines = answer.iter_lines()
        next(lines)
        server.tell(signal.SIGTERM)
        events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert server.wait() == 0
    assert events[-1]["type"] == "speech.audio.done"
    assert server.told("error") == server.told("warning") == []


@pytest.mark.slow
def test_a_socket_says_what_it_was_given_and_an_idle_one_is_closed(
    serve: Callable[..., Process],
) -> None:
    server = serve(server_grace_s="3600")
    url = server.url.replace("http", "ws", 1) + SOCKET
    with connect(url) as idle, connect(url) as busy, connect(url) as short:
        idle.send(json.dumps({"text": " "}))
        short.send(json.dumps({"text": "Hello there. "}))  # too short to be said before more comes
        for _ in range(12):  # several pieces: each is work of its own
            busy.send(json.dumps({"text": "The lyrebird sings in the forest. "}))
        assert json.loads(busy.recv(PATIENCE_S))["audio"]
        server.tell(signal.SIGTERM)
        until(lambda: status(server, "/readyz") == 503, "it stays ready")
        busy.send(json.dumps({"text": "This is the end. "}))
        busy.send(json.dumps({"text": ""}))
        messages = _heard(busy)
        _heard(idle)
        said = "".join(c for m in _heard(short) if m["alignment"] for c in m["alignment"]["chars"])
    assert server.wait() == 0
    chars = [char for m in messages if m["alignment"] for char in m["alignment"]["chars"]]
    assert "".join(chars).endswith("This is the end. ")
    assert messages[-1]["isFinal"] is True
    assert busy.protocol.close_code == 1000
    assert said.strip() == "Hello there."
    assert idle.protocol.close_code == short.protocol.close_code == 1012
    assert server.told("error") == server.told("warning") == []


@pytest.mark.slow
@needs_proc
def test_what_breaks_off_is_one_line_and_no_bug(serve: Callable[..., Process]) -> None:
    server = serve()
    with (
        stream("POST", server.url + SPEECH, json=LONG) as answer,
        stream("POST", server.url + "/api/stream", json=ENDLESS) as endless,
        stream("POST", server.url + SPEECH, json=EVENTS) as events,
    ):
        all_parts = [each.iter_raw() for each in (answer, endless, events)]
        for parts in all_parts:
            next(parts)
        for pid in server.family():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for parts in all_parts[:2]:
            with pytest.raises(httpx.RemoteProtocolError):
                list(parts)
        assert b'"type":"error"' in b"".join(all_parts[2])
    broken = [line for line in server.told("warning") if "broke off" in line["event"]]
    assert {line["take"] for line in broken} == {
        each.headers["x-menura-take"] for each in (answer, endless)
    }
    assert len(broken) == 2
    assert all("worker process was lost" in line["why"] for line in broken)
    assert server.told("error") == []


@pytest.mark.slow
def test_who_leaves_is_no_bug(serve: Callable[..., Process]) -> None:
    server = serve()
    for path, body in ((SPEECH, LONG), (SPEECH, EVENTS), ("/api/stream", ENDLESS)):
        with stream("POST", server.url + path, json=body) as answer:
            next(answer.iter_raw())
    with connect(server.url.replace("http", "ws", 1) + SOCKET) as socket_:
        socket_.send(json.dumps({"text": LONG["input"], "flush": True}))
        socket_.recv(PATIENCE_S)
        socket_.socket.shutdown(socket.SHUT_RDWR)
    server.tell(signal.SIGTERM)
    assert server.wait() == 0
    assert server.told("error") == server.told("warning") == []


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(serve: Callable[..., Process], number: int) -> None:
    server = serve(server_grace_s="3600")
    with stream("POST", server.url + SPEECH, json=LONG) as answer:
        parts = answer.iter_raw()  # kept: where it goes, the connection is closed
        next(parts)
        family = server.family()
        assert family
        server.tell(number)
        until(lambda: status(server, "/readyz") == 503, "it stays ready")
        server.tell(number)
        assert server.wait() == 128 + number
    assert server.told("error") == []
    until(lambda: not any(map(lives, family)), "a worker stays behind")


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_behind(serve: Callable[..., Process], number: int) -> None:
    server = serve(server_grace_s="1")
    with stream("POST", server.url + SPEECH, json=LONG) as answer:
        next(answer.iter_raw())
        family = server.family()
        assert family
        server.tell(number)
        server.wait()
    until(lambda: not any(map(lives, family)), "a process stays behind")


@pytest.mark.slow
@needs_proc
def test_a_worker_that_dies_is_replaced(serve: Callable[..., Process]) -> None:
    server = serve()
    for pid in server.family():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(
        lambda: post(server.url + SPEECH, json=ASKED).is_success,
        "it does not recover",
    )
    assert "menura_worker_losses 1.0" in get(server.url + "/metrics").text


def _heard(socket_: ClientConnection) -> list[dict[str, Any]]:
    """Returns the messages until the socket closes."""
    messages = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(socket_.recv(PATIENCE_S)))
    return messages
