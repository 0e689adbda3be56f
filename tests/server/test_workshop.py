"""The workshop: its queue, and what becomes of jobs when something breaks.

The workers are real processes that do work of the tests' own.
"""

from __future__ import annotations

import asyncio
import os
import platform
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from menura.errors import EngineFailed
from menura.server import jobs, process, staff, wire, workshop
from menura.server.jobs import Job
from menura.server.process import Process
from menura.server.worker import CREDIT
from menura.server.workshop import Bounds, Busy, Workshop
from menura.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_S = 60.0
MAX_HEADER_BYTES = 100_000
HOARD_MB = 100
_BOOT = f"""
import json, sys
sys.path[:] = json.loads(sys.argv[1])
import time
from menura.server import wire, worker

def count(studio, ask, job):
    for n in range(ask["to"]):
        job.check()
        yield {{"n": n}}, b""

def wait(studio, ask, job):
    yield {{}}, b""
    while True:
        job.check()
        time.sleep(0.01)

def play(studio, ask, job):
    yield {{}}, b""
    while not job.ending:
        job.check()
        time.sleep(0.01)
    yield {{"facts": 1}}, b""

def tell(studio, ask, job):
    yield {{"facts": eval(ask["what"])}}, b""

def hoard():
    # What is kept lies all over the heap, to its end: it cannot shrink by itself.
    worker.kept = [bytearray(4096) for _ in range({HOARD_MB} * 256)][::1000]

def resident_mb():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 1e6

worker.TRIM_EVERY = 2
wire.MAX_HEADER_BYTES = {MAX_HEADER_BYTES}
worker.WORK.update(count=count, wait=wait, play=play, tell=tell)
worker.prepare = lambda studio: None
worker.main()
"""


@pytest.fixture(autouse=True)
def own_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_BOOT", _BOOT)
    monkeypatch.setattr(wire, "MAX_HEADER_BYTES", MAX_HEADER_BYTES)


@asynccontextmanager
async def opened(home: Path, **bounds: Any) -> AsyncIterator[Workshop]:
    """Yields a workshop that has one worker."""
    made = Workshop(Settings(home=home, workers=1), Bounds(workers=1, **bounds))
    await made.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield made
    finally:
        await made.stop(0.0)


def pids(made: Workshop) -> list[int]:
    return [worker.pid for worker in made.staff.all]


async def numbers(job: Job) -> list[int]:
    return [header["n"] async for header, _ in job]


def test_quick_work_is_done_beside_long_work_of_the_same_caller(tmp_path: Path) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:
            long = [made.begin("wait", {}, caller="a", lane="long") for _ in range(3)]
            quick = made.begin("count", {"to": 3}, caller="a")
            assert await numbers(quick) == [0, 1, 2]
            for job in long:
                await job.aclose()

    asyncio.run(check())


def test_what_never_ends_ends_when_it_closes_and_the_rest_goes_on(tmp_path: Path) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:
            endless = made.begin("play", {}, caller="a", lane="live")
            other = made.begin("wait", {}, caller="a")
            await anext(endless)
            await anext(other)
            made.close()
            assert not made.ready
            await endless.rest(3600)
            assert [header async for header, _ in endless] == [{"facts": 1}]
            # What is under way may need more, but not without end.
            assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
            with pytest.raises(Busy):
                made.begin("play", {}, caller="a", lane="live")
            assert not other.over
            await other.aclose()

    asyncio.run(check())


def test_what_never_ends_and_waits_is_refused_when_it_closes(tmp_path: Path) -> None:
    async def check() -> None:
        made = Workshop(Settings(home=tmp_path, workers=1), Bounds(workers=1))
        made._open = True
        live = made.begin("play", {}, caller="a", lane="live")
        quick = made.begin("count", {"to": 3}, caller="a")
        made.close()
        with pytest.raises(Busy):
            await anext(live)
        assert made.waiting == 1
        await quick.aclose()
        assert made.waiting == 0

    asyncio.run(check())


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("float('nan')", id="no number of JSON"),
        pytest.param("{1, 2}", id="no value of JSON"),
        pytest.param(f"'x' * {MAX_HEADER_BYTES}", id="too large"),
    ],
)
def test_an_answer_that_cannot_be_told_spoils_no_other_work(tmp_path: Path, what: str) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:
            other = made.begin("count", {"to": 50}, caller="b")
            await anext(other)
            with pytest.raises(EngineFailed):
                await made.begin("tell", {"what": what}, caller="a").only()
            assert await numbers(other) == list(range(1, 50))
            assert made.staff.losses == 0

    asyncio.run(check())


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_memory_of_what_is_done_goes_back(tmp_path: Path) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:

            async def told(what: str) -> Any:
                return (await made.begin("tell", {"what": what}, caller="a").only())["facts"]

            lasting = made.begin("wait", {}, caller="b")  # the worker is never idle
            before = await told("resident_mb()")
            await told("hoard() or resident_mb()")
            while await told("resident_mb()") > before + HOARD_MB / 4:
                await asyncio.sleep(0.01)
            await lasting.aclose()

    asyncio.run(check())


def test_work_that_says_nothing_has_failed(tmp_path: Path) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:
            job = made.begin("count", {"to": 0}, caller="a")
            with pytest.raises(EngineFailed):
                await job.only()

    asyncio.run(check())


