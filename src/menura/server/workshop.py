"""`Workshop`: what a server has its worker processes do, and the queue before them.

One worker does several jobs at a time, each as far ahead of its reader as CREDIT messages: who
reads slowly holds a place, not a processor. A worker that dies takes nothing with it but what
was half heard: other jobs begin again on a new one. One that has done many jobs is relieved by a
fresh one (`Staff`): what libraries and allocators keep back goes with it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.errors import EngineFailed, MenuraError
from menura.server.jobs import Job
from menura.server.queue import Queue
from menura.server.staff import Staff
from menura.server.worker import write_settings
from menura.settings import cores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.server.jobs import Lane
    from menura.server.process import Process
    from menura.settings import Settings

log = logging.getLogger("menura.server")

JOBS_PER_WORKER = 4
MAX_LIVE = 8
"""Live jobs at a time."""
MAX_LIVE_OF_ONE = 4
"""The same, of one caller."""
MAX_WORKERS = 8
ATTEMPTS = 2


class Busy(MenuraError, RuntimeError):
    """There is more work than is taken at a time.

    Attributes:
        retry_after_s: when to come again, whole seconds.
    """

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Lost(EngineFailed):
    """The process that did a job is gone, and what it had begun cannot be begun again."""


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


class Workshop:
    """Has work done by processes; one for each server, on its event loop.

    Args:
        settings: of the workers' studios.
        bounds: how much is taken on.

    Attributes:
        places: jobs that are done at a time.
        staff: who does them.
    """

    def __init__(self, settings: Settings, bounds: Bounds | None = None) -> None:
        self.bounds = bounds if bounds is not None else Bounds()
        count = self.bounds.workers or min(cores(), MAX_WORKERS)
        values = write_settings(settings)
        values["workers"] = settings.workers or max(1, cores() // count)
        self.places = count * JOBS_PER_WORKER
        self.staff = Staff(values, count, self)
        self._queue = Queue()
        self._held: dict[str, int] = {}
        self._numbers = itertools.count(1)
        self._open = False
        self._closing = False
        self._seconds = 1.0

    @property
    def waiting(self) -> int:
        """How many jobs wait for a place."""
        return len(self._queue)

    @property
    def working(self) -> int:
        """How many jobs are under way."""
        return sum(len(worker.jobs) for worker in self.staff.all)

    @property
    def ready(self) -> bool:
        """Whether it takes work, and a worker is there to do it."""
        return (
            self._open and not self._closing and any(worker.ready for worker in self.staff.workers)
        )

    def close(self) -> None:
        """Takes no more work but what is part of other work; what never ends comes to its end."""
        self._closing = True
        for job in [job for job in self._queue if job.lane == "live"]:
            self._queue.discard(job)
            self._let_go(job)
            job.tell(_stopping())
        for worker in self.staff.all:
            for job in worker.jobs.values():
                if job.lane == "live":
                    job.finish()

    async def start(self) -> None:
        """Starts the workers, and waits until they are ready.

        Raises:
            EngineFailed: if they do not start.
        """
        self._open = True
        await self.staff.start()

    async def stop(self, grace_s: float) -> None:
        """Takes no more work, waits for what is under way, and ends the workers."""
        self._open = False
        deadline = time.monotonic() + grace_s
        while (self.working or self.waiting) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for job in self._queue:
            job.tell(EngineFailed("the server was stopped"))
        self._queue.clear()
        await self.staff.stop()

    def begin(self, do: str, ask: Mapping[str, Any], *, caller: str, lane: Lane = "quick") -> Job:
        """Returns a job, which waits for its turn.

        Args:
            do: a name in `work.WORK`.
            ask: what that work asks.
            caller: whose it is: callers take turns.
            lane: how it shares places with others.

        Raises:
            Busy: if too much is waiting already, or the server is being stopped.
        """
        held = self._held.get(caller, 0)
        after_s = max(1, min(60, round(self._seconds * (self.waiting + 1) / self.places)))
        if not self._open or (self._closing and lane == "live"):
            raise _stopping()
        if held >= self.bounds.of_one:
            raise Busy(f"{held} requests of yours are under way: wait for one to end", after_s)
        if self.waiting >= self.bounds.waiting:
            raise Busy("too many requests are waiting: come again", after_s)
        if lane == "live":
            self._check_live(caller)
        number = next(self._numbers)
        job = Job(do, ask, caller=caller, lane=lane, number=number, leave=self.leave)
        self._held[caller] = held + 1
        self._queue.add(job)
        self.dispatch()
        return job

    def _check_live(self, caller: str) -> None:
        """Refuses one more stream without end, if too many play or wait to."""
        under_way = [job for worker in self.staff.all for job in worker.jobs.values()]
        callers = [job.caller for job in [*under_way, *self._queue] if job.lane == "live"]
        if callers.count(caller) >= MAX_LIVE_OF_ONE:
            raise Busy(f"{MAX_LIVE_OF_ONE} streams without end are yours: stop one of them", 10)
        if len(callers) >= MAX_LIVE:
            raise Busy(f"{MAX_LIVE} streams without end are playing: wait for one to stop", 10)

    def leave(self, job: Job) -> None:
        """Gives up a job."""
        if self._queue.discard(job):
            self._let_go(job)
        elif job.process is not None and not job.over:
            job.process.send({"job": job.number, "stop": True})
            job.moved_at = time.monotonic()
        if not job.over:
            job.tell(None)

    def dispatch(self) -> None:
        """Gives waiting jobs to workers that have a place, callers taking turns."""
        for _ in range(self.waiting):
            worker = min(self.staff.workers, key=lambda w: (not w.ready, w.taken), default=None)
            if worker is None or not worker.ready:
                return
            job = self._queue.next(self._free(worker))
            if job is None:
                return
            worker.take(job)

    def _free(self, worker: Process) -> set[Lane]:
        """Returns the lanes of which a job can begin: who waits for one of them stops no other."""
        if worker.taken >= JOBS_PER_WORKER:
            return {"live"}
        long = sum(job.lane == "long" for w in self.staff.all for job in w.jobs.values())
        return {"live", "quick"} if long >= max(1, self.places // 2) else {"live", "quick", "long"}

    def lost(self, jobs: list[Job], reason: str) -> None:
        """Puts the jobs of a worker that is gone in line again, or ends them."""
        for job in jobs:
            job.process = None
            if job.over:
                self._let_go(job)
            elif job.given or job.ending.is_set() or job.attempts >= ATTEMPTS or not self._open:
                self._let_go(job)
                job.tell(Lost(reason))
            else:
                job.forget()
                self._queue.add_again(job)
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


def _stopping() -> Busy:
    return Busy("the server is being stopped", 5)
