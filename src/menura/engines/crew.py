"""`Crew`: worker processes that compute for an engine, on all cores, with answers in order.

Python's threads share one interpreter, and a linear algebra library with threads of its own adds
numbers in an order that depends on their count. A worker has one thread: the samples it gives
are the same whatever runs beside it, and on however many workers.
"""

from __future__ import annotations

import json
import math
import queue
import subprocess
import sys
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from menura.engines.attention import attend
from menura.engines.crew_worker import (
    HEADER_BYTES,
    LENGTH_BYTES,
    MAX_FRAMES,
    MAX_HEADER_BYTES,
    send,
)
from menura.errors import EngineFailed
from menura.settings import cores, single_threaded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from concurrent.futures import ThreadPoolExecutor
    from typing import IO

    from numpy.typing import NDArray

Message: TypeAlias = "tuple[dict[str, Any], NDArray[np.float32]]"

ATTEMPTS = 2
PATIENCE_S = 60.0
"""How long a worker may take for one message before it counts as hung: some 100 times what it
needs for the longest."""
_LOOK_S = 0.2
"""Who waits for a worker looks so often whether anybody waits for the sound."""
_CLOSED = "this engine was closed while it worked: open a new studio"
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from menura.engines.crew_worker import main; main(sys.argv[1])"
)