def test_a_worker_that_cannot_be_started_is_started_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = asyncio.create_subprocess_exec
    refused = 0

    async def sometimes(*args: Any, **rest: Any) -> Any:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise OSError(24, "Too many open files")
        if refused == 2:
            args = (sys.executable, "-c", "import sys; sys.exit(3)")
        return await begin(*args, **rest)

    async def check() -> None:
        async with opened(tmp_path) as made:
            monkeypatch.setattr(asyncio, "create_subprocess_exec", sometimes)
            os.kill(pids(made)[0], signal.SIGKILL)
            assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
            assert refused == 3

    asyncio.run(check())


def test_a_worker_that_has_done_much_is_relieved_and_ends_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "RELIEF", 3)

    async def check() -> None:
        async with opened(tmp_path) as made:
            (first,) = pids(made)
            long = made.begin("count", {"to": 50}, caller="b")
            await anext(long)
            for _ in range(2):
                assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
            while len(pids(made)) == 1 or 0 in pids(made) or pids(made)[0] == first:
                await asyncio.sleep(0.01)
            told = made.begin("tell", {"what": "__import__('os').getpid()"}, caller="a")
            assert (await told.only())["facts"] == pids(made)[0]
            assert await numbers(long) == list(range(1, 50))
            while first in pids(made):
                await asyncio.sleep(0.01)
            with pytest.raises(ProcessLookupError):
                os.kill(first, 0)
            assert made.staff.losses == 0

    asyncio.run(check())


def test_a_worker_that_hangs_as_it_starts_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = asyncio.create_subprocess_exec
    hangs = asyncio.Event()

    async def hanging(*args: Any, **rest: Any) -> Any:
        first = not hangs.is_set()
        hangs.set()
        if first:
            args = (sys.executable, "-c", "import time; time.sleep(3600)")
        return await begin(*args, **rest)

    async def check() -> None:
        made = Workshop(Settings(home=tmp_path, workers=1), Bounds(workers=2))
        await made.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                one, other = pids(made)
                monkeypatch.setattr(asyncio, "create_subprocess_exec", hanging)
                os.kill(one, signal.SIGKILL)
                await hangs.wait()
                os.kill(other, signal.SIGKILL)
                assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
        finally:
            await made.stop(0.0)

    asyncio.run(check())


def test_a_worker_that_cannot_be_relieved_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "RELIEF", 1)
    refused = asyncio.Event()

    async def never(*_: Any, **__: Any) -> Any:
        refused.set()
        raise OSError(24, "Too many open files")

    async def check() -> None:
        async with opened(tmp_path) as made:
            before = pids(made)
            monkeypatch.setattr(asyncio, "create_subprocess_exec", never)
            assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
            await refused.wait()
            assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]
            assert pids(made) == before

    asyncio.run(check())


def test_streams_without_end_are_capped_for_each_caller_and_for_all(tmp_path: Path) -> None:
    async def check() -> None:
        async with opened(tmp_path) as made:
            for caller in "ab":
                for _ in range(workshop.MAX_LIVE_OF_ONE):
                    await anext(made.begin("wait", {}, caller=caller, lane="live"))
                with pytest.raises(workshop.Busy, match="are yours"):
                    made.begin("wait", {}, caller=caller, lane="live")
            with pytest.raises(workshop.Busy, match="are playing"):
                made.begin("wait", {}, caller="c", lane="live")

    asyncio.run(check())


def test_who_reads_again_after_long_finds_the_work_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(jobs, "time", SimpleNamespace(monotonic=lambda: now))
    made = Workshop(Settings(home=tmp_path), Bounds(workers=1))
    job = Job("count", {}, caller="a", lane="quick", number=1, leave=made.leave)
    job.process = Process(made)
    for number in range(CREDIT):
        job.tell(({"n": number}, b""))

    async def read() -> None:
        for _ in range(CREDIT):
            await anext(job)

    now = 2 * process.PATIENCE_S
    asyncio.run(read())
    assert now - job.moved_at < process.PATIENCE_S


def test_what_was_told_before_a_worker_was_lost_is_not_told_twice(tmp_path: Path) -> None:
    made = Workshop(Settings(home=tmp_path), Bounds(workers=1))
    made._open = True
    job = Job("count", {}, caller="a", lane="quick", number=1, leave=made.leave)
    job.tell(({"n": 0}, b""))
    made.lost([job], "it ended")
    for number in range(3):
        job.tell(({"n": number}, b""))
    job.tell(None)
    assert made.waiting == 1
    assert asyncio.run(numbers(job)) == [0, 1, 2]


def test_of_many_that_leave_at_any_moment_nothing_stays(tmp_path: Path) -> None:
    async def leave_after(made: Workshop, number: int) -> None:
        job = made.begin("count", {"to": 1000}, caller=f"c{number % 7}")
        for _ in range(number % 5):
            await anext(job)
        await asyncio.sleep(0.001 * (number % 11))
        await job.aclose()

    async def check() -> None:
        async with opened(tmp_path, waiting=200) as made:
            await asyncio.gather(*(leave_after(made, n) for n in range(150)))
            os.kill(pids(made)[0], signal.SIGKILL)
            await asyncio.gather(*(leave_after(made, n) for n in range(150)))
            while made.working or made.waiting:
                await asyncio.sleep(0.01)
            assert made._held == {}
            assert all(not worker._began for worker in made.staff.workers)
            threads = Path(f"/proc/{pids(made)[0]}/status").read_text()
            count = next(line for line in threads.splitlines() if line.startswith("Threads"))
            assert int(count.split()[1]) <= 8
            assert await numbers(made.begin("count", {"to": 3}, caller="a")) == [0, 1, 2]

    asyncio.run(check())
