"""Charts: where sections and chords fall, as captions and chapters, and who comes in when."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import bars_of, seconds_at, section_starts, tempi_of
from menura.engines.music.chords import SILENCE
from menura.engines.music.score import Score
from menura.text.captions import Chapter, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.engines.music.plan import MusicPlan

_EARLY_BEATS = 0.01
LINE_BARS = 4
"""Bars on one line of the chart, as lead sheets have them."""


def chart(plan: MusicPlan) -> Iterator[Word]:
    """Yields the chord chart: each chord when it sounds.

    The name of a section stands in brackets before its first chord.
    """
    clock = _clock(plan)
    place = 0
    marked = -1
    for bar in bars_of(plan):
        stops = [start for start, _ in bar.chords[1:]] + [bar.end]
        for i, ((start, chord), stop) in enumerate(zip(bar.chords, stops, strict=True)):
            text = SILENCE if chord is None else chord.symbol(bar.key)
            if bar.section != marked:
                text, marked = f"[{bar.name}] {text}", bar.section
            last = i == len(bar.chords) - 1
            closes = last and (bar.left == 0 or (bar.index + 1) % LINE_BARS == 0)
            end_s = min(clock.seconds(stop), plan.duration_s)
            start_s = min(clock.seconds(start), end_s)
            yield Word(text, start_s, end_s, place, place + len(text), ends_sentence=closes)
            place += len(text) + 1


def chapters(plan: MusicPlan) -> Iterator[Chapter]:
    """Yields the sections with their times; the last one rings to the end."""
    clock = _clock(plan)
    starts = [clock.seconds(beat) for beat in section_starts(plan)]
    stops = [*starts[1:], plan.duration_s]
    for section, start_s, stop_s in zip(plan.sections, starts, stops, strict=True):
        yield Chapter(section.name, start_s, stop_s)


def _clock(plan: MusicPlan) -> Score:
    """Returns a score without notes, which knows when a beat is."""
    return Score(key=plan.key, meter=plan.meter, tempi=tempi_of(plan), sections=(), chords=())


def entrances(plan: MusicPlan, score: Score) -> dict[str, dict[str, float]]:
    """Returns the bar (from 1) and the second at which those come in who do not begin.

    It is told of their first notes: who is there and waits comes in later as well.
    """
    clock = tempi_of(plan)
    starts = [bar.start for bar in bars_of(plan)]
    found: dict[str, dict[str, float]] = {}
    for line in score.lines:
        first = min((note.beat for note in line.notes), default=0.0)
        bar = bisect.bisect_right(starts, first + _EARLY_BEATS)
        if bar > 1:
            at_s = round(seconds_at(clock, max(first, 0.0)), 3)
            found[line.part] = {"bar": bar, "at_s": at_s}
    return dict(sorted(found.items(), key=lambda entry: entry[1]["at_s"]))
