"""`Segment`s: a rendering cut where nothing is heard, so that each part can be made alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.smoothing import runs
from menura.engines.speech.expressive.phones import FAINT, QUIET

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL_S = 0.005
PAUSE_S = 0.1
MARGIN_S = 0.01
"""A stretch of silence from 100 ms on, but for 10 ms at its ends, needs no vocoder."""
CLOSURE_S = 0.015
LONGEST_S = 2.5
FIRST_S = 0.8
"""How long the first part of a performance should be at most: it is what a listener waits for."""
LEAST_S = 0.35
"""Longer parts are cut inside the closure of a plosive, but not into pieces shorter than this."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a rendering.

    Attributes:
        start: its first frame.
        stop: the frame behind its last.
        silent: nothing is heard in it.
    """

    start: int
    stop: int
    silent: bool


def segment(
    samples: NDArray[np.float32], rate: int, *, first_s: float = LONGEST_S
) -> list[Segment]:
    """Returns the segments of a rendering, in order and without gaps.

    Where there is no silence to cut at, a segment stays as long as it is.

    Args:
        samples: shape (frames,), float32.
        rate: Hz.
        first_s: how long the first one that sounds should be at most; short, it is ready early.
    """
    if not samples.size:
        return []
    cell = round(CELL_S * rate)
    starts = np.arange(0, samples.size, cell)
    peak = np.maximum.reduceat(np.abs(samples), starts)
    closures = _middles(peak < FAINT, cell, rate)
    first, last = runs(peak < QUIET)
    long = (last - first) * cell >= PAUSE_S * rate
    result: list[Segment] = []
    at = 0
    margin = round(MARGIN_S * rate)
    limit_s = first_s
    for begin, end in zip((first[long] * cell).tolist(), (last[long] * cell).tolist(), strict=True):
        start = begin + margin if begin else 0
        stop = end - margin if end < samples.size else int(samples.size)
        pieces = _cut(at, start, closures, rate, limit_s)
        limit_s = LONGEST_S if pieces else limit_s
        result += [*pieces, Segment(start, stop, silent=True)]
        at = stop
    return [*result, *_cut(at, int(samples.size), closures, rate, limit_s)]


def _middles(faint: NDArray[np.bool_], cell: int, rate: int) -> NDArray[np.intp]:
    """Returns the frames in the middle of what is faint for long enough to cut there."""
    first, last = runs(faint)
    wide = (last - first) * cell >= CLOSURE_S * rate
    return np.asarray((first + last)[wide] * cell // 2)


def _cut(
    start: int, stop: int, closures: NDArray[np.intp], rate: int, limit_s: float
) -> list[Segment]:
    """Cuts what sounds from `start` to `stop` into parts no longer than need be."""
    result: list[Segment] = []
    least = round(LEAST_S * rate)
    while stop - start > round(limit_s * rate):
        fit = closures[(closures >= start + least) & (closures <= stop - least)]
        if not fit.size:
            break
        near = fit[fit <= start + round(limit_s * rate)]
        end = int(near[-1] if near.size else fit[0])
        result.append(Segment(start, end, silent=False))
        start, limit_s = end, LONGEST_S
    if stop > start:
        result.append(Segment(start, stop, silent=False))
    return result
