"""Timing: a tempo and whole bars that fill the seconds asked for, ring-out included."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import pulses

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_DURATION_S = 60.0
MIN_DURATION_S, MAX_DURATION_S = 1.0, 3600.0
MIN_TAIL_S, MAX_TAIL_S = 1.5, 4.0
"""Ring-out after the last bar: what a room and a held chord need, and what does not bore."""
LOOP_PULL, MOST_LOOP_PULL = 0.02, 0.1
"""By how much the free tempo of a loop moves, and by how much within its range if that is not
enough."""
CUE_PULL = 0.04
_SHORT_S = 12.0
_SHORT_BARS = (2, 4)
_WIDER, _VERY_SHORT_S, _WIDEST = 1.25, 4.0, 1.65
"""A piece under _SHORT_S has few bars to choose from, so its tempo may leave the usual range."""
_CHORUS_COST = 0.15
"""Of a bar off the twelve of a blues: its tempo gives way sooner than its form."""
_SOUND_S = 0.5
_LEAST_BEATS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """What is asked of the tempo, in beats per minute of the meter.

    Attributes:
        low: slowest.
        high: fastest.
        usual: to be kept near to.
        exact: whether it must be `usual` itself.
    """

    low: float
    high: float
    usual: float
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A time at which somebody comes in, and the bar line that stands for it.

    Attributes:
        when_s: what was asked.
        bar: number of the bar that begins there, from 0.
        cut_beats: quarter notes that the bar before it lacks.
    """

    when_s: float
    bar: int
    cut_beats: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A tempo and bars that fill a time.

    Attributes:
        bpm: beats per minute of the meter.
        bars: how many.
        duration_s: length of the sound; for a loop exactly its bars.
        cut_beats: quarter notes that the last bar lacks.
        approach_cut_beats: quarter notes that the bar before it lacks.
        marks: times that bar lines were brought to, rising; a bar cut for one is among the bars.
        notes: what had to give way.
    """

    bpm: float
    bars: int
    duration_s: float
    cut_beats: float = 0.0
    approach_cut_beats: float = 0.0
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lost_beats(self) -> float:
        """Quarter notes that the bars before the marks lack together."""
        return sum({mark.bar: mark.cut_beats for mark in self.marks}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Bars between two cues.

    Attributes:
        bars: how many.
        tempo: factor on the tempo of the piece.
        cut_beats: quarter notes that the last bar lacks.
        cue: what is at its start: a name of tasks.music.CUES, or "".
    """

    bars: int
    tempo: float
    cut_beats: float
    cue: str


def bar_seconds(meter: tuple[int, int], bpm: float) -> float:
    """Returns the length of a bar in seconds; in 6/8, 9/8 and 12/8 `bpm` counts dotted quarters."""
    compound = meter[1] == 8 and meter[0] % 3 == 0
    beats = meter[0] / 3 if compound else meter[0] * 4 / meter[1]
    return beats * 60 / bpm


def tempo_at(bpm: float) -> Tempo:
    """Returns a tempo that is asked for exactly."""
    return Tempo(low=bpm, high=bpm, usual=bpm, exact=True)


def fit_piece(duration_s: float, meter: tuple[int, int], tempo: Tempo, phrase: int = 4) -> Fit:
    """Returns whole bars that leave a ring-out of MIN_TAIL_S to MAX_TAIL_S before the end.

    Of whole tempi in the range it takes the one nearest to the usual that leaves such a tail and
    makes whole phrases of `phrase` bars (or one bar more, for the final chord).
    """
    tail = min(MIN_TAIL_S, max(0.3, 0.2 * duration_s))
    best = min(
        tempi_within(duration_s, tempo),
        key=lambda bpm: _cost(bpm, bar_seconds(meter, bpm), duration_s, tempo, (tail, phrase)),
    )
    bar_s = bar_seconds(meter, best)
    bars = int((duration_s - tail) / bar_s + 1e-9)
    if bars >= 1:
        return Fit(bpm=best, bars=bars, duration_s=duration_s)
    beats = meter[0] * 4 / meter[1]
    kept = max(0.25, beats * (duration_s - tail) / bar_s)
    note = f"at {best:g} bpm a bar lasts {bar_s:.2f} s: {duration_s:g} s hold only a part of one"
    return Fit(bpm=best, bars=1, duration_s=duration_s, cut_beats=beats - kept, notes=(note,))


