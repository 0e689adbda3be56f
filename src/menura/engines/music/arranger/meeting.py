"""Meeting: a tempo, and bars cut short, that bring bar lines to times in seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import pulses
from menura.engines.music.arranger.timing import (
    MAX_TAIL_S,
    Mark,
    bar_seconds,
    phrase_cost,
    tempo_at,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from menura.engines.music.arranger.timing import Fit, Tempo

NEAR_S = 0.05
"""A bar line so near to a time meets it: about what listeners call together in an ensemble (Rasch,
"Synchronization in performed ensemble music", Acustica 43, 1979, has 30 to 50 ms)."""
MOST_PULL = 0.1
"""By how much of itself a free tempo moves at most."""
_CUT_COST = 0.06
"""A bar cut short is heard; a tempo that is so much off the drawn one is as good as that one."""
_OFF_COST, _ODD_COST, _TAIL_COST = 0.2, 0.005, 0.05
_FINEST_SHARE = 0.02
"""Of a quarter note at the last time: the step of the tempi that are looked at."""
_MOST_TEMPI = 20_000
_TRIED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A tempo with the places of the times in it, in quarter notes, and what speaks against it."""

    bpm: float
    gaps: tuple[float, ...]
    cost: float


def meet(
    times_s: Sequence[float],
    duration_s: float,
    meter: tuple[int, int],
    tempo: Tempo,
    fitter: Callable[[float, Tempo], Fit],
    *,
    after_s: Collection[float] = (),
) -> Fit:
    """Returns a fit with a mark for each time: the bar line there, or near it.

    A free tempo moves by MOST_PULL at most and stays in its range: by least squares over all
    times it comes to where whole bars lead to them, or bars of which the one before a time is cut
    after one of the pulses of its second half. A given tempo holds, and the nearest such place is
    taken.

    Args:
        times_s: rising, within the piece.
        duration_s: of the piece.
        meter: beats in a bar and the note that is one beat.
        tempo: what is asked of it.
        fitter: fills a length at an exact tempo with bars.
        after_s: those of the times before which the bar line must not be.
    """
    bar_beats = meter[0] * 4 / meter[1]
    best: tuple[float, Fit] | None = None
    for choice in _choices(np.array(times_s), meter, tempo, after_s):
        marks = _marks(times_s, choice.gaps, bar_beats)
        lost = sum({mark.bar: mark.cut_beats for mark in marks}.values())
        lost_s = lost * bar_seconds(meter, choice.bpm) / bar_beats
        fit = fitter(duration_s + lost_s, tempo_at(choice.bpm))
        cost = choice.cost + _filling_cost(fit, meter)
        if best is None or cost < best[0]:
            best = cost, replace(fit, duration_s=round(fit.duration_s - lost_s, 9), marks=marks)
    return fitter(duration_s, tempo) if best is None else best[1]


