"""`menura serve`: how it starts, and how it ends."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from menura.cli.app import app
from menura.cli.output import exit_code, one_line
from menura.errors import MenuraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 90.0
get = functools.partial(httpx.get, timeout=PATIENCE_S)
post = functools.partial(httpx.post, timeout=PATIENCE_S)
stream = functools.partial(httpx.stream, timeout=PATIENCE_S)
GRACE_S = 3
SPEECH = "/v1/audio/speech"
ASKED = {"model": "tts-1", "voice": "alloy", "input": "Hello there."}
LONG = ASKED | {"input": "No end. " * 250, "response_format": "pcm"}


@dataclass
class Process:
    """A `menura serve` of its own."""

    popen: subprocess.Popen[str]
    facts: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    def tell(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self) -> int:
        return self.popen.wait(PATIENCE_S)

    def family(self) -> set[int]:
        """Returns the processes that descend from it."""
        return _descendants(self.popen.pid)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def serve(home: Path) -> Iterator[Callable[..., Process]]:
    made: list[subprocess.Popen[str]] = []

    def begin(*options: str, **settings: str) -> Process:
        popen = subprocess.Popen(
            _command(*options, "--json"),
            env=_environment(home, **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        made.append(popen)
        assert popen.stdout is not None
        line = popen.stdout.readline()
        assert line, f"it ended with {popen.wait(PATIENCE_S)}"
        return Process(popen, json.loads(line))

    yield begin
    for popen in made:
        popen.kill()
        popen.wait()
        assert popen.stdout is not None
        popen.stdout.close()


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "menura", "serve", "--port", "0", "--workers", "1", *options]


def _environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MENURA_")}  # noqa: TID251
    ours = {f"MENURA_{name.upper()}": value for name, value in settings.items()}
    return kept | {"MENURA_HOME": str(home), "MENURA_SERVER_GRACE_S": str(GRACE_S)} | ours


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, kept_log: None) -> Callable[..., int]:
    """Runs the command in this process; returns its exit code."""
    monkeypatch.setenv("MENURA_HOME", str(home))

    def command(*options: str, **settings: str) -> int:
        for name, value in settings.items():
            monkeypatch.setenv(f"MENURA_{name.upper()}", value)
        try:
            return int(app(["serve", *options], standalone_mode=False) or 0)
        except MenuraError as error:
            print(one_line(error))  # noqa: T201 - as `main` does, on stderr
            return exit_code(error)

    return command


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found |= {child} | _descendants(child)
    return found


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")


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
def test_what_is_under_way_is_finished(serve: Callable[..., Process]) -> None:
    server = serve(server_grace_s="600")
    with (
        httpx.Client(timeout=PATIENCE_S) as client,
        client.stream("POST", server.url + SPEECH, json=LONG) as answer,
    ):
        parts = answer.iter_raw()
        got = len(next(parts))
        server.tell(signal.SIGTERM)
        until(lambda: _status(server, "/readyz") == 503, "it stays ready")
        refused = post(server.url + SPEECH, json=ASKED)
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        assert _status(server, "/livez") == 200
        got += sum(map(len, parts))
    assert got > 24_000 * 2 * 60  # more than a minute of sound, and its end
    assert server.wait() == 0


@pytest.mark.slow
def test_the_grace_ends(serve: Callable[..., Process]) -> None:
    server = serve(server_grace_s="1")
    # Nobody reads on: it would never end by itself.
    with stream("POST", server.url + SPEECH, json=LONG) as answer:
        next(answer.iter_raw())
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


@pytest.mark.slow
@needs_proc
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_stops_at_once(serve: Callable[..., Process], number: int) -> None:
    server = serve(server_grace_s="3600")
    with stream("POST", server.url + SPEECH, json=LONG) as answer:
        next(answer.iter_raw())
        family = server.family()
        assert family
        server.tell(number)
        until(lambda: _status(server, "/readyz") == 503, "it stays ready")
        server.tell(number)
        assert server.wait() == 128 + number
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


@pytest.mark.slow
def test_two_servers_on_one_folder(serve: Callable[..., Process]) -> None:
    first, second = serve(), serve()
    said = ASKED | {"response_format": "pcm"}
    answers = [post(each.url + SPEECH, json=said) for each in (first, second)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert all(_status(each, "/readyz") == 200 for each in (first, second))


def test_a_key_is_asked_for_once_there_is_one(
    serve: Callable[..., Process], run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    assert get(server.url + "/v1/audio/voices").is_success
    run("keys", "add", "ann", "--json")
    made = json.loads(capsys.readouterr().out)
    until(lambda: _status(server, "/v1/audio/voices") == 401, "it asks for none")
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
def test_a_unix_socket(serve: Callable[..., Process], home: Path) -> None:
    path = home / "s"
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


def _status(server: Process, path: str) -> int:
    return get(server.url + path).status_code
