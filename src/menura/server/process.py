"""`Process`: one worker process, as the server sees it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from menura import errors
from menura.errors import EngineFailed, MenuraError
from menura.server import wire
from menura.settings import single_threaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from menura.server.jobs import Job

log = logging.getLogger("menura.server")

PATIENCE_S = 120.0
"""How long a job may be silent while its reader waits before its worker counts as hung."""
STOPPING_S = 20.0
"""How long a job that was stopped may go on before its worker counts as hung."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from menura.server.worker import main; main()"
)


class Keeper(Protocol):
    """Who hands out the jobs of a process."""

    def done(self, job: Job, seconds: float) -> None:
        """Takes note of a job that has ended."""

    def lost(self, jobs: list[Job], reason: str) -> None:
        """Takes back the jobs of a process that is gone."""


class Process:
    """A worker process that does several jobs at a time.

    Args:
        keeper: who hands out its jobs.

    Attributes:
        jobs: under way, by number.
        ready: whether it takes jobs.
        begun: jobs that it was given since it was started.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.jobs: dict[int, Job] = {}
        self.ready = False
        self.begun = 0
        self._keeper = keeper
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._began: dict[int, float] = {}

    @property
    def pid(self) -> int:
        """The id of the process; 0 before it was started."""
        return self._process.pid if self._process is not None else 0

    @property
    def taken(self) -> int:
        """How many of its places are taken."""
        return sum(job.lane != "live" for job in self.jobs.values())

    async def start(self, settings: Mapping[str, Any]) -> None:
        """Starts the process, and waits until it is ready.

        Raises:
            EngineFailed: if it does not start.
        """
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _BOOT, json.dumps(sys.path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=single_threaded(),
            start_new_session=True,  # signals of a terminal are the server's
        )
        self.begun = 0
        self.send({"settings": settings})
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            async with asyncio.timeout(PATIENCE_S):
                await wire.receive(self._process.stdout)
        except (wire.BrokenOff, TimeoutError) as error:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            raise EngineFailed("a worker process of the server does not start") from error
        self.ready = True
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    def send(self, header: Mapping[str, Any]) -> None:
        """Sends a message; to one that is gone it is lost."""
        pipe = self._process.stdin if self._process is not None else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(wire.pack(header))

    def take(self, job: Job) -> None:
        """Begins a job."""
        self.jobs[job.number] = job
        self.begun += 1
        self._began[job.number] = job.moved_at = time.monotonic()
        job.process = self
        job.attempts += 1
        self.send({"job": job.number, "do": job.do, "ask": dict(job.ask)})

    def trouble(self) -> str | None:
        """Returns why the process cannot go on, or None."""
        if self._process is None or self._process.returncode is not None or not self.ready:
            return "it ended"
        now = time.monotonic()
        for job in self.jobs.values():
            limit_s = STOPPING_S if job.over else PATIENCE_S
            if now - job.moved_at > limit_s and (job.over or not job.waits_for_reader):
                return f"it was silent for {limit_s:g} s"
        return None

    def drop(self, reason: str) -> None:
        """Ends the process, and hands back its jobs."""
        self.ready = False
        if self._reading is not None:
            self._reading.cancel()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        jobs, self.jobs = list(self.jobs.values()), {}
        self._began.clear()
        self._keeper.lost(jobs, reason)

    async def gone(self) -> None:
        """Waits until the process has ended."""
        if self._process is not None:
            await self._process.wait()

    async def _read(self, pipe: asyncio.StreamReader) -> None:
        with contextlib.suppress(wire.BrokenOff):
            async for header, payload in _messages(pipe):
                job = self.jobs.get(header.pop("job"))
                if job is None:
                    continue
                if "share" in header:
                    job.share, job.moved_at = header["share"], time.monotonic()
                elif "end" in header:
                    self._end(job, header)
                elif not job.over:
                    job.tell((header, payload))
        self.ready = False

    def _end(self, job: Job, header: Mapping[str, Any]) -> None:
        del self.jobs[job.number]
        if "trace" in header:
            log.error("work %s broke off: %s", job.do, header["trace"])
        if not job.over:
            job.tell(_error(header) if "error" in header else None)
        self._keeper.done(job, time.monotonic() - self._began.pop(job.number))


async def _messages(pipe: asyncio.StreamReader) -> AsyncIterator[tuple[dict[str, Any], bytes]]:
    while True:
        yield await wire.receive(pipe)


def _error(header: Mapping[str, Any]) -> MenuraError:
    kind = getattr(errors, header["error"], EngineFailed)
    return kind(header["message"]) if issubclass(kind, MenuraError) else EngineFailed("broken")
