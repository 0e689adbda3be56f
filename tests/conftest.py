"""What all tests share: no network, an install of their own, a studio."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from menura.settings import Settings
from menura.text import japanese

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from menura.studio import Studio


# The same examples on every run and machine, however busy: a failure can be made again.
hypothesis.settings.register_profile("menura", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("menura")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-extra", action="store_true", help="a missing extra fails its tests")


@pytest.fixture
def needs_japanese(request: pytest.FixtureRequest) -> None:
    """Skips a test without the extra `ja`, unless every extra should be there."""
    if not japanese.is_installed():
        if request.config.getoption("--every-extra"):
            pytest.fail("the extra `ja` is not installed")
        pytest.skip("needs the extra `ja`")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closes every way out: a connection to anything but this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_UNIX or address[0] in {"127.0.0.1", "::1"}:
            return connect(self, address)
        raise AssertionError(f"a test tried to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", guarded)


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