def fit_loop(
    duration_s: float, meter: tuple[int, int], tempo: Tempo, *, exact_duration: bool
) -> Fit:
    """Returns whole bars for a loop: they win over the duration.

    A free tempo moves from its usual one by LOOP_PULL, to whole phrases sooner than to odd bars;
    where that is not enough, by MOST_LOOP_PULL at most within its range. Where no such tempo has
    whole bars or the tempo is exact, the duration moves to whole bars.

    Args:
        duration_s: how long it should be.
        meter: beats in a bar and the note that is one beat.
        tempo: what is asked of it.
        exact_duration: whether the duration was asked for; else it may be any near it.
    """
    bar_s = bar_seconds(meter, tempo.usual)
    bars = max(1, round(duration_s / bar_s))
    if not tempo.exact and exact_duration:
        fits = [
            (abs(pull) > LOOP_PULL, _phrase_off(count), abs(pull), count, pull)
            for count, pull in _pulls(duration_s, bar_s, tempo)
        ]
        if fits:
            *_, bars, pull = min(fits)
            return Fit(bpm=_plain(tempo.usual * (1 + pull)), bars=bars, duration_s=duration_s)
    if not exact_duration and bars > 4:
        bars = max(4, round(bars / 4) * 4)
    length_s = bars * bar_s
    notes: tuple[str, ...] = ()
    if exact_duration and abs(length_s - duration_s) > 1e-6:
        at = f" at {tempo.usual:g} bpm" if tempo.exact else ""
        size = f"{bars} of them{at} last {length_s:.3f} s"
        notes = (f"a loop has whole bars: {size}, not {duration_s:g} s",)
    return Fit(bpm=tempo.usual, bars=bars, duration_s=length_s, notes=notes)


def _pulls(duration_s: float, bar_s: float, tempo: Tempo) -> list[tuple[int, float]]:
    """Returns (bars, pull on the usual tempo) of the loops that a free tempo may have."""
    bars = duration_s / bar_s
    reach = math.ceil(MOST_LOOP_PULL * bars) + 1
    near = range(max(round(bars) - reach, 1), round(bars) + reach + 1)
    pulls = [(count, count / bars - 1) for count in near]
    return [
        (count, pull)
        for count, pull in pulls
        if abs(pull) <= LOOP_PULL
        or (abs(pull) <= MOST_LOOP_PULL and tempo.low <= tempo.usual * (1 + pull) <= tempo.high)
    ]


def _plain(bpm: float) -> float:
    """Returns a tempo without the rounding of a whole one, which would be another piece."""
    return float(round(bpm)) if math.isclose(bpm, round(bpm), rel_tol=1e-9) else bpm


def _phrase_off(bars: int) -> float:
    return 0.0 if bars % 4 == 0 else 0.05 if bars % 2 == 0 else 0.1


