"""Requests that are too large, too slow, too deep, or lie: a clear answer, and life goes on."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from menura.server import limits
from menura.server.limits import check_json, parse_json
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPEECH = "/v1/audio/speech"
ASKED = {"model": "tts-1", "voice": "alloy", "input": "Hello."}
JSON_HEAD = f"POST {SPEECH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PATIENCE_S = 60.0
get = functools.partial(httpx.get, timeout=PATIENCE_S)
post = functools.partial(httpx.post, timeout=PATIENCE_S)
stream = functools.partial(httpx.stream, timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def strict(start: Callable[..., Any]) -> Any:
    """A server without patience."""
    running = start(server_timeout_s=1.0, server_body_mb=1)
    running.keep_lines(1)
    return running


@pytest.fixture
def line(strict: Any) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", strict.port), PATIENCE_S) as opened:
        yield opened


def answer_of(line: socket.socket) -> bytes:
    """Returns what comes until the other side ends the connection."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def is_well(server: Any) -> bool:
    answer = post(server.url + SPEECH, json=ASKED)
    return answer.is_success and len(answer.content) > 1000


# JSON that is a trap.


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 70 + "1" + "}" * 70,
        '{"a":[' * 40 + "1" + "]}" * 40,
        '{"input": NaN}',
        '{"input": Infinity}',
        '{"input": -Infinity}',
        '{"speed": 1e400}',
        '{"speed": -1.5E+999}',
        '{"seed": ' + "9" * 5_000 + "}",
        '{"voice": "a", "voice": "b"}',
        '{"a": {"voice": "a", "voice": "b"}}',
        r'{"input": "\ud800"}',
        r'{"input": "\uDC00 \ud800"}',
        r'{"\udfff": 1}',
        "[" + "{}," * 300_000 + "{}]",
        "\ufeff" + '{"a":1,"a":2}',
    ],
)
def test_traps_are_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        parse_json(text)
    assert refused.value.status == 400
    json.dumps(refused.value.message).encode("utf-8")


@pytest.mark.parametrize(
    "data", [b'{"a": "\xff"}', b"\xed\xa0\x80", '{"a":1}'.encode("utf-16"), '"a"'.encode("utf-32")]
)
def test_what_is_not_utf8_is_refused(data: bytes) -> None:
    with pytest.raises(Problem):
        check_json(data)


@pytest.mark.parametrize(
    "value",
    [
        {"input": "NaN and Infinity, 1e999, " + "[" * 5_000},
        {"input": r"\ud800 in words; a quote \" and a backslash \\"},
        {"input": "\U0001f600 \u202e e\u0301"},
        {"input": '"' * 50_000 + "\\" * 50_001},
        {"a": [[[1, 2.5e3, -1e-400, None, True]]], "b": {"a": 1}},
        [[]] * 1000,
        "x" * 2_000_000,
    ],
)
def test_honest_json_passes(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert parse_json(text) == json.loads(text)


def test_depth_is_counted_exactly() -> None:
    deepest = limits.MAX_JSON_DEPTH
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        check_json((opened * deepest + "1" + closed * deepest).encode())
        with pytest.raises(Problem):
            check_json((opened * (deepest + 1) + "1" + closed * (deepest + 1)).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{", b'"', b'"\\', b"\\" * 100_000, b'"' + b'\\"' * 200_000, b"]" * 50_000]
)
def test_what_is_no_json_takes_no_time(data: bytes) -> None:
    with contextlib.suppress(Problem):
        check_json(data)
    with pytest.raises(Problem):
        parse_json(data)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"model":"tts-1","voice":"alloy","input":"Hi.","speed":NaN}',
        b'{"model":"tts-1","voice":"alloy","input":"Hi.","speed":1e400}',
        b'{"model":"tts-1","voice":"alloy","voice":"echo","input":"Hi."}',
        rb'{"model":"tts-1","voice":"alloy","input":"\ud800"}',
        rb'{"model":"tts-1","voice":"\udcff","input":"Hi."}',
        b'{"model":"tts-1","voice":"alloy","input":"\xff"}',
        b'{"model":"tts-1","voice":true,"input":"Hi."}',
        b'{"model":"tts-1","voice":"alloy","input":"Hi."',
        b"",
        b"null",
        b"\x00",
        b"\x1f\x8b\x08\x00" + b"\x00" * 100,
    ],
)
@pytest.mark.parametrize("path", [SPEECH, "/v1/text-to-speech/nora", "/api/takes"])
def test_bad_bodies_get_an_error_in_json(server: Any, path: str, body: bytes) -> None:
    answer = post(server.url + path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 404, 422}
    assert answer.json()


