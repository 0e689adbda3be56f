"""Attention: whether anybody still waits, looked at in the midst of work that gives no sound yet.

The studio lends its caller's progress to what it calls; an engine that plans for long calls
`attend` every now and then. What the caller raises there ends the work and reaches the caller as it
was: it is no error of the engine's.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LENT: ContextVar[Callable[[], None] | None] = ContextVar("progress", default=None)


class _Ended(BaseException):
    """Carries what a caller raised past all that would take it for an engine's error."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason


def attend() -> None:
    """Tells whoever waits that the work goes on; does not return if nobody does any more."""
    tell = _LENT.get()
    if tell is None:
        return
    try:
        tell()
    except Exception as reason:  # noqa: BLE001 - handed on to the caller as it is
        raise _Ended(reason) from None


@contextmanager
def attended(progress: Callable[[float], None]) -> Iterator[Callable[[float], None]]:
    """Has `attend` call a progress in all that is done inside, on this thread.

    Args:
        progress: told the share that is done, 0 to 1: by `attend`, what it was told last.

    Yields:
        What is to be told the share.

    Raises:
        Exception: what `progress` raises.
    """
    share = 0.0

    def told(now: float) -> None:
        nonlocal share
        share = now
        progress(now)

    token = _LENT.set(lambda: progress(share))
    try:
        yield told
    except _Ended as ended:
        raise ended.reason from None
    finally:
        _LENT.reset(token)
