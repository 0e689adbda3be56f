"""Tempi that change on the way: the tempo that fills the time, and the one of each section."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import pulses
from menura.engines.music.arranger.timing import MIN_TAIL_S, bar_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.form import Stretch
    from menura.engines.music.arranger.timing import Fit
    from menura.text.brief import MusicBrief, TempoCourse

_RATIO = 1.4
"""By how much a tempo changes where only the direction is named; chosen by us."""
_FINAL = 0.7
"""What is left of it where the end alone slows down: 0.6 to 0.8 in final ritardandi (Friberg and
Sundberg, "Does Music Performance Allude to Locomotion?", JASA 105, 1999)."""
_FADING_TAIL_S = 0.3
"""What is left behind the last pulse of a piece that fades."""
_WIDEST = 4.0
"""A section's tempo is half to twice that of the plan."""


def course_of(brief: MusicBrief, *, cued: bool) -> tuple[TempoCourse | None, tuple[str, ...]]:
    """Returns how the tempo is to change, as far as it can, and what had to give way.

    Args:
        brief: what is asked.
        cued: whether cues decide where bars begin.
    """
    course = brief.tempo_course
    if course is None:
        return None, ()
    if cued:
        return None, (f"cues fix the times of bars: the tempo does not get {course.change}",)
    notes = []
    if brief.loop:
        notes.append("a loop whose tempo changes jumps back where it begins again")
    start, end = course.start_bpm, course.end_bpm
    if start and end and not 1 / _WIDEST <= end / start <= _WIDEST:
        end = start * _WIDEST if end > start else start / _WIDEST
        notes.append(f"a tempo changes by up to {_WIDEST:g} times: it ends at {end:g} bpm")
        course = replace(course, end_bpm=end)
    return course, tuple(notes)


def tempi(course: TempoCourse, mean_bpm: float) -> tuple[float, float]:
    """Returns the tempi at both ends; what the course leaves open lies around `mean_bpm`."""
    ratio = _RATIO if course.change == "faster" else 1 / _RATIO
    if course.at_end:
        ratio = _FINAL if course.change == "slower" else 1 / _FINAL
    start, end = course.start_bpm, course.end_bpm
    if start is None and end is None:
        start = mean_bpm if course.at_end else float(round(mean_bpm / _mean(1.0, ratio)))
    if start is None:
        start = (end or mean_bpm) / ratio
    return start, start * ratio if end is None else end


def mean_tempo(course: TempoCourse, bpm: float) -> float:
    """Returns the steady tempo in which the bars last as long as in the changing one.

    Args:
        course: how it changes; if only at the end, that is settled by `bend`.
        bpm: what the tempo would be on the average if nothing were named.
    """
    start, end = tempi(course, bpm)
    return start if course.at_end else _mean(start, end)


def bend(
    stretches: Sequence[Stretch],
    course: TempoCourse,
    fitted: Fit,
    meter: tuple[int, int],
    *,
    stays: bool,
    fades: bool = False,
) -> tuple[list[Stretch], Fit]:
    """Returns the form with a tempo for each section, and the tempo of the plan.

    Args:
        stretches: the form, fitted to the mean tempo.
        course: how the tempo changes.
        fitted: mean tempo, bars and duration.
        meter: beats in a bar and the note that is one beat.
        stays: whether the bars stay and the duration moves, as in a loop; else bars that no longer
            fit into the duration are left out, the slow ones first.
        fades: whether it is played on to its end, and does not close.
    """
    start, end = tempi(course, fitted.bpm)
    base = start if 0.5 <= end / start <= 2.0 else math.sqrt(start * end)
    bent = _bent(stretches, start / base, end / base, at_end=course.at_end)
    bar_s = bar_seconds(meter, base)
    tail_s = min(MIN_TAIL_S, max(0.3, 0.2 * fitted.duration_s))
    if stays:
        tail_s = fitted.duration_s - sum(s.bars for s in stretches) * bar_seconds(meter, fitted.bpm)
        length_s = _seconds(bent, bar_s) + max(tail_s, 0.0)
        return bent, replace(fitted, bpm=base, duration_s=length_s)
    kept = list(stretches)
    while _seconds(bent, bar_s) > fitted.duration_s - tail_s and sum(s.bars for s in kept) > 1:
        at = (
            len(kept) - 1
            if kept[-1].bars > 2
            else max(range(len(kept)), key=lambda i: kept[i].bars)
        )
        kept[at] = replace(kept[at], bars=kept[at].bars - 1)
        kept = [stretch for stretch in kept if stretch.bars]
        bent = _bent(kept, start / base, end / base, at_end=course.at_end)
    fitted = replace(fitted, bpm=base, bars=sum(stretch.bars for stretch in bent))
    return _played_on(bent, course, fitted, meter) if fades else (bent, fitted)


def _played_on(
    stretches: Sequence[Stretch], course: TempoCourse, fitted: Fit, meter: tuple[int, int]
) -> tuple[list[Stretch], Fit]:
    """Returns the form of a piece that fades, bent and played on by whole pulses to its end.

    Args:
        stretches: the form, bent already.
        course: how the tempo changes.
        fitted: the tempo of the plan, bars and duration.
        meter: beats in a bar and the note that is one beat.
    """
    first = stretches[0].tempo
    last = stretches[-1].tempo_end or stretches[-1].tempo
    bar_s, bar_beats = bar_seconds(meter, fitted.bpm), meter[0] * 4 / meter[1]
    room_s = fitted.duration_s - _FADING_TAIL_S
    found, more = list(stretches), 0
    while True:
        more += 1
        longer = [*stretches[:-1], replace(stretches[-1], bars=stretches[-1].bars + more)]
        longer = _bent(longer, first, last, at_end=course.at_end)
        over_s = _seconds(longer, bar_s) - room_s
        if over_s <= 0:
            found = longer
            continue
        spare = bar_beats - over_s / bar_s * bar_beats * last
        rest = max(pulse for pulse in (0.0, *pulses(meter)) if pulse <= max(spare, 0.0) + 1e-6)
        if rest:
            found = [*longer[:-1], replace(longer[-1], cut_beats=bar_beats - rest)]
        return found, replace(fitted, bars=sum(stretch.bars for stretch in found))


def _bent(
    stretches: Sequence[Stretch], first: float, last: float, *, at_end: bool
) -> list[Stretch]:
    """Returns the form with the factors on the tempo at both ends of each section."""
    total = sum(stretch.bars for stretch in stretches)
    begins = total - stretches[-1].bars if at_end else 0
    found, bar = [], 0
    for stretch in stretches:
        ends = [
            first + (last - first) * max(at - begins, 0) / (total - begins)
            for at in (bar, bar + stretch.bars)
        ]
        here, there = (round(min(max(factor, 0.5), 2.0), 6) for factor in ends)
        found.append(replace(stretch, tempo=here, tempo_end=0.0 if here == there else there))
        bar += stretch.bars
    return found


def _seconds(stretches: Sequence[Stretch], bar_s: float) -> float:
    return sum(
        bar_s / (stretch.tempo + (stretch.tempo_end - stretch.tempo) * (bar + 0.5) / stretch.bars)
        if stretch.tempo_end
        else bar_s / stretch.tempo
        for stretch in stretches
        for bar in range(stretch.bars)
    )


def _mean(start: float, end: float) -> float:
    """Returns the logarithmic mean: the tempo of a stretch in which it grows beat by beat."""
    return start if abs(end - start) < 1e-9 else (end - start) / math.log(end / start)
