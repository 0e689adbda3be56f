"""`Pool`: loaded models, lent out, counted, and let go when memory or time says so."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from menura.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

T = TypeVar("T")

WAIT_S = 600.0


@dataclass(slots=True, eq=False)
class _Entry(Generic[T]):
    """One loaded model, or one being loaded (`ready` is not set yet)."""

    memory_mb: float
    ready: threading.Event
    model: T | None = None
    error: BaseException | None = None
    leases: int = 0
    used_s: float = 0.0


class Pool:
    """Keeps models loaded within a budget. Any number of threads may use it.

    A model that several ask for at once is loaded once and lent to all of them. One that nobody
    has is let go after `idle_s`, or sooner, the longest unused first, if another needs its memory.
    What is in use is never let go: who asks for more than is left waits until enough comes back. A
    model larger than the whole budget is loaded when it can have the pool for itself.

    Args:
        budget_mb: memory that all models together may take.
        idle_s: how long an unused model stays.
        wait_s: how long to wait for memory that others have.
        clock: seconds; stands in for the time (tests).
    """

    def __init__(
        self,
        budget_mb: float,
        idle_s: float,
        *,
        wait_s: float = WAIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget_mb = budget_mb
        self._idle_s = idle_s
        self._wait_s = wait_s
        self._clock = clock
        self._entries: dict[Hashable, _Entry[Any]] = {}
        self._changed = threading.Condition()

    @property
    def used_mb(self) -> float:
        """Memory that the loaded models take, as they were said to."""
        with self._changed:
            return sum(entry.memory_mb for entry in self._entries.values())

    @contextmanager
    def lease(self, key: Hashable, opener: Callable[[], T], memory_mb: float) -> Iterator[T]:
        """Lends a model for the length of a `with` block.

        Args:
            key: which model, and how it is loaded.
            opener: loads it, if it is not loaded yet.
            memory_mb: what it takes.

        Raises:
            EngineFailed: if others keep the memory it needs for `wait_s`; whatever `opener` raises.
        """
        entry, mine = self._reserve(key, memory_mb)
        try:
            if mine:
                self._load(key, entry, opener)
            entry.ready.wait()
            if entry.error is not None:
                raise entry.error
            yield entry.model  # type: ignore[misc]
        finally:
            with self._changed:
                entry.leases -= 1
                entry.used_s = self._clock()
                self._changed.notify_all()

    def sweep(self) -> None:
        """Lets go of what nobody has used for `idle_s`."""
        with self._changed:
            self._sweep()

    def close(self) -> None:
        """Lets go of everything that nobody is using."""
        with self._changed:
            for key in [k for k, entry in self._entries.items() if not entry.leases]:
                self._drop(key)

    def _reserve(self, key: Hashable, memory_mb: float) -> tuple[_Entry[Any], bool]:
        """Returns the entry of a key, leased, and whether the caller has to load it."""
        deadline = self._clock() + self._wait_s
        with self._changed:
            self._sweep()
            while True:
                entry = self._entries.get(key)
                if entry is not None:
                    entry.leases += 1
                    return entry, False
                if self._make_room(memory_mb):
                    entry = _Entry(memory_mb=memory_mb, ready=threading.Event(), leases=1)
                    self._entries[key] = entry
                    return entry, True
                left_s = deadline - self._clock()
                if left_s <= 0 or not self._changed.wait(left_s):
                    raise EngineFailed(
                        f"models in use leave no room for {memory_mb:,.0f} MB more of "
                        f"{self._budget_mb:,.0f} MB: wait for them, or raise the memory budget"
                    )

    def _load(self, key: Hashable, entry: _Entry[T], opener: Callable[[], T]) -> None:
        """Fills an entry; one that could not be loaded is forgotten, so the next may try again."""
        try:
            entry.model = opener()
        except BaseException as error:
            entry.error = error
            with self._changed:
                del self._entries[key]
                self._changed.notify_all()
            raise
        finally:
            entry.ready.set()

    def _make_room(self, memory_mb: float) -> bool:
        """Lets go of unused models until so much fits; False if those in use leave too little."""
        held = sum(entry.memory_mb for entry in self._entries.values() if entry.leases)
        if held and held + memory_mb > self._budget_mb:
            return False
        unused = sorted(
            (key for key, entry in self._entries.items() if not entry.leases),
            key=lambda k: self._entries[k].used_s,
        )
        total = sum(entry.memory_mb for entry in self._entries.values())
        for key in unused:
            if total + memory_mb <= self._budget_mb:
                break
            total -= self._entries[key].memory_mb
            self._drop(key)
        return True

    def _sweep(self) -> None:
        now = self._clock()
        for key, entry in list(self._entries.items()):
            if not entry.leases and now - entry.used_s >= self._idle_s:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        model = self._entries.pop(key).model
        close = getattr(model, "close", None)
        if callable(close):
            close()
