"""`Workshop`: the worker processes of a server, and the queue before them.

One worker does several jobs at a time, each as far ahead of its reader as CREDIT messages: who
reads slowly holds a place, not a processor. A worker that dies takes nothing with it but what
was half heard: other jobs begin again on a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import sys
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from menura import errors
from menura.errors import EngineFailed, MenuraError
from menura.server import wire
from menura.server.worker import CREDIT, write_settings
from menura.settings import cores, single_threaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from menura.settings import Settings

log = logging.getLogger("menura.server")

Lane = Literal["quick", "long", "live"]
"""How a job shares places with others: of those that may take long, some are kept free; what is
live goes on for as long as it is heard, waits most of the time, and needs none."""

JOBS_PER_WORKER = 4
MAX_LIVE = 4
"""Live jobs at a time."""
MAX_WORKERS = 8
ATTEMPTS = 2
PATIENCE_S = 120.0
"""How long a job may be silent while its reader waits before its worker counts as hung."""
STOPPING_S = 20.0
"""How long a job that was stopped may go on before its worker counts as hung."""
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from menura.server.worker import main; main()"
)


class Busy(MenuraError, RuntimeError):
    """There is more work than is taken at a time.

    Attributes:
        retry_after_s: when to come again, whole seconds.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a workshop takes on.

    Attributes:
        workers: processes; 0 = one per core, at most MAX_WORKERS.
        waiting: jobs that may wait for a place, of all callers together.
        of_one: jobs of one caller, waiting or under way.
    """

    workers: int = 0
    waiting: int = 128
    of_one: int = 64


class Job:
    """One piece of work: an asynchronous iterator over its messages, (header, payload).

    It ends with the work, or raises what the work raised. Close it when nobody reads on.
    """

    def __init__(self, workshop: Workshop, do: str, ask: Mapping[str, Any], caller: str) -> None:
        self.do = do
        self.ask = ask
        self.caller = caller
        self.lane: Lane = "quick"
        self.given = False
        self.share = 0.0
        self.attempts = 0
        self.over = False
        self.worker: _Worker | None = None
        self.number = -1
        self.moved_at = 0.0
        self._workshop = workshop
        self._messages: asyncio.Queue[tuple[dict[str, Any], bytes] | BaseException | None] = (
            asyncio.Queue()
        )
        self._taken = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[dict[str, Any], bytes]:
        message = await self._messages.get()
        if message is None or isinstance(message, BaseException):
            self._messages.put_nowait(message)  # it stays over
            if message is None:
                raise StopAsyncIteration
            raise message
        self.given = True
        self._taken += 1
        if self._taken % (CREDIT // 2) == 0 and self.worker is not None:
            self.moved_at = time.monotonic()  # it may go on from now
            self.worker.send({"job": self.number, "more": CREDIT // 2})
        return message

    async def only(self) -> dict[str, Any]:
        """Returns the header of the last message, of work that gives one answer.

        Raises:
            EngineFailed: if there is none.
        """
        last: dict[str, Any] | None = None
        async with contextlib.aclosing(self):
            async for header, _ in self:
                last = header
        if last is None:
            raise EngineFailed("the work ended without an answer")
        return last

    async def aclose(self) -> None:
        """Ends it, if it is not over."""
        self._workshop.leave(self)

    @property
    def waits_for_reader(self) -> bool:
        """Whether it has said all that it may say before it is read."""
        return self._messages.qsize() >= CREDIT // 2

    def tell(self, message: tuple[dict[str, Any], bytes] | BaseException | None) -> None:
        """Hands over a message; None or an error is the last."""
        self.moved_at = time.monotonic()
        self.over = not isinstance(message, tuple)
        self._messages.put_nowait(message)


class Workshop:
    """Has work done by processes; one for each server, on its event loop.

    Args:
        settings: of the workers' studios.
        bounds: how much is taken on.

    Attributes:
        losses: how many worker processes died or hung so far.
    """

    def __init__(self, settings: Settings, bounds: Bounds | None = None) -> None:
        self.bounds = bounds if bounds is not None else Bounds()
        count = self.bounds.workers or min(cores(), MAX_WORKERS)
        self._settings = write_settings(settings)
        self._settings["workers"] = settings.workers or max(1, cores() // count)
        self._workers: list[_Worker] = []
        self._count = count
        self._lines: dict[str, deque[Job]] = {}
        self._held: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._open = False
        self._watch: asyncio.Task[None] | None = None
        self._seconds = 1.0
        self.losses = 0

    @property
    def places(self) -> int:
        """How many jobs are done at a time."""
        return self._count * JOBS_PER_WORKER

    @property
    def waiting(self) -> int:
        """How many jobs wait for a place."""
        return sum(len(line) for line in self._lines.values())

    @property
    def working(self) -> int:
        """How many jobs are under way."""
        return sum(len(worker.jobs) for worker in self._workers)

    @property
    def live(self) -> int:
        """How many jobs are live, or wait to be."""
        under_way = [job for worker in self._workers for job in worker.jobs.values()]
        waiting = [job for line in self._lines.values() for job in line]
        return sum(job.lane == "live" for job in under_way + waiting)

    @property
    def ready(self) -> bool:
        """Whether it takes work, and a worker is there to do it."""
        return self._open and any(worker.ready for worker in self._workers)

    def pids(self) -> list[int]:
        """Returns the ids of the worker processes."""
        return [worker.pid for worker in self._workers]

    def close(self) -> None:
        """Takes no more work; what is under way or waiting goes on."""
        self._open = False

    async def start(self) -> None:
        """Starts the workers, and waits until they are ready.

        Raises:
            EngineFailed: if they do not start.
        """
        self._open = True
        self._workers = [_Worker(self) for _ in range(self._count)]
        await asyncio.gather(*(worker.start(self._settings) for worker in self._workers))
        self._watch = asyncio.create_task(self._keep_watch())

    async def stop(self, grace_s: float) -> None:
        """Takes no more work, waits for what is under way, and ends the workers."""
        self._open = False
        deadline = time.monotonic() + grace_s
        while (self.working or self.waiting) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        if self._watch is not None:
            self._watch.cancel()
        for line in self._lines.values():
            for job in line:
                job.tell(EngineFailed("the server was stopped"))
        self._lines.clear()
        for worker in self._workers:
            worker.drop("the server was stopped")
        await asyncio.gather(*(worker.gone() for worker in self._workers))

    def begin(self, do: str, ask: Mapping[str, Any], *, caller: str, lane: Lane = "quick") -> Job:
        """Returns a job, which waits for its turn.

        Args:
            do: a name in `work.WORK`.
            ask: what that work asks.
            caller: whose it is: callers take turns.
            lane: how it shares places with others.

        Raises:
            Busy: if too much is waiting already.
        """
        held = self._held.get(caller, 0)
        after_s = max(1, min(60, round(self._seconds * (self.waiting + 1) / self.places)))
        if not self._open:
            raise Busy("the server is being stopped", 5)
        if held >= self.bounds.of_one:
            raise Busy(f"{held} requests of yours are under way: wait for one to end", after_s)
        if self.waiting >= self.bounds.waiting:
            raise Busy("too many requests are waiting: come again", after_s)
        if lane == "live" and self.live >= MAX_LIVE:
            raise Busy(f"{MAX_LIVE} streams without end are playing: wait for one to stop", 10)
        job = Job(self, do, ask, caller)
        job.lane = lane
        job.number = next(self._numbers)
        self._held[caller] = held + 1
        self._lines.setdefault(caller, deque()).append(job)
        self.dispatch()
        return job

    def leave(self, job: Job) -> None:
        """Gives up a job."""
        line = self._lines.get(job.caller)
        if line is not None and job in line:
            line.remove(job)
            self._let_go(job)
        elif job.worker is not None and not job.over:
            job.worker.send({"job": job.number, "stop": True})
            job.moved_at = time.monotonic()
        if not job.over:
            job.tell(None)

    def dispatch(self) -> None:
        """Gives waiting jobs to workers that have a place, callers taking turns."""
        for _ in range(self.waiting):
            worker = min(self._workers, key=lambda w: (not w.ready, w.taken), default=None)
            if worker is None or not worker.ready:
                return
            free = self._free(worker)
            next_ones = (job for line in self._lines.values() for job in line if job.lane in free)
            job = next(next_ones, None)
            if job is None:
                return
            line = self._lines.pop(job.caller)
            line.remove(job)
            if line:
                self._lines[job.caller] = line  # to the end: it is the others' turn
            worker.take(job)

    def _free(self, worker: _Worker) -> set[Lane]:
        """Returns the lanes of which a job can begin: who waits for one of them stops no other."""
        if worker.taken >= JOBS_PER_WORKER:
            return {"live"}
        long = sum(job.lane == "long" for w in self._workers for job in w.jobs.values())
        return {"live", "quick"} if long >= max(1, self.places // 2) else {"live", "quick", "long"}

    def lost(self, jobs: list[Job], reason: str) -> None:
        """Puts the jobs of a worker that is gone in line again, or ends them."""
        for job in jobs:
            job.worker = None
            if job.over:
                self._let_go(job)
            elif job.given or job.attempts >= ATTEMPTS or not self._open:
                self._let_go(job)
                job.tell(EngineFailed(reason))
            else:
                self._lines.setdefault(job.caller, deque()).appendleft(job)
        if self._open:
            self.dispatch()

    def done(self, job: Job, seconds: float) -> None:
        """Takes note of a job that has ended."""
        self._seconds += 0.1 * (seconds - self._seconds)
        self._let_go(job)
        self.dispatch()

    def _let_go(self, job: Job) -> None:
        self._held[job.caller] -= 1
        if not self._held[job.caller]:
            del self._held[job.caller]

    async def _keep_watch(self) -> None:
        """Replaces workers that died or hang."""
        while True:
            await asyncio.sleep(0.25)
            for worker in self._workers:
                reason = worker.trouble()
                if reason is None:
                    continue
                log.warning("a worker process was lost: %s", reason)
                self.losses += 1
                worker.drop(f"a worker process was lost: {reason}")
                await worker.gone()
                with contextlib.suppress(EngineFailed, OSError):  # it is tried again
                    await worker.start(self._settings)
            self.dispatch()


class _Worker:
    """One process, as the server sees it."""

    def __init__(self, workshop: Workshop) -> None:
        self.jobs: dict[int, Job] = {}
        self.ready = False
        self._workshop = workshop
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
        self._began[job.number] = job.moved_at = time.monotonic()
        job.worker = self
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
        self._workshop.lost(jobs, reason)

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
        self._workshop.done(job, time.monotonic() - self._began.pop(job.number))


async def _messages(pipe: asyncio.StreamReader) -> AsyncIterator[tuple[dict[str, Any], bytes]]:
    while True:
        yield await wire.receive(pipe)


def _error(header: Mapping[str, Any]) -> MenuraError:
    kind = getattr(errors, header["error"], EngineFailed)
    return kind(header["message"]) if issubclass(kind, MenuraError) else EngineFailed("broken")
