"""What runs in a worker process of the server: one studio, several jobs at a time.

The server sends {"settings": ...} first, then {"job", "do", "ask"} to begin a job, {"job", "more"}
for so many more messages of it, {"job", "finish"} to have what never ends come to its end, {"job",
"stop"} to give it up. The worker answers {"ready"}, then
{"job", ...} with what `work` yields, and last {"job", "end"} or {"job", "error", "message"}.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import MenuraError
from menura.server import wire
from menura.server.work import WORK, Stopped, prepare
from menura.settings import Settings
from menura.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

CREDIT = 16
"""Messages a job may be ahead of its reader: the server asks for more as it passes them on."""
PROGRESS_EVERY_S = 0.25
TRIM_EVERY = 32
"""Jobs after which free memory goes back to the system: the allocator keeps it, in pieces that
many jobs side by side make ever smaller. Not after each: the next would ask for it again."""
_PATHS = frozenset(spec.name for spec in fields(Settings) if "Path" in str(spec.type))


class Job:
    """A job under way, as its own thread and the reading thread see it.

    Args:
        tell: sends a message of its progress.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._told_at = time.monotonic()
        self._credit = CREDIT
        self._stopped = False
        self._ending = False
        self._changed = threading.Condition()

    @property
    def stopped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._stopped

    @property
    def ending(self) -> bool:
        """Whether it is to come to its end, though it would go on for ever."""
        return self._ending

    def check(self) -> None:
        """Ends the job, if nobody waits for it any more.

        Raises:
            Stopped: then.
        """
        if self._stopped:
            raise Stopped

    def progress(self, share: float) -> None:
        """Tells how much is done, 0 to 1, but not more often than a reader could follow.

        Raises:
            Stopped: if nobody waits for it any more.
        """
        self.check()
        if time.monotonic() - self._told_at > PROGRESS_EVERY_S:
            self._told_at = time.monotonic()
            self._tell(share)

    def stop(self) -> None:
        """Tells it to end."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def finish(self) -> None:
        """Tells it to come to its end."""
        self._ending = True

    def allow(self, more: int) -> None:
        """Lets it send so many more messages."""
        with self._changed:
            self._credit += more
            self._changed.notify()

    def wait(self) -> None:
        """Waits until it may send a message.

        Raises:
            Stopped: if nobody waits for it any more.
        """
        with self._changed:
            while self._credit <= 0 and not self._stopped:
                self._changed.wait()
            self._credit -= 1
        self.check()


class Worker:
    """Serves jobs until its input ends.

    Args:
        source: messages of the server.
        sink: where answers go.
    """

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._done = 0

    def run(self) -> None:
        """Serves."""
        settings = read_settings(wire.read(self._source)[0]["settings"])
        with Studio(settings) as studio:
            prepare(studio)
            self._send({"ready": os.getpid()})
            try:
                while True:
                    self._take(studio, wire.read(self._source)[0])
            except wire.BrokenOff:
                for job in list(self._jobs.values()):
                    job.stop()

    def _take(self, studio: Studio, told: dict[str, Any]) -> None:
        number = told["job"]
        if "do" in told:
            job = Job(lambda share: self._send({"job": number, "share": share}))
            self._jobs[number] = job
            threading.Thread(
                target=self._do, args=(studio, number, job, told["do"], told["ask"]), daemon=True
            ).start()
        elif (known := self._jobs.get(number)) is not None:
            if "more" in told:
                known.allow(told["more"])
            elif "finish" in told:
                known.finish()
            else:
                known.stop()

    def _do(self, studio: Studio, number: int, job: Job, what: str, ask: dict[str, Any]) -> None:
        last: dict[str, Any] = {"job": number, "end": True}
        try:
            messages = WORK[what](studio, ask, job)
            try:
                for header, payload in messages:
                    job.wait()
                    self._send({"job": number} | header, payload)
            finally:
                messages.close()
        except Stopped:
            pass
        except MenuraError as error:
            last |= {"error": type(error).__name__, "message": str(error)}
        except Exception as error:  # noqa: BLE001 - told to the server, which logs it
            last |= {
                "error": "EngineFailed",
                "message": "the work broke off, and nothing is known of why; it is in the log",
                # Not what the error says: that may quote a caller's text.
                "trace": f"{type(error).__name__} at "
                + " < ".join(f"{f.filename}:{f.lineno}" for f in _frames(error)),
            }
        self._jobs.pop(number, None)
        self._send(last)
        self._done += 1
        if self._done % TRIM_EVERY == 0:
            trim()

    def _send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        message = wire.pack(header, payload)
        try:
            with self._lock:
                self._sink.write(message)
                self._sink.flush()
        except (OSError, ValueError):  # the server is gone
            for job in list(self._jobs.values()):
                job.stop()


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Returns where an error came from, the innermost place first."""
    return traceback.extract_tb(error.__traceback__, limit=-8)[::-1]


def read_settings(values: dict[str, Any]) -> Settings:
    """Returns the settings that `write_settings` wrote."""
    known: dict[str, Any] = dict(values)
    for name in _PATHS & known.keys():
        known[name] = Path(known[name]) if known[name] is not None else None
    return Settings(**known)


def write_settings(settings: Settings) -> dict[str, Any]:
    """Returns settings as plain JSON values."""
    values = {spec.name: getattr(settings, spec.name) for spec in fields(Settings)}
    return {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}


def trim() -> None:
    """Gives free memory back to the system, where the C library can (glibc)."""
    given_back = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if given_back is not None:
        given_back(0)


def main() -> None:
    """Serves the process that started this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server decides when we end
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    sys.stdout = sys.stderr  # nothing that prints may break the messages
    os.dup2(2, 1)
    Worker(source, sink).run()
    os._exit(0)  # jobs that were stopped may still be at work
