"""`menura serve`: how it starts, what it refuses, and its keys."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from served import ASKED, SPEECH, Process, get, post, status, until

from menura.cli.app import app
from menura.cli.output import exit_code, one_line
from menura.errors import MenuraError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_log: None) -> Callable[..., int]:
    """Runs the command in this process; returns its exit code."""
    monkeypatch.setenv("MENURA_HOME", str(tmp_path))

    def command(*options: str, **settings: str) -> int:
        for name, value in settings.items():
            monkeypatch.setenv(f"MENURA_{name.upper()}", value)
        try:
            return int(app(["serve", *options], standalone_mode=False) or 0)
        except MenuraError as error:
            print(one_line(error))  # noqa: T201 - as `main` does, on stderr
            return exit_code(error)

    return command


def test_it_says_where_it_is_and_stops_when_told(
    serve: Callable[..., Process], run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    assert server.facts["url"].startswith("http://127.0.0.1:")
    assert server.facts["pid"] == server.popen.pid
    assert server.facts["key_needed"] is False
    answer = post(server.url + SPEECH, json=ASKED, headers={"authorization": "Bearer none"})
    assert answer.is_success
    assert run("--port", server.url.rpartition(":")[2]) == 2
    assert "in use" in capsys.readouterr().out
    server.tell(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.slow
def test_two_servers_on_one_folder(serve: Callable[..., Process]) -> None:
    first, second = serve(), serve()
    said = ASKED | {"response_format": "pcm"}
    answers = [post(each.url + SPEECH, json=said) for each in (first, second)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert all(status(each, "/readyz") == 200 for each in (first, second))


def test_a_key_is_asked_for_once_there_is_one(
    serve: Callable[..., Process], run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    assert get(server.url + "/v1/audio/voices").is_success
    run("keys", "add", "ann", "--json")
    made = json.loads(capsys.readouterr().out)
    until(lambda: status(server, "/v1/audio/voices") == 401, "it asks for none")
    with_key = {"xi-api-key": made["key"]}
    assert get(server.url + "/v1/audio/voices", headers=with_key).is_success
    assert run("keys", "remove", "ann") == 0
    until(
        lambda: get(server.url + "/v1/audio/voices", headers=with_key).status_code == 401,
        "a removed key opens",
    )


def test_the_commands_for_keys(run: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    def told() -> str:
        return capsys.readouterr().out

    assert run("keys", "add", "ann") == 0
    secret = told().strip()
    assert secret.startswith("mk_")
    assert run("keys", "add", "ann") == 2
    assert run("keys", "remove", "bob") == 4
    told()
    assert run("keys", "rotate", "ann", "--grace", "60", "--json") == 0
    assert json.loads(told())["key"] != secret
    assert run("keys", "list") == 0
    listed = told()
    assert len(listed.splitlines()) == 2
    assert secret not in listed
    run("keys", "list", "--json")
    assert [key["name"] for key in json.loads(told())] == ["ann", "ann"]
    assert run("keys", "remove", "ann", "--json") == 0
    assert json.loads(told()) == {"removed": "ann"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs Unix sockets")
def test_a_unix_socket(serve: Callable[..., Process], tmp_path: Path) -> None:
    path = tmp_path / "s"
    for _ in range(2):  # the second time it finds what a killed one left
        server = serve("--uds", str(path))
        assert server.facts["url"] == f"unix:{path}"
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
            assert client.get("http://localhost/readyz").is_success
            assert client.post(f"http://localhost{SPEECH}", json=ASKED).is_success
        server.tell(signal.SIGKILL)
        server.wait()
    server = serve("--uds", str(path))
    server.tell(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "settings", "code", "words"),
    [
        (["--host", "0.0.0.0"], {}, 3, "menura serve keys add"),  # noqa: S104
        (["--auth"], {}, 3, "menura serve keys add"),
        ([], {"marking": "0"}, 3, "marking"),
        (["--port", "70000"], {}, 2, "65535"),
        (["--workers", "-1"], {}, 2, "server_workers"),
        (["--log-level", "loud"], {}, 2, "--log-level"),
        (["--uds", "/nowhere/at/all"], {}, 2, "cannot listen"),
        (["--host", "203.0.113.1"], {}, 3, "key"),
        (["--host", "no such host"], {}, 3, "key"),
        ([], {"server_port": "x"}, 2, "server_port"),
    ],
)
def test_what_it_refuses(  # noqa: PLR0917 - a table
    run: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    settings: dict[str, str],
    code: int,
    words: str,
) -> None:
    assert run(*options, **settings) == code
    told = capsys.readouterr()
    assert words in told.out
    assert len((told.out + told.err).splitlines()) == 1


@pytest.mark.parametrize("host", ["203.0.113.1", "no.such.host.invalid", "a" * 300, "\u202e"])
def test_addresses_that_are_not_ours(
    run: Callable[..., int], capsys: pytest.CaptureFixture[str], host: str
) -> None:
    assert run("keys", "add", "ann") == 0
    assert run("--host", host, "--port", "0") == 2
    assert "cannot listen" in capsys.readouterr().out
