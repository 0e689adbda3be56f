"""`Strokes`: the notes of a part as keys pressed and let go, in ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_TICKS = 2
"""No note is written shorter, unless its key is struck again sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes:
    """Keys pressed and let go; arrays of one length, int64.

    Attributes:
        starts: ticks.
        ends: ticks, after the starts.
        keys: 0 to 127.
        forces: velocity, 1 to 127.
        bends: of the pitch wheel while the key is struck, -8192 to 8191.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    keys: NDArray[np.int64]
    forces: NDArray[np.int64]
    bends: NDArray[np.int64]


def apart(together: Sequence[Strokes]) -> list[Strokes]:
    """Returns the parts of one channel so that no key is struck before it is let go.

    A note ends where its key is struck again, one tick after its start at the earliest; the same
    key struck twice at one tick comes a tick later the second time. So each note-on has its own
    note-off, whichever way a reader pairs them.
    """
    starts, ends, keys = (
        np.concatenate([getattr(strokes, name) for strokes in together])
        for name in ("starts", "ends", "keys")
    )
    if not starts.size:
        return list(together)
    order = np.lexsort((starts, keys))
    struck, at = keys[order], np.arange(order.size)
    again = np.concatenate([[False], struck[1:] == struck[:-1]])
    # Of each key the starts rise by a tick at least: a running maximum of start minus number,
    # with the keys lifted clear of one another.
    lift = np.cumsum(~again) * (int(starts.max()) + order.size + 1)
    risen = np.maximum.accumulate(starts[order] - at + lift) + at - lift
    freed = np.maximum(ends[order], risen + LEAST_TICKS)
    freed[:-1] = np.where(again[1:], np.minimum(freed[:-1], risen[1:]), freed[:-1])
    starts[order], ends[order] = risen, freed
    edges = np.cumsum([strokes.starts.size for strokes in together])[:-1]
    return [
        replace(strokes, starts=start, ends=end)
        for strokes, start, end in zip(
            together, np.split(starts, edges), np.split(ends, edges), strict=True
        )
    ]
