"""Span: tempo and bars of a piece, by what is asked and what its genre is used to."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.bars import pulses
from menura.engines.music.arranger.closing import CLOSING_S, LEAST_S, fit_closed
from menura.engines.music.arranger.courses import mean_tempo
from menura.engines.music.arranger.meeting import meet
from menura.engines.music.arranger.timing import (
    DEFAULT_DURATION_S,
    MAX_DURATION_S,
    MIN_DURATION_S,
    MIN_TAIL_S,
    Fit,
    Tempo,
    bar_seconds,
    fit_loop,
    fit_piece,
)
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre
    from menura.text.brief import MusicBrief, TempoCourse
    from menura.text.melody import Notes

_CHORUS_BARS = 12
"""Bars of a blues, which are not divided."""
_FIRST = "intro"
"""A section whose length is the time at which the next one begins."""
_LEAST_TIME_S = 0.5
"""So near to either end of a piece nobody comes in."""
_HIT_RING_S = 2.4
"""What is left behind the hit that a piece ends on: its chord, and the room after it."""
_LEAST_TAIL_S = 0.3
"""What is left behind the last pulse of a piece that fades."""


def find_span(
    brief: MusicBrief,
    genre: Genre,
    meter: tuple[int, int],
    rng: np.random.Generator,
    course: TempoCourse | None = None,
    *,
    fixed: bool = False,
) -> Fit:
    """Returns a tempo and whole bars: asked ones exactly, else as the genre is used to.

    Args:
        brief: may give tempo, bars or duration.
        genre: gives the range of tempi, and the length of phrases.
        meter: beats in a bar and the note that is one beat.
        rng: draws the tempo where it is open.
        course: how the tempo changes; the fit has its mean.
        fixed: whether cues or a tune decide where bars begin.
    """
    tempo = _tempo_of(brief, genre, rng, course)
    phrase = math.gcd(*(bars for form in genre.forms for _, bars, _ in form.sections))
    phrase = phrase if phrase % _CHORUS_BARS == 0 else 4
    if brief.loop:
        length_s = brief.duration_s
        if brief.bars is not None and length_s is None:
            length_s, tempo = _bars_seconds(brief, meter, tempo), replace(tempo, exact=True)
        asked = length_s is not None
        return fit_loop(length_s or DEFAULT_DURATION_S, meter, tempo, exact_duration=asked)
    open_end = fixed or course is not None or brief.ending in {"fade", "none"}
    struck = brief.ending == "hit"
    below_s = math.inf if struck else CLOSING_S
    closed = not open_end and brief.duration_s and LEAST_S <= brief.duration_s < below_s

    def fill(length_s: float, tempo: Tempo) -> Fit:
        if brief.bars is not None and brief.duration_s is None:
            tempo = replace(tempo, exact=True)
            return fit_piece(_bars_seconds(brief, meter, tempo), meter, tempo, phrase)
        if closed:
            most_s = _HIT_RING_S if struck else math.inf
            return fit_closed(length_s, meter, tempo, phrase, most_s=most_s)
        return fit_piece(length_s, meter, tempo, phrase)

    length_s = brief.duration_s or DEFAULT_DURATION_S
    if brief.bars is not None and brief.duration_s is None:
        length_s = _bars_seconds(brief, meter, tempo)
    times_s = () if fixed or course is not None else _times(brief, length_s)
    if not times_s:
        return fill(length_s, tempo)
    after_s = frozenset(entry.when for entry in brief.entries if entry.after)
    return meet(times_s, length_s, meter, tempo, fill, after_s=after_s)


def _tempo_of(
    brief: MusicBrief, genre: Genre, rng: np.random.Generator, course: TempoCourse | None
) -> Tempo:
    """Returns the tempo that is asked for, or the range of one that is open and one drawn in it."""
    low, high, usual = genre.tempo
    leaning = 2 * brief.character.tempo - 1
    usual *= ((high if leaning > 0 else low) / usual) ** (0.6 * abs(leaning))
    drawn = usual * float(np.exp(0.05 * rng.standard_normal()))
    if brief.tempo_range is not None:
        low, high = brief.tempo_range
        if not low <= usual <= high:
            drawn *= float(np.sqrt(low * high)) / usual
    wished = float(round(min(max(drawn, low), high)))
    tempo = Tempo(low=low, high=high, usual=min(max(wished, low), high))
    if brief.bpm is not None:
        tempo = Tempo(low=brief.bpm, high=brief.bpm, usual=brief.bpm, exact=True)
    if course is not None:
        mean = mean_tempo(course, tempo.usual)
        named = course.start_bpm is not None or course.end_bpm is not None
        exact = tempo.exact or named
        tempo = Tempo(low=min(low, mean), high=max(high, mean), usual=mean, exact=exact)
    return tempo


def _bars_seconds(brief: MusicBrief, meter: tuple[int, int], tempo: Tempo) -> float:
    """Returns how long the bars that a brief asks for last, with what they ring out."""
    duration_s = (brief.bars or 1) * bar_seconds(meter, tempo.usual)
    duration_s += 0.0 if brief.loop else min(MIN_TAIL_S, 0.25 * duration_s)
    return min(max(duration_s, MIN_DURATION_S), MAX_DURATION_S)


def _times(brief: MusicBrief, duration_s: float) -> tuple[float, ...]:
    """Returns the times in the piece at which a brief has somebody come in, each once, rising."""
    timed = (e for e in brief.entries if e.unit == "s" and (not e.lasts or e.section == _FIRST))
    times_s = {entry.when for entry in timed}
    times_s |= {pause.when for pause in brief.pauses if pause.unit == "s"}
    return tuple(sorted(t for t in times_s if _LEAST_TIME_S <= t <= duration_s - _LEAST_TIME_S))


def filled(fit: Fit, meter: tuple[int, int]) -> Fit:
    """Returns a fit for a piece that fades: it is played on, by whole pulses, to its end.

    What a fade leaves behind the last bar would be silence, for nobody closes there.
    """
    if fit.cut_beats:
        return fit
    bar_s = bar_seconds(meter, fit.bpm)
    bar_beats = meter[0] * 4 / meter[1]
    left = (fit.duration_s - _LEAST_TAIL_S - fit.bars * bar_s) / bar_s * bar_beats + fit.lost_beats
    more = int(left // bar_beats)
    rest = max(p for p in (*pulses(meter), bar_beats) if p <= left % bar_beats + 1e-6)
    if rest < 1e-6:
        return replace(fit, bars=fit.bars + more)
    return replace(fit, bars=fit.bars + more + 1, cut_beats=bar_beats - rest)


def check_cues(cues: Sequence[tuple[float, str]], duration_s: float) -> None:
    """Looks that every cue is inside the piece.

    Raises:
        InvalidInput: naming the first one that is not.
    """
    for when_s, what in cues:
        if when_s >= duration_s:
            raise InvalidInput(
                f"the cue {what} at {when_s:g} s lies behind the end: the piece lasts "
                f"{duration_s:g} s; move the cue or make the piece longer"
            )


def cut_tune(tune: Notes, fit: Fit, meter: tuple[int, int]) -> list[str]:
    """Returns what to say of a tune that is longer than the piece."""
    beats = fit.bars * meter[0] * 4 / meter[1] - fit.cut_beats
    lost = sum(beat >= beats - 1e-6 for beat, _, _ in tune)
    if not lost:
        return []
    return [f"the melody is longer than the piece: its last {lost} notes are left out"]
