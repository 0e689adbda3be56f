"""`Queue`: jobs that wait for a place, callers taking turns."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from menura.server.jobs import Job, Lane


class Queue:
    """Jobs that wait: each caller's in their order, the callers in turn."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Job]] = {}

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def __iter__(self) -> Iterator[Job]:
        for line in self._lines.values():
            yield from line

    def add(self, job: Job) -> None:
        """Adds a job, after its caller's others."""
        self._lines.setdefault(job.caller, deque()).append(job)

    def add_again(self, job: Job) -> None:
        """Adds a job that was begun before, ahead of its caller's others."""
        self._lines.setdefault(job.caller, deque()).appendleft(job)

    def discard(self, job: Job) -> bool:
        """Takes a job out; False if it does not wait."""
        line = self._lines.get(job.caller)
        if line is None or job not in line:
            return False
        line.remove(job)
        if not line:
            del self._lines[job.caller]
        return True

    def next(self, lanes: Container[Lane]) -> Job | None:
        """Takes out the next job of these lanes, None if there is none; its caller goes last."""
        job = next((job for job in self if job.lane in lanes), None)
        if job is not None:
            line = self._lines.pop(job.caller)
            line.remove(job)
            if line:
                self._lines[job.caller] = line
        return job

    def clear(self) -> None:
        """Forgets them all."""
        self._lines.clear()
