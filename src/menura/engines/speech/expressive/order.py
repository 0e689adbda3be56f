"""Work done ahead on threads, its results in order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeVar

from menura.errors import EngineFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor, Future

A = TypeVar("A")
B = TypeVar("B")


def map_ahead(
    executor: Executor, function: Callable[[A], B], items: Iterable[A], ahead: int
) -> Iterator[B]:
    """Yields `function(item)` in the order of the items, at most `ahead` more under way.

    An error of the function is raised when its item is reached; what waits is then cancelled,
    as when the iterator is abandoned.

    Raises:
        EngineFailed: if the executor is shut down meanwhile.
    """
    pending: deque[Future[B]] = deque()
    try:
        for item in items:
            pending.append(_submitted(executor, function, item))
            # A slow source must not hold back what is done.
            while pending and (pending[0].done() or len(pending) > ahead):
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())
    finally:
        for future in pending:
            future.cancel()


def _submitted(executor: Executor, function: Callable[[A], B], item: A) -> Future[B]:
    try:
        return executor.submit(function, item)
    except RuntimeError as error:  # the only sign that it is shut down
        raise EngineFailed("this voice was closed while it spoke: make a new one") from error


def _result(future: Future[B]) -> B:
    from concurrent.futures import CancelledError

    try:
        return future.result()
    except CancelledError as error:
        raise EngineFailed("this voice was closed while it spoke: make a new one") from error