@pytest.mark.parametrize("body", [b'{"model":"tts-1",', b'{"model": tts-1}', b"[1,"])
def test_no_field_is_named_where_a_body_is_no_json(server: Any, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    for path in (SPEECH, "/api/takes"):
        answer = post(server.url + path, content=body, headers=headers)
        assert answer.status_code in {400, 422}
        assert answer.json()["error"]["param"] is None
        assert "JSON" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "kind",
    ["application/a!b+json", b"application/\xe9+json", "application/+json", "APPLICATION/JSON"],
)
def test_json_by_any_name_is_looked_at(server: Any, kind: str | bytes) -> None:
    body = b'{"task":{"kind":"speech","text":"Hi.","text":"Ho."}}'
    answer = post(f"{server.url}/api/takes", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert "same key twice" in answer.text


# Heads.


def test_heads_that_are_too_large(server: Any) -> None:
    assert get(f"{server.url}/v1/voices?{'a' * 9_000}").status_code == 414
    many = {f"x-{i}": "y" for i in range(150)}
    assert get(f"{server.url}/v1/voices", headers=many).status_code == 431
    long = {"x-long": "y" * 35_000}
    assert get(f"{server.url}/v1/voices", headers=long).status_code in {400, 431}
    with contextlib.suppress(httpx.TransportError):
        answer = get(server.url, headers={"idempotency-key": "k" * 10**6})
        assert answer.status_code in {400, 431}
    assert is_well(server)


def test_a_compressed_body_is_not_unpacked(server: Any) -> None:
    answer = post(
        server.url + SPEECH,
        content=b"\x1f\x8b",
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    )
    assert answer.status_code == 415
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("ranges", "status"),
    [
        ("bytes=0-3", 206),
        ("bytes=-5", 206),
        ("bytes=0-0, 2-3", 206),
        ("bytes=" + ",".join(f"{i}-{i}" for i in range(1000)), 200),
        ("bytes=9-1", 200),
        ("bytes=a-b", 200),
        ("bytes=", 200),
        ("bytes=--1", 200),
        (f"bytes={'9' * 30}-", 200),
        ("lines=1-2", 200),
        ("x", 200),
        ("bytes=99999999-", 416),
    ],
)
def test_ranges_are_answered_or_ignored(server: Any, ranges: str, status: int) -> None:
    answer = get(server.url + "/web/style.css", headers={"range": ranges})
    assert answer.status_code == status
    assert len(answer.content) < 1_000_000


# Multipart.


def _parts(count: int, name: str = "a", value: str = "x") -> bytes:
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    return (part * count + "--b--\r\n").encode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=b", _parts(10_000)),
        ("multipart/form-data; boundary=b", _parts(1, name="n" * 10**6)),
        ("multipart/form-data; boundary=b", _parts(1, value="v" * 2_000_000)),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X" * 10**6 + b": y\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx"),
        ("multipart/form-data; boundary=b", b"--b\r\n--b\r\n--b--"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data", _parts(1)),
        ("multipart/form-data; boundary=", _parts(1)),
        ("multipart/form-data; boundary=" + "b" * 5_000, _parts(1)),
        ("multipart/form-data; boundary=\xff", _parts(1)),
        ("application/x-www-form-urlencoded", b"&" * 10**6),
        ("", b"x"),
    ],
)
@pytest.mark.parametrize("path", ["/api/verify", "/v1/audio/transcriptions"])
def test_bad_forms(server: Any, path: str, kind: str, body: bytes) -> None:
    answer = post(server.url + path, content=body, headers={"content-type": kind.encode("latin-1")})
    assert answer.status_code in {400, 413, 415, 422}
    assert answer.json()


# Liars and sluggards.


def test_a_declared_length_over_the_limit_is_not_even_read(line: socket.socket) -> None:
    line.sendall(f"{JSON_HEAD}Content-Length: 999999999999\r\n\r\n".encode())
    assert b" 413 " in answer_of(line).splitlines()[0]


