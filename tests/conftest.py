"""What all tests share: no network, an install of their own, a studio."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from menura.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from menura.studio import Studio


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closes every way out: a connection attempt fails the test."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a test tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the whole run."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def settings(home: Path) -> Settings:
    return Settings(home=home, workers=1)


@pytest.fixture(scope="session")
def studio(settings: Settings) -> Iterator[Studio]:
    from menura.studio import Studio

    with Studio(settings) as opened:
        yield opened
