"""Chances: when and how hard many small things happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def arrivals(
    per_s: NDArray[np.float64], step_s: float, rng: np.random.Generator, *, even: float = 0.0
) -> NDArray[np.float64]:
    """Returns the moments of a Poisson process with a changing rate, seconds, shape (arrivals,).

    Args:
        per_s: the rate at every step, shape (steps,), not below 0.
        step_s: between two of its values.
        rng: draws them.
        even: 0 as chance has it, towards 1 at even distances.
    """
    path = np.concatenate([[0.0], np.cumsum(per_s) * step_s])
    count = int(path[-1] + 6 * np.sqrt(path[-1]) + 10)
    gaps = even + (1 - even) * rng.exponential(1.0, count)
    marks = np.cumsum(gaps) - float(rng.random()) * gaps[0]
    inside = marks < path[-1]
    times_s = np.interp(marks[inside], path, np.arange(path.size) * step_s)
    return np.asarray(times_s, np.float64)


def power_law(
    count: int, exponent: float, span: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns sizes of which there are the fewer the larger they are: p(x) as x^-exponent.

    Args:
        count: how many.
        exponent: over 1.
        span: the largest over the smallest, which is 1.
        rng: draws them.
    """
    share = rng.random(count)
    left = 1 - exponent
    return np.asarray((1 + share * (span**left - 1)) ** (1 / left), np.float64)


def pulses(
    times_s: NDArray[np.float64], sizes: NDArray[np.float64], frames: int, rate: int
) -> NDArray[np.float32]:
    """Returns impulses, each laid over two frames, shape (frames,); what is later is left out."""
    place = times_s * rate
    at = place.astype(np.int64)
    inside = (at >= 0) & (at < frames - 1)
    at, late, size = at[inside], (place - at)[inside], sizes[inside]
    hits = np.bincount(at, size * (1 - late), frames) + np.bincount(at + 1, size * late, frames)
    return hits.astype(np.float32)