def _choices(
    times_s: NDArray[np.float64],
    meter: tuple[int, int],
    tempo: Tempo,
    after_s: Collection[float],
) -> list[_Choice]:
    """Returns the best tempi for some times, each once."""
    bar_beats = meter[0] * 4 / meter[1]
    unit_s = bar_seconds(meter, 1.0) / bar_beats  # seconds of a quarter note at 1 bpm
    low = max(tempo.low, tempo.usual / (1 + MOST_PULL))
    high = min(tempo.high, tempo.usual * (1 + MOST_PULL))
    if tempo.exact or low >= high:
        low = high = tempo.usual
    step = min(0.002, _FINEST_SHARE * unit_s / tempo.usual / float(times_s[-1]))
    count = min(int(math.log(high / low) / step) + 1, _MOST_TEMPI)
    grid = np.geomspace(low, high, count)
    late = tuple(p for p in pulses(meter) if p >= bar_beats / 2)
    fixed = count == 1
    found: dict[float, _Choice] = {}
    for spots in ((0.0, bar_beats), (0.0, *late, bar_beats)):
        gaps = _gaps(times_s, unit_s / grid, np.array(spots), after_s)
        places = np.cumsum(gaps, axis=1)
        quarters_s = unit_s / grid if fixed else (places @ times_s) / np.sum(places**2, axis=1)
        bpms = np.clip(unit_s / quarters_s, low, high)
        whole = np.rint(bpms)
        off = np.abs(times_s - places * (unit_s / np.clip(whole, low, high))[:, None]).max(axis=1)
        bpms = np.where((off <= NEAR_S) & (not fixed), np.clip(whole, low, high), bpms)
        bpms = np.round(bpms, 9) if fixed else np.clip(np.round(bpms, 3), tempo.low, tempo.high)
        off = np.abs(times_s - places * (unit_s / bpms)[:, None]).max(axis=1)
        costs = np.abs(np.log(bpms / tempo.usual)) + (off > NEAR_S) * (_OFF_COST + off)
        costs += _CUT_COST * np.sum(gaps % bar_beats > 1e-6, axis=1)
        costs += _ODD_COST * (np.rint(gaps[:, 0] // bar_beats) % 4)
        for at in np.argsort(costs, kind="stable")[: 4 * _TRIED].tolist():
            bpm, cost = float(bpms[at]), float(costs[at])
            if bpm not in found or cost < found[bpm].cost:
                found[bpm] = _Choice(bpm=bpm, gaps=tuple(gaps[at].tolist()), cost=cost)
    return sorted(found.values(), key=lambda choice: (choice.cost, choice.bpm))[:_TRIED]


def _gaps(
    times_s: NDArray[np.float64],
    quarters_s: NDArray[np.float64],
    spots: NDArray[np.float64],
    after_s: Collection[float],
) -> NDArray[np.float64]:
    """Returns the quarter notes from each time to the next, of each tempo: bars and a spot.

    Args:
        times_s: shape (times,).
        quarters_s: of a quarter note, shape (tempi,).
        spots: where in a bar a time may fall, rising from 0 to the whole bar.
        after_s: those of the times before which no spot is taken, but for NEAR_S.

    Returns:
        Shape (tempi, times).
    """
    bar_beats = spots[-1]
    reached = np.zeros_like(quarters_s)
    found = []
    for number, time_s in enumerate(times_s):
        wanted = np.maximum(time_s / quarters_s - reached, 0.0)
        whole = np.floor(wanted / bar_beats) * bar_beats
        early = (wanted - whole)[:, None] - spots
        far = np.abs(early)
        if time_s in after_s:
            far = np.where(early > NEAR_S / quarters_s[:, None], np.inf, far)
        nearest = far.argmin(axis=1)
        gap = whole + spots[nearest]
        if not number:  # the piece has begun by then
            gap = np.where(gap < 1e-6, spots[1], gap)
        found.append(gap)
        reached = reached + gap
    return np.stack(found, axis=1)


def _marks(times_s: Sequence[float], gaps: Sequence[float], bar_beats: float) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    bar = 0
    for time_s, gap in zip(times_s, gaps, strict=True):
        bars = math.ceil(gap / bar_beats - 1e-6)
        cut = round(bars * bar_beats - gap, 9)
        if not bars and marks:  # as near as that, it is the bar line of the one before
            cut = marks[-1].cut_beats
        bar += bars
        marks.append(Mark(when_s=time_s, bar=bar, cut_beats=cut))
    return tuple(marks)


def _filling_cost(fit: Fit, meter: tuple[int, int]) -> float:
    """Returns what speaks against the end of a fit: a long tail, a broken phrase, a cut."""
    written_s = fit.bars * bar_seconds(meter, fit.bpm)
    over_s = max(fit.duration_s - written_s - MAX_TAIL_S, 0.0)
    cut = _CUT_COST * (fit.approach_cut_beats > 0) / 2
    return _TAIL_COST * over_s + phrase_cost(fit.bars, 4) + cut