class Crew:
    """Workers that start when they are needed. Safe for several threads.

    A worker that dies is replaced and does its job again; what it had already sent is the same
    the second time, so nothing is heard of it.

    Args:
        module: name of a module with `work(header, samples)`, which yields messages.
        workers: processes at most; 0 = one for each core this process may use.
    """

    def __init__(self, module: str, workers: int = 0) -> None:
        self.workers = workers if workers > 0 else cores()
        self._module = module
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._live: set[_Worker] = set()
        self._threads: ThreadPoolExecutor | None = None
        self._closed = False
        self._finalizer = weakref.finalize(self, _kill_all, self._live)

    def prepare(self) -> None:
        """Starts the first worker, so that it is ready when the first job comes."""
        with self._lock:
            if not self._closed and not self._live:
                self._idle.append(self._start())

    def submit(self, header: Mapping[str, Any], samples: NDArray[np.float32]) -> Answer:
        """Hands in a job, and returns its messages as they come.

        Args:
            header: plain JSON values.
            samples: shape (frames,), float32.

        Raises:
            EngineFailed: if the crew is closed.
        """
        from concurrent.futures import ThreadPoolExecutor

        answer = Answer()
        with self._lock:
            if self._closed:
                raise EngineFailed(_CLOSED)
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.workers, "crew")
            self._threads.submit(self._run, header, samples, answer)
        return answer

    def draw(
        self, header: Mapping[str, Any], samples: NDArray[np.float32]
    ) -> Generator[Message, None, None]:
        """Yields the messages of one job as they are asked for: it goes no faster than its reader.

        Such a job may be endless. It has a worker of its own, beside those of `submit`.

        Args:
            header: plain JSON values.
            samples: shape (frames,), float32.

        Raises:
            EngineFailed: if the job cannot be done, or the crew is closed.
        """
        given = 0
        for attempt in range(ATTEMPTS):
            with self._lock:
                if self._closed:
                    raise EngineFailed(_CLOSED)
            worker = self._take()
            well = False
            try:
                for i, message in enumerate(worker.ask(header, samples)):
                    if i >= given:
                        given += 1
                        yield message
            except EngineFailed:
                well = True  # it is: the job was not
                raise
            except _WorkerLost as error:
                self._check_again(error, attempt)
            else:
                well = True
                break
            finally:
                if well:
                    self._give_back(worker)
                else:
                    self._drop(worker)

    def close(self) -> None:
        """Ends every worker; jobs under way fail with `EngineFailed`."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, None
            _kill_all(self._live)
        if threads is not None:
            threads.shutdown(wait=True)
        with self._lock:
            for worker in self._idle:
                worker.kill()
            self._idle.clear()
            self._live.clear()

    def _run(self, header: Mapping[str, Any], samples: NDArray[np.float32], answer: Answer) -> None:
        """Does one job, on a fresh worker if the first is lost."""
        try:
            for attempt in range(ATTEMPTS):
                if answer.abandoned or self._relayed(header, samples, answer, attempt):
                    break
        except BaseException as error:  # noqa: BLE001 - raised where the answer is read
            answer.put(error)
        else:
            answer.put(None)

    def _relayed(
        self,
        header: Mapping[str, Any],
        samples: NDArray[np.float32],
        answer: Answer,
        attempt: int,
    ) -> bool:
        """Has one worker do the job; False if it was lost and another may try."""
        worker = self._take()
        try:
            complete = _relay(worker.ask(header, samples), answer)
        except EngineFailed:
            self._give_back(worker)  # it is well: the job was not
            raise
        except _WorkerLost as error:
            self._drop(worker)
            self._check_again(error, attempt)
            return False
        except BaseException:
            self._drop(worker)
            raise
        if complete:
            self._give_back(worker)
        else:
            self._drop(worker)  # what it still has to say is of no use to anyone
        return True

    def _check_again(self, error: _WorkerLost, attempt: int) -> None:
        """Passes if a job whose worker was lost may be tried once more."""
        if self._closed:
            raise EngineFailed(_CLOSED) from error
        if attempt + 1 == ATTEMPTS:
            raise EngineFailed(f"a worker process failed: {error}") from error

    def _take(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise EngineFailed(_CLOSED)
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
                self._live.discard(worker)
                worker.kill()
            return self._start()

    def _start(self) -> _Worker:
        worker = _Worker(self._module)
        self._live.add(worker)
        return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            kept = len(self._idle) < self.workers and not self._closed
            if kept:
                self._idle.append(worker)
        if not kept:  # of many drawn from at once, no more stay than work for one job
            self._drop(worker)

    def _drop(self, worker: _Worker) -> None:
        worker.kill()
        with self._lock:
            self._live.discard(worker)


class Answer:
    """The messages of one job, in order.

    Attributes:
        count: how many have come.
        abandoned: whether nobody reads on.
    """

    def __init__(self) -> None:
        self.count = 0
        self._over = False
        self._queue: queue.SimpleQueue[Message | BaseException | None] = queue.SimpleQueue()
        self.abandoned = False

    def put(self, message: Message | BaseException | None) -> None:
        """Adds a message; None ends them, an error is raised when it is reached."""
        self.count += 1
        self._queue.put(message)

    def __iter__(self) -> Iterator[Message]:
        while not self._over:
            message = self._awaited()
            self._over = not isinstance(message, tuple)
            if isinstance(message, BaseException):
                raise message
            if message is not None:
                yield message

    def _awaited(self) -> Message | BaseException | None:
        """Returns the next message; looks in the meantime whether anybody waits for it."""
        while True:
            try:
                return self._queue.get(timeout=_LOOK_S)
            except queue.Empty:
                attend()

    def close(self) -> None:
        """Tells that nobody reads on: the job is not carried on."""
        self.abandoned = True


def _relay(messages: Iterator[Message], answer: Answer) -> bool:
    """Passes on what the answer does not hold yet; False if nobody reads on."""
    for i, message in enumerate(messages):
        if answer.abandoned:
            return False
        if i >= answer.count:
            answer.put(message)
    return True


class _WorkerLost(Exception):
    """A worker died, hung or answered nonsense."""


class _Worker:
    """One process, as the parent sees it; asked by one thread at a time."""

    def __init__(self, module: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", _BOOT, module, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=single_threaded(),
        )
        self._deadline = math.inf
        self._late = False
        threading.Thread(target=self._watch, name="crew watch", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def ask(self, header: Mapping[str, Any], samples: NDArray[np.float32]) -> Iterator[Message]:
        """Yields the messages of one job.

        Raises:
            _WorkerLost: if the process does not give them.
            EngineFailed: if the job itself cannot be done.
        """
        stdin, stdout = self._child.stdin, self._child.stdout
        if stdin is None or stdout is None:
            raise _WorkerLost("it has no pipes")
        try:
            with self._patience():
                send(stdin, header, samples)
            while True:
                with self._patience():
                    told, sound = _receive(stdout)
                if "error" in told:
                    raise EngineFailed(f"a worker process could not do its job: {told['error']}")
                if "end" in told:
                    return
                yield told, sound
        except (OSError, ValueError) as error:
            late = f"it was silent for more than {PATIENCE_S:g} s"
            raise _WorkerLost(late if self._late else f"{error!r:.100}") from error

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """Ends the process if what runs inside takes too long, so that it fails."""
        self._deadline = time.monotonic() + PATIENCE_S
        try:
            yield
        finally:
            self._deadline = math.inf

    def _watch(self) -> None:
        """Ends the process when its time is up. One thread for all its messages."""
        while self.alive:
            time.sleep(min(1.0, PATIENCE_S / 4))
            if time.monotonic() > self._deadline:
                self._late = True
                self._child.kill()

    def kill(self) -> None:
        """Ends the process and reaps it; it holds nothing that would need saving."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what it never read cannot be flushed


def _receive(pipe: IO[bytes]) -> Message:
    head = int.from_bytes(_read(pipe, HEADER_BYTES), "big")
    length = int.from_bytes(_read(pipe, LENGTH_BYTES), "big")
    if head > MAX_HEADER_BYTES or length > 4 * MAX_FRAMES or length % 4:
        raise ValueError("not a message of ours")
    header = json.loads(_read(pipe, head))
    return header, np.frombuffer(_read(pipe, length), "<f4")


def _read(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) != size:
        raise ValueError("the answer breaks off")
    return data


def _kill_all(workers: set[_Worker]) -> None:
    for worker in list(workers):
        worker._child.kill()  # noqa: SLF001 - the thread that asks it reaps it
