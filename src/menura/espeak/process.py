"""One worker process, as the parent sees it: start it, ask it one thing at a time, end it."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.errors import NotInstalled

if TYPE_CHECKING:
    from typing import IO

SCRIPT = Path(__file__).with_name("worker.py")
CRASHES = (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGABRT, -signal.SIGFPE, -signal.SIGILL)
MAX_HEADER_BYTES = 64 << 20
MAX_FRAMES = 1 << 30
MAX_ANSWERS = 500
"""Of one process: espeak-ng leaves 1.7 KB behind with every utterance."""


class WorkerLost(Exception):
    """A worker died, was stopped for taking too long, or answered nonsense.

    It stays inside this package: the pool turns it into a retry or into `EngineFailed`.

    Attributes:
        crashed: whether espeak-ng itself broke: the text, not the machine, is the likely cause.
    """

    def __init__(self, reason: str, *, crashed: bool = False) -> None:
        super().__init__(reason)
        self.crashed = crashed


class Process:
    """A running `worker.py`.

    Not for several threads at once; the pool hands it to one at a time.

    Raises:
        NotInstalled: if the espeak-ng library or its data is not there.
    """

    def __init__(self) -> None:
        library, data = _paths()
        self._answers = 0
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SCRIPT), library, data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs. In a forked copy of the parent it does not count as running."""
        return self._child.poll() is None

    @property
    def spent(self) -> bool:
        """Whether a fresh process should go on instead, since this one has grown."""
        return self._answers >= MAX_ANSWERS

    def exchange(self, request: dict[str, Any], limit_s: float) -> tuple[dict[str, Any], bytes]:
        """Returns the header and the PCM bytes of the answer.

        Args:
            request: as worker.py describes it, without `limit_s`.
            limit_s: after so many seconds the process is killed.

        Raises:
            WorkerLost: if no sound answer came; the process is dead then.
        """
        answered = threading.Event()
        watchdog = threading.Timer(limit_s, self._bark, (answered,))
        watchdog.daemon = True
        watchdog.start()
        try:
            # The worker's own alarm ends it when this process is gone and cannot.
            return self._ask({**request, "limit_s": math.ceil(limit_s) + 1})
        except BaseException as error:
            answered.set()
            self.kill()
            if isinstance(error, (WorkerLost, OSError, ValueError, KeyError, TypeError)):
                crashed = self._child.returncode in CRASHES
                raise WorkerLost(str(error), crashed=crashed) from error
            raise
        finally:
            answered.set()
            watchdog.cancel()

    def _bark(self, answered: threading.Event) -> None:
        if not answered.is_set():
            self.stop()

    def _ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        stdin, stdout = self._child.stdin, self._child.stdout
        if stdin is None or stdout is None:
            raise WorkerLost("the worker has no pipes")
        body = json.dumps(request).encode()
        stdin.write(len(body).to_bytes(4, "big") + body)
        stdin.flush()
        size = int.from_bytes(_read(stdout, 4), "big")
        if size > MAX_HEADER_BYTES:
            raise WorkerLost("the answer is not one of ours")
        header = json.loads(_read(stdout, size))
        self._answers += 1
        if "error" in header:
            return header, b""
        frames = header["frames"]
        if not 0 <= frames < MAX_FRAMES:
            raise WorkerLost("the answer is not one of ours")
        return header, _read(stdout, 2 * frames)

    def stop(self) -> None:
        """Sends the signal that ends the process; any thread may, also while another asks it."""
        self._child.kill()

    def kill(self) -> None:
        """Ends the process at once and reaps it. It holds nothing that would need saving."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # bytes that it never read cannot be flushed: they do not matter


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise WorkerLost("the worker's answer breaks off")
    return data


def _paths() -> tuple[str, str]:
    try:
        import espeakng_loader

        paths = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    except (ImportError, RuntimeError) as error:
        raise NotInstalled("espeak-ng is not there: install espeakng-loader") from error
    return paths
