"""What the tests of the server share: a running one on a free port of this machine."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from served import begin

from menura.server import serving
from menura.server.app import create_app
from menura.server.keys import Keys
from menura.server.ledger import DATABASE, Ledger
from menura.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from served import Process

    from menura.server.house import House

PATIENCE_S = 120.0


@dataclass
class Running:
    """A server in a thread of this process, on a real socket.

    Attributes:
        settings: of its install.
        app: that is served; it lives on another thread.
    """

    settings: Settings
    url: str = field(init=False)
    port: int = field(init=False)

    def __post_init__(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.app = create_app(self.settings)
        self._server = uvicorn.Server(serving.config(self.app, self.settings))
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE_S
        while not self._server.started and self._thread.is_alive():
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.01)
        assert self._server.started, "the server ended while it started"

    @property
    def ws_url(self) -> str:
        """The same for WebSockets."""
        return self.url.replace("http", "ws", 1)

    @property
    def house(self) -> House:
        """What its routes work with; read only: it lives on another thread."""
        return self.app.state.house

    def keep_lines(self, idle_s: int) -> None:
        """Ends connections, from the next on, that say nothing for so long; else it is 5 s."""
        self._server.config.timeout_keep_alive = idle_s

    def stop(self) -> None:
        """Stops it."""
        self._server.should_exit = True
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the server does not stop"

    def _run(self, listening: socket.socket) -> None:
        with listening:
            self._server.run(sockets=[listening])


@dataclass
class Locked:
    """A server that asks for a key.

    Attributes:
        running: the server.
        keys: that open it, by the names of their callers: `ann` and `bob`.
    """

    running: Running
    keys: dict[str, str]

    @property
    def url(self) -> str:
        """Where it is."""
        return self.running.url


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts `menura serve`, any number of them on one folder; they are killed after the test."""
    made: list[Process] = []

    def served(*options: str, **settings: str) -> Process:
        made.append(begin(tmp_path, tmp_path / f"{len(made)}.log", *options, **settings))
        return made[-1]

    yield served
    for each in made:
        each.popen.kill()
        each.popen.wait()
        assert each.popen.stdout is not None
        each.popen.stdout.close()


@pytest.fixture
def kept_log() -> Iterator[None]:
    """Puts the log back as it was."""
    loggers = [logging.getLogger(name) for name in ("menura.server", "uvicorn")]
    before = [(each.handlers[:], each.level, each.propagate) for each in loggers]
    yield
    for each, (handlers, level, propagate) in zip(loggers, before, strict=True):
        each.handlers, each.propagate = handlers, propagate
        each.setLevel(level)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Starts servers with settings of their own; they are stopped after the file's tests."""
    running: list[Running] = []

    def started(**settings: Any) -> Running:
        home = tmp_path_factory.mktemp("own")
        running.append(Running(dataclasses.replace(_settings(home), **settings)))
        return running[-1]

    yield started
    for each in running:
        each.stop()


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """A server with two callers that must not see each other's things."""
    settings = _settings(tmp_path_factory.mktemp("locked"))
    keys = Keys(Ledger(settings.home / DATABASE).database)
    secrets = {name: keys.add(name)[1] for name in ("ann", "bob")}
    running = Running(settings)
    yield Locked(running, secrets)
    running.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that asks for no key: every caller is `local`."""
    running = Running(_settings(tmp_path_factory.mktemp("server")))
    yield running
    running.stop()


def _settings(home: Path) -> Settings:
    return Settings(home=home, workers=1, server_workers=1)
