"""`Staff`: the worker processes of a server: the lost are replaced, who did much is relieved."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Protocol

from menura.errors import EngineFailed
from menura.server import process
from menura.server.process import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("menura.server")

RELIEF = 1000
"""Jobs that a worker takes before a fresh one relieves it: some 5 MB of it are for nothing by then,
and a start costs as much as two sentences."""
LOOK_EVERY_S = 0.25


class Keeper(process.Keeper, Protocol):
    """Who hands out the jobs of workers."""

    def dispatch(self) -> None:
        """Gives waiting jobs to workers that have a place."""


class Staff:
    """The worker processes of a server; one for each workshop, on its event loop.

    Args:
        settings: of the workers' studios, as `write_settings` gives them.
        count: workers that take jobs.
        keeper: who hands out their jobs.

    Attributes:
        workers: that take jobs.
        losses: how many died or hung so far.
    """

    def __init__(self, settings: Mapping[str, Any], count: int, keeper: Keeper) -> None:
        self.workers: list[Process] = []
        self.losses = 0
        self._settings = settings
        self._count = count
        self._keeper = keeper
        self._relieved: list[Process] = []
        self._starts: dict[Process, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None

    @property
    def all(self) -> list[Process]:
        """Those that take jobs, those that only end what they have, and those that start."""
        return list(dict.fromkeys([*self.workers, *self._relieved, *self._starts]))

    async def start(self) -> None:
        """Starts the workers, and waits until they are ready.

        Raises:
            EngineFailed: if they do not start.
        """
        self.workers = [Process(self._keeper) for _ in range(self._count)]
        await asyncio.gather(*(worker.start(self._settings) for worker in self.workers))
        self._watch = asyncio.create_task(self._keep_watch())

    async def stop(self) -> None:
        """Ends the workers, and what they have under way."""
        workers = self.all
        tasks = [task for task in (self._watch, *self._starts.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in workers:
            worker.drop("the server was stopped")
        await asyncio.gather(*(worker.gone() for worker in workers))

    async def _keep_watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for worker in self.all:
                if worker not in self._starts:
                    await self._look_after(worker)
            self._keeper.dispatch()

    async def _look_after(self, worker: Process) -> None:
        """Replaces a worker that died or hangs, and relieves one that has done much."""
        reason = worker.trouble()
        if reason is not None:
            log.warning("a worker process was lost: %s", reason)
            self.losses += 1
            worker.drop(f"a worker process was lost: {reason}")
            await worker.gone()
            if worker in self.workers:
                self._begin(worker)
            else:
                self._relieved.remove(worker)
        elif worker in self._relieved:
            if not worker.jobs:
                worker.drop("it was relieved")
                await worker.gone()
                self._relieved.remove(worker)
        elif worker.begun >= RELIEF and not self._starts:
            self._begin(Process(self._keeper), worker)

    def _begin(self, worker: Process, relieves: Process | None = None) -> None:
        """Starts a worker beside the watch: one that hangs as it starts hides no other."""
        self._starts[worker] = asyncio.create_task(self._started(worker, relieves))

    async def _started(self, worker: Process, relieves: Process | None) -> None:
        try:
            await worker.start(self._settings)
        except (EngineFailed, OSError) as error:  # it is tried again
            log.warning("a worker process does not start: %s", error)
            if relieves is not None:
                relieves.begun = 0
        else:
            if relieves is not None:
                self.workers[self.workers.index(relieves)] = worker
                self._relieved.append(relieves)
        finally:
            del self._starts[worker]
        self._keeper.dispatch()
