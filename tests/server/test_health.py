"""Probes, metrics and the log."""

from __future__ import annotations

import functools
import io
import json
import logging
import time
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from menura.server.logs import FACTS, Lines, write_to

SECRET = "Xylophones in Zanzibar"  # noqa: S105 - a text
PATIENCE_S = 30.0
get = functools.partial(httpx.get, timeout=PATIENCE_S)
post = functools.partial(httpx.post, timeout=PATIENCE_S)


@pytest.fixture
def log(kept_log: None) -> io.StringIO:
    """What the server writes to its log."""
    stream = io.StringIO()
    write_to("debug", stream)
    return stream


def lines(log: io.StringIO, count: int = 1) -> list[dict[str, Any]]:
    """Returns the lines about requests, once there are enough: they come after the answer."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = [json.loads(line) for line in log.getvalue().splitlines()]
        found = [line for line in found if line["event"] == "request"]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, "there is no such line"
        time.sleep(0.01)


def figures(server: Any) -> dict[tuple[str, ...], float]:
    text = get(server.url + "/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_probes(server: Any) -> None:
    for path, status in (("/livez", "alive"), ("/readyz", "ready")):
        answer = get(server.url + path)
        assert answer.json() == {"status": status}
        assert answer.headers["cache-control"] == "no-store"
        assert httpx.head(server.url + path).status_code == 200


def test_not_ready_without_workers_or_while_closing(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.house.workshop, "_open", False)
    assert get(server.url + "/readyz").status_code == 503
    monkeypatch.undo()
    server.house.closing = True
    try:
        assert get(server.url + "/readyz").status_code == 503
        assert get(server.url + "/livez").status_code == 200
        refused = get(server.url + "/v1/audio/voices")
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"]["code"] == "stopping"
    finally:
        server.house.closing = False
    assert get(server.url + "/readyz").status_code == 200


def test_metrics_count(server: Any) -> None:
    before = figures(server)
    said = {"model": "tts-1", "voice": "alloy", "input": "Count this."}
    assert post(server.url + "/v1/audio/speech", json=said).is_success
    assert get(server.url + "/some/path/nobody/knows").status_code == 404
    assert httpx.request("NOBODYS", server.url + "/livez").status_code == 405
    after = figures(server)

    def grew(*key: str) -> float:
        return after.get(key, 0.0) - before.get(key, 0.0)

    assert grew("menura_requests_total", "POST", "/v1/audio/speech", "200") == 1
    assert grew("menura_requests_total", "GET", "other", "404") == 1
    assert grew("menura_first_byte_seconds_count", "/v1/audio/speech") == 1
    assert 0.3 < grew("menura_audio_seconds_total", "speech") < 10.0
    assert after["menura_jobs_working",] == after["menura_jobs_waiting",] == 0
    assert after["menura_jobs_places",] > 0
    assert after["menura_worker_losses",] == 0
    assert after["process_resident_memory_bytes",] > 1e7
    assert not any("nobody" in part.lower() for key in after for part in key)


def test_each_answer_has_an_id_and_each_request_a_line(server: Any, log: io.StringIO) -> None:
    key = "Bearer not-so-secret-key"
    said = {"model": "tts-1", "voice": "alloy", "input": SECRET}
    answer = post(
        f"{server.url}/v1/audio/speech?hidden=value-of-query",
        json=said,
        headers={"authorization": key, "x-request-id": "forged\tid"},
    )
    [line] = lines(log)
    assert answer.headers["x-request-id"] == answer.headers["request-id"] == line["request"]
    assert line["request"] != "forged\tid"
    assert line["level"] == "info"
    assert line["method"] == "POST"
    assert line["route"] == "/v1/audio/speech"
    assert line["status"] == 200
    assert line["key"] == "local"
    assert line["take"] == answer.headers["x-menura-take"]
    assert line["bytes"] == len(answer.content)
    assert 0 < line["first_byte_ms"] <= line["ms"]
    told = log.getvalue()
    for hidden in (SECRET, "Xylo", "not-so-secret", "value-of-query", "hidden"):
        assert hidden not in told


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("POST", "/api/stream", "/api/stream"),
        ("POST", "/api/verify", "/api/verify"),
        ("GET", "/api/stream", "/api/stream"),
        ("GET", f"/api/takes/{SECRET}/stems/1", "/api/takes/{name}/stems/{number}"),
        ("GET", f"/v1/history/{SECRET}", "/v1/history/{history_item_id}"),
        ("POST", f"/v1/text-to-speech/{SECRET}", "/v1/text-to-speech/{voice_id}"),
    ],
)
def test_a_route_is_named_whole(
    server: Any, log: io.StringIO, method: str, path: str, route: str
) -> None:
    httpx.request(method, server.url + path, timeout=PATIENCE_S)
    [line] = lines(log)
    assert line["route"] == route
    assert any(route in key for key in figures(server))
    assert "Xylo" not in log.getvalue()


def test_paths_are_not_logged(server: Any, log: io.StringIO) -> None:
    get(f"{server.url}/v1/{SECRET}")
    get(f"{server.url}/v1/voices/{SECRET}")
    get(f"{server.url}/livez")
    found = lines(log, 3)
    assert [line["level"] for line in found] == ["info", "info", "debug"]
    assert SECRET not in log.getvalue()
    assert "Xylo" not in log.getvalue()


def test_a_bug_is_told_without_internals(
    server: Any, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> bytes:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(server.house.metrics, "page", broken)
    answer = get(server.url + "/metrics")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "x-request-id" in answer.headers
    assert "Zero" not in answer.text
    lines(log)
    [bug] = [json.loads(line) for line in log.getvalue().splitlines() if '"error"' in line][:1]
    assert bug["error"] == "ZeroDivisionError"
    assert any("broken" in place for place in bug["at"])
    assert SECRET not in log.getvalue()


def test_a_bug_in_mid_answer_is_one_line_and_the_connection_breaks(
    server: Any, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(server.house.ledger, "add_item", broken)
    with pytest.raises(httpx.RemoteProtocolError):
        post(
            server.url + "/v1/audio/speech",
            json={"model": "tts-1", "voice": "alloy", "input": "Hello."},
        )
    get(server.url + "/livez")
    lines(log, 2)  # uvicorn would have had its say before the second
    [bug] = [line for line in map(json.loads, log.getvalue().splitlines()) if "error" in line]
    assert bug["event"] == "an answer broke off"
    assert bug["error"] == "ZeroDivisionError"
    assert bug["route"] == "/v1/audio/speech"
    assert SECRET not in log.getvalue()


def test_a_socket_that_sends_what_is_no_text_is_no_bug(server: Any, log: io.StringIO) -> None:
    with connect(f"{server.ws_url}/v1/text-to-speech/nora/stream-input") as socket:
        socket.send(b"\xff", text=True)
        with pytest.raises(ConnectionClosed):
            socket.recv(PATIENCE_S)
    assert socket.protocol.close_code == 1007
    [line] = lines(log)
    assert line["route"] == "/v1/text-to-speech/{voice_id}/stream-input"
    assert '"level": "error"' not in log.getvalue()


def test_lines_stay_lines() -> None:
    record = logging.LogRecord("menura.server", 20, "x", 1, "a\r\nb \u2028 %s", ("c\n",), None)
    setattr(record, FACTS, {"n": 1, "odd": object})
    text = Lines().format(record)
    assert len(text.splitlines()) == 1
    assert json.loads(text)["event"] == "a\r\nb \u2028 c"


def test_a_second_signal_is_not_undone_by_the_first(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.house.workshop, "close", lambda: None)
    monkeypatch.setattr(server.house, "closing", False)
    monkeypatch.setattr(server.house, "stop_by", 5.0)  # the second came before the loop turned
    server.house.close(30.0)
    assert server.house.stop_by == 5.0
