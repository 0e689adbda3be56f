"""Which requests are served, and whose they are."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from menura.server.access import is_local
from menura.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_S = 120.0
get = functools.partial(httpx.get, timeout=PATIENCE_S)
post = functools.partial(httpx.post, timeout=PATIENCE_S)
options = functools.partial(httpx.options, timeout=PATIENCE_S)
ELSEWHERE = "https://evil.example"
FRIEND = "https://app.example"
SOCKET = "/v1/text-to-speech/nora/stream-input"


@pytest.fixture(scope="module")
def friendly(start: Callable[..., Any]) -> Any:
    """A server that some other pages may use."""
    return start(server_origins=f"{FRIEND}/, null,app://notes", server_hosts="menura.example")


def ask(server: Any, path: str, **headers: str) -> httpx.Response:
    return get(server.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("path", ["/", "/v1/models", "/v1/voices", "/api/voices", "/metrics"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8666"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "10.0.0.7"},
        {"host": ""},
        {"host": "user@localhost"},
        {"origin": ELSEWHERE},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "file://"},
        {"origin": ""},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "sec_fetch_mode": "no-cors"},
        {"sec_fetch_site": "cross-site", "referer": f"{ELSEWHERE}/page"},
    ],
)
def test_foreign_requests_are_refused(server: Any, path: str, headers: dict[str, str]) -> None:
    answer = ask(server, path, **headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    body = answer.json()
    assert "detail" in body if path == "/v1/voices" else "error" in body


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"host": "localhost"},
        {"host": "LOCALHOST:99"},
        {"host": "localhost."},
        {"host": "[::1]:8666"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin"},
        {"authorization": "Bearer not-needed"},
        {"xi_api_key": "any"},
    ],
)
def test_own_requests_are_served(server: Any, headers: dict[str, str]) -> None:
    assert ask(server, "/v1/audio/voices", **headers).status_code == 200


def test_the_own_page_may(server: Any) -> None:
    own = f"http://127.0.0.1:{server.port}"
    assert ask(server, "/v1/audio/voices", origin=own).status_code == 200
    assert ask(server, "/v1/audio/voices", origin=own.replace("http", "ws")).status_code == 403


def test_a_link_from_elsewhere_opens_the_page_and_nothing_else(server: Any) -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"}
    assert ask(server, "/", **link).status_code == 200
    assert ask(server, "/api/voices", **link).status_code == 403
    sent = post(server.url + "/", headers={k.replace("_", "-"): v for k, v in link.items()})
    assert sent.status_code == 403


def test_two_hosts_are_none(server: Any) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        assert line.recv(100).startswith((b"HTTP/1.1 400", b"HTTP/1.1 403"))


def test_probes_answer_under_any_name(server: Any) -> None:
    assert ask(server, "/livez", host="10.1.2.3:8666").status_code == 200
    assert ask(server, "/readyz", host="menura.internal").status_code == 200


@pytest.mark.parametrize("origin", [ELSEWHERE, "null"])
def test_sockets_of_foreign_pages_are_refused(server: Any, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(server.ws_url + SOCKET, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_sockets_of_programs_are_served(server: Any) -> None:
    with connect(server.ws_url + SOCKET) as line:
        line.send(json.dumps({"text": ""}))


class TestFriends:
    """Pages of other origins that the settings name."""

    def test_they_may_read_the_answers(self, friendly: Any) -> None:
        answer = ask(friendly, "/v1/audio/voices", origin=FRIEND, sec_fetch_site="cross-site")
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert "Origin" in answer.headers["vary"]
        assert ask(friendly, "/v1/audio/voices", origin="app://notes").status_code == 200
        embedded = {"sec_fetch_site": "cross-site", "referer": f"{FRIEND}/a"}
        assert ask(friendly, "/v1/audio/voices", **embedded).status_code == 200

    def test_so_may_they_read_errors(self, friendly: Any) -> None:
        answer = ask(friendly, "/v1/nothing", origin=FRIEND)
        assert answer.status_code == 404
        assert answer.headers["access-control-allow-origin"] == FRIEND

    def test_they_may_ask_before(self, friendly: Any) -> None:
        asked = {
            "origin": FRIEND,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type, xi-api-key",
            "access-control-request-private-network": "true",
        }
        answer = options(friendly.url + "/v1/audio/speech", headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == FRIEND
        assert answer.headers["access-control-allow-headers"] == "content-type, xi-api-key"
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert answer.headers["access-control-allow-private-network"] == "true"
        foreign = options(friendly.url + "/v1/audio/speech", headers=asked | {"origin": ELSEWHERE})
        assert foreign.status_code == 403
        assert "access-control-allow-origin" not in foreign.headers

    def test_null_is_nobody_even_if_it_is_named(self, friendly: Any) -> None:
        assert ask(friendly, "/v1/audio/voices", origin="null").status_code == 403

    def test_other_names_may_be_given(self, friendly: Any) -> None:
        assert ask(friendly, "/v1/audio/voices", host="Menura.example").status_code == 200
        assert ask(friendly, "/v1/audio/voices", host="other.example").status_code == 403


class TestKeys:
    """A server that asks for keys."""

    @pytest.mark.parametrize(
        "headers", [{}, {"xi_api_key": "mk_wrong"}, {"authorization": "x" * 999}]
    )
    def test_others_get_nothing(self, locked: Any, headers: dict[str, str]) -> None:
        own = ask(locked, "/v1/audio/voices", **headers)
        assert own.status_code == 401
        assert own.json()["error"]["type"] == "authentication_error"
        assert own.json()["error"]["code"] == "invalid_api_key"
        theirs = ask(locked, "/v1/voices", **headers)
        assert theirs.status_code == 401
        assert theirs.json()["detail"]["status"] == "invalid_api_key"
        for path in ("/api/voices", "/api/takes", "/v1/nothing", "/nothing"):
            assert ask(locked, path, **headers).status_code == 401

    def test_a_key_opens_by_either_header(self, locked: Any) -> None:
        key = locked.keys["ann"]
        for headers in ({"xi_api_key": key}, {"authorization": f"Bearer {key}"}):
            assert ask(locked, "/v1/audio/voices", **headers).status_code == 200
        wrong_first = {"xi_api_key": "dummy", "authorization": f"bearer {key}"}
        assert ask(locked, "/v1/audio/voices", **wrong_first).status_code == 200

    def test_a_query_is_no_place_for_a_key(self, locked: Any) -> None:
        path = f"/v1/audio/voices?authorization={locked.keys['ann']}"
        assert ask(locked, path).status_code == 401

    def test_the_page_and_the_probes_are_open(self, locked: Any) -> None:
        for path in ("/", "/web/style.css", "/livez", "/readyz"):
            assert ask(locked, path).status_code == 200

    def test_metrics_are_open_to_this_machine_only(self, locked: Any) -> None:
        assert ask(locked, "/metrics").status_code == 200

    @pytest.mark.parametrize(
        "told",
        [
            {"x_forwarded_for": "203.0.113.9"},
            {"x_forwarded_for": "127.0.0.1"},
            {"x_real_ip": "203.0.113.9"},
            {"forwarded": "for=_hidden"},
            {"via": "1.1 proxy"},
        ],
    )
    def test_metrics_need_a_key_where_a_proxy_asks(self, locked: Any, told: Any) -> None:
        assert ask(locked, "/metrics", **told).status_code == 401
        assert ask(locked, "/metrics", xi_api_key=locked.keys["bob"], **told).is_success

    def test_sockets_bring_one_in_the_head_the_query_or_later(self, locked: Any) -> None:
        url, key = locked.running.ws_url + SOCKET, locked.keys["ann"]
        for wrong in ({"xi-api-key": "mk_wrong"}, {"authorization": "Bearer mk_wrong"}):
            with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=wrong):
                pass
            assert refused.value.response.status_code == 401
        with pytest.raises(InvalidStatus), connect(f"{url}?authorization=mk_wrong"):
            pass
        with connect(f"{url}?authorization=Bearer%20{key}"):
            pass
        with connect(url, additional_headers={"xi-api-key": key}):
            pass
        bos = {"text": " ", "xi_api_key": key}
        with connect(url) as line:  # the first message may bring it
            line.send(json.dumps(bos))
            line.send(json.dumps({"text": "Hello. ", "flush": True}))
            assert json.loads(line.recv())["audio"]
        for first in ({"text": " "}, bos | {"xi_api_key": "mk_wrong"}):
            with connect(url) as line:
                line.send(json.dumps(first))
                line.send(json.dumps({"text": "Hello. ", "flush": True}))
                with pytest.raises(ConnectionClosedError, match="1008"):
                    list(line)


def test_without_keys_metrics_are_not_for_others(server: Any) -> None:
    assert ask(server, "/metrics", x_forwarded_for="203.0.113.9").status_code == 401


def test_over_a_unix_socket_metrics_need_a_key_once_there_is_one(server: Any, locked: Any) -> None:
    async def status(running: Any, headers: dict[str, str]) -> int:
        way = httpx.ASGITransport(running.app, client=None)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=way, base_url="http://localhost") as client:
            return (await client.get("/metrics", headers=headers)).status_code

    assert asyncio.run(status(server, {})) == 200
    assert asyncio.run(status(server, {"via": "1.1 proxy"})) == 401
    assert asyncio.run(status(locked.running, {})) == 401
    assert asyncio.run(status(locked.running, {"xi-api-key": locked.keys["bob"]})) == 200


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.2", False),
        ("menura.example", False),
    ],
)
def test_which_addresses_are_local(tmp_path: Path, host: str, local: bool) -> None:
    assert is_local(Settings(home=tmp_path, server_host=host)) is local
