"""A `menura serve` of its own, in a process of its own, for the tests of how it starts and ends."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 90.0
get = functools.partial(httpx.get, timeout=PATIENCE_S)
post = functools.partial(httpx.post, timeout=PATIENCE_S)
stream = functools.partial(httpx.stream, timeout=PATIENCE_S)
GRACE_S = 3
SPEECH = "/v1/audio/speech"
ASKED = {"model": "tts-1", "voice": "alloy", "input": "Hello there."}
LONG = ASKED | {"input": "No end. " * 250, "response_format": "pcm"}
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")


@dataclass
class Process:
    """A `menura serve` of its own."""

    popen: subprocess.Popen[str]
    facts: dict[str, Any]
    log: Path

    @property
    def url(self) -> str:
        return str(self.facts["url"])

    def tell(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self) -> int:
        return self.popen.wait(PATIENCE_S)

    def told(self, level: str) -> list[dict[str, Any]]:
        """Returns the lines of its log that have a level."""
        lines = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["level"] == level]

    def family(self) -> set[int]:
        """Returns the processes that descend from it."""
        return _descendants(self.popen.pid)


def begin(home: Path, log: Path, *options: str, **settings: str) -> Process:
    """Returns a server that serves, on a free port of this machine.

    Args:
        home: its data folder.
        log: file that its log goes to.
        options: of the command.
        settings: that differ.
    """
    with log.open("w", encoding="utf-8") as stderr:
        popen = subprocess.Popen(
            _command(*options, "--json"),
            env=_environment(home, **settings),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert popen.stdout is not None
    line = popen.stdout.readline()
    assert line, f"it ended with {popen.wait(PATIENCE_S)}"
    return Process(popen, json.loads(line), log)


def status(server: Process, path: str) -> int:
    """Returns the status that a path answers with."""
    return get(server.url + path).status_code


def until(holds: Callable[[], bool], what: str) -> None:
    """Waits until something holds; tells what is wrong if it never does."""
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
    """Returns whether a process is there and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _command(*options: str) -> list[str]:
    return [sys.executable, "-m", "menura", "serve", "--port", "0", "--workers", "1", *options]


def _environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MENURA_")}  # noqa: TID251
    ours = {f"MENURA_{name.upper()}": value for name, value in settings.items()}
    return kept | {"MENURA_HOME": str(home), "MENURA_SERVER_GRACE_S": str(GRACE_S)} | ours