def test_chunks_without_end(strict: Any, line: socket.socket) -> None:
    line.sendall(f"{JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with contextlib.suppress(ConnectionError):
        for _ in range(10_000):  # 655 MB: it is cut long before
            line.sendall(chunk)
        pytest.fail("it was all read")
    assert is_well(strict)


def test_chunks_without_end_are_told_why(line: socket.socket) -> None:
    line.sendall(f"{JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    for _ in range(17):
        line.sendall(chunk)
    assert b" 413 " in line.recv(1000).splitlines()[0]


def test_a_file_over_the_limit(strict: Any) -> None:
    with contextlib.suppress(httpx.WriteError):
        answer = post(strict.url + "/api/verify", files={"file": b"\0" * 1_100_000})
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "request_too_large"


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_a_length_that_is_too_long_is_waited_for_in_vain(
    strict: Any, line: socket.socket, kind: str
) -> None:
    head = f"POST /api/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    line.sendall(f"{head}Content-Length: 1000\r\n\r\n--b\r\n".encode())
    assert b" 408 " in answer_of(line).splitlines()[0]
    assert is_well(strict)


def test_a_length_that_is_too_short(strict: Any, line: socket.socket) -> None:
    line.sendall(f"{JSON_HEAD}Content-Length: 4\r\n\r\n{json.dumps(ASKED)}".encode())
    assert b" 400 " in answer_of(line).splitlines()[0]
    assert is_well(strict)


def test_one_byte_at_a_time(strict: Any, line: socket.socket) -> None:
    line.sendall(f"{JSON_HEAD}Content-Length: 1000\r\n\r\n".encode())
    line.settimeout(0.2)
    got = b""
    deadline = time.monotonic() + PATIENCE_S
    while not got and time.monotonic() < deadline:
        with contextlib.suppress(ConnectionError):
            line.sendall(b" ")
        with contextlib.suppress(TimeoutError):
            got = line.recv(1000)
    assert b" 408 " in got.splitlines()[0]


@pytest.mark.parametrize("sent", [b"", b"POST / HTT", JSON_HEAD.encode(), b"\r\n\r\n\r\n"])
def test_a_head_that_never_ends_is_cut(line: socket.socket, sent: bytes) -> None:
    line.sendall(sent)
    answer_of(line)  # or the test would wait until its own time is up


def test_a_second_head_that_never_ends_is_cut(line: socket.socket) -> None:
    line.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b" 200 " in line.recv(1000)
    line.sendall(b"GET /li")
    answer_of(line)


def test_a_target_without_end_is_not_kept(strict: Any, line: socket.socket) -> None:
    with contextlib.suppress(ConnectionError):
        for _ in range(1_000):
            line.sendall(b"GET /" + b"a" * 10**6)
        pytest.fail("it was all read")
    assert is_well(strict)


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"SSH-2.0-x\r\n\r\n", b"GET\r\n\r\n", b"\0" * 50_000]
)
def test_what_is_no_http_is_refused(strict: Any, line: socket.socket, sent: bytes) -> None:
    line.sendall(sent)
    got = answer_of(line)
    assert not got or b" 400 " in got.splitlines()[0]
    assert get(strict.url + "/livez").is_success


def test_who_does_not_read_is_left(strict: Any) -> None:
    long = ASKED | {"input": "No end. " * 500, "response_format": "pcm"}
    body = json.dumps(long)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.connect(("127.0.0.1", strict.port))
        line.sendall(f"{JSON_HEAD}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        _until(lambda: strict.house.workshop.working == 1)
        _until(lambda: strict.house.workshop.working == 0)
        got = answer_of(line)
    assert not got.endswith(b"0\r\n\r\n"), "it was sent whole: this tested nothing"
    assert is_well(strict)


def test_who_leaves_is_left(strict: Any) -> None:
    long = ASKED | {"input": "No end. " * 500, "response_format": "pcm"}
    with stream("POST", strict.url + SPEECH, json=long) as answer:
        next(answer.iter_raw())
        assert strict.house.workshop.working == 1
    _until(lambda: strict.house.workshop.working == 0)
    assert is_well(strict)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