def place_cues(
    fit: Fit, meter: tuple[int, int], cues: Sequence[tuple[float, str]]
) -> tuple[list[Segment], list[tuple[float, str]], list[str]]:
    """Returns the bars from cue to cue, each cue exactly at the start of a bar.

    Between two cues the tempo moves by CUE_PULL at most; a shorter last bar takes up the rest: it
    keeps whole beats if it can, else halves and finer parts of one.

    Returns:
        The segments, the cues that were placed, and what could not be done.
    """
    beats = meter[0] * 4 / meter[1]
    beat_s = bar_seconds(meter, fit.bpm) / beats
    placed: list[tuple[float, str]] = []
    notes: list[str] = []
    at_s, least_s = 0.0, _LEAST_BEATS * beat_s
    for when_s, what in cues:
        first = when_s < 1e-6 and not placed
        in_time = when_s <= fit.duration_s - _SOUND_S - least_s
        if in_time and (first or when_s - at_s >= max(_SOUND_S, least_s)):
            placed.append((when_s, what))
            at_s = when_s
        else:
            notes.append(f"the cue {what} at {when_s:g} s is too near to another or to an end")
    segments = []
    starts = [(0.0, ""), *placed] if not placed or placed[0][0] > 1e-6 else list(placed)
    for (start_s, what), (end_s, _) in itertools.pairwise(starts):
        segments.append(_segment((end_s - start_s) / beat_s, beats, what, pulses(meter)))
    start_s, what = starts[-1]
    rest_s = fit.duration_s - start_s
    tail_s = min(MIN_TAIL_S, max(0.3, 0.2 * rest_s))
    bars = int((rest_s - tail_s) / (beats * beat_s) + 1e-9)
    cut = 0.0
    if bars < 1:
        cut = max(0.0, beats - max(0.25, (rest_s - 0.3) / beat_s))
    segments.append(Segment(bars=max(bars, 1), tempo=1.0, cut_beats=cut, cue=what))
    return segments, placed, notes


def tempi_within(duration_s: float, tempo: Tempo) -> list[float]:
    """Returns the tempi that a piece may have, rising: whole ones, and the usual one."""
    if tempo.exact:
        return [tempo.usual]
    low, high = tempo.low, tempo.high
    if duration_s < _SHORT_S:
        wider = _WIDER if duration_s >= _VERY_SHORT_S else _WIDEST
        low, high = low / wider, high * wider
    return sorted({tempo.usual, *map(float, range(math.ceil(low), math.floor(high) + 1))})


def phrase_cost(bars: int, whole: int) -> float:
    """Returns what speaks against bars that are no whole phrases, nor one bar more."""
    over_phrase = bars % whole
    off = 0.0 if over_phrase <= 1 else 0.5 + min(over_phrase - 1, whole - over_phrase)
    return (_CHORUS_COST if whole % 12 == 0 else 0.03) * off if bars > 4 else 0.0


def few_cost(bars: int, duration_s: float) -> float:
    """Returns what speaks against so few or so many bars in a short piece."""
    if duration_s >= _SHORT_S:
        return 0.0
    return 2.0 * max(_SHORT_BARS[0] - bars, 0) + 0.3 * max(bars - _SHORT_BARS[1], 0)


def outside_cost(bpm: float, tempo: Tempo) -> float:
    """Returns what speaks against a tempo outside the range asked for."""
    return 2 * max(tempo.low / bpm - 1, bpm / tempo.high - 1, 0.0)


def _segment(length: float, beats: float, cue: str, spots: tuple[float, ...]) -> Segment:
    """Returns bars for `length` quarter notes (at the tempo of the piece) between two cues."""
    pulse = spots[1] if len(spots) > 1 else beats
    for grid in (beats, pulse, pulse / 2, pulse / 4):
        count = max(round(length / grid) * grid, grid)
        if abs(count / length - 1) <= CUE_PULL and _is_bar(count % beats):
            break
    else:  # a bar of less than a sixteenth would be none
        rest = length % beats
        count = length if _is_bar(rest) else max(length - rest, _LEAST_BEATS)
    bars = math.ceil(count / beats - 1e-9)
    cut = max(bars * beats - count, 0.0)
    return Segment(bars=bars, tempo=count / length, cut_beats=round(cut, 9), cue=cue)


def _is_bar(beats: float) -> bool:
    """Whether what is left over after whole bars is nothing, or enough for a short bar."""
    return beats < 1e-9 or beats >= _LEAST_BEATS


def _cost(
    bpm: float, bar_s: float, duration_s: float, tempo: Tempo, wanted: tuple[float, int]
) -> float:
    tail, whole = wanted
    bars = int((duration_s - tail) / bar_s + 1e-9)
    left = duration_s - bars * bar_s
    over = max(left - max(MAX_TAIL_S, tail), 0.0)
    shape = phrase_cost(bars, whole) + few_cost(bars, duration_s)
    return abs(math.log(bpm / tempo.usual)) + outside_cost(bpm, tempo) + 0.3 * over + shape
