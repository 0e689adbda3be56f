"""`Bar`: a plan unrolled, bar by bar, with its chords on their beats."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.music.chords import SILENCE, Chord
from menura.text.keys import Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from menura.engines.music.plan import MusicPlan, Section

_FINEST = 64
"""Note that counts a bar whose length no larger one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of the piece. All beats are quarter notes.

    Attributes:
        number: from the start of the piece, from 0.
        section: index of its section in the plan.
        index: from the start of its section, from 0.
        left: bars of its section that follow it; 0 = the last one.
        start: beat it begins at, from the start of the piece.
        beats: its length; the last bar of a section may be cut short.
        pulses: beats from its start where its strong and weak beats fall, rising from 0.
        chords: (beat from the start of the piece, chord, or None for no chord), at least one.
        energy: 0 to 1, rising or falling towards the next section in builds.
        key: that it is in.
        name: of its section.
        parts: names of those that play.
    """

    number: int
    section: int
    index: int
    left: int
    start: float
    beats: float
    pulses: tuple[float, ...]
    chords: tuple[tuple[float, Chord | None], ...]
    energy: float
    key: Key
    name: str
    parts: tuple[str, ...]

    @property
    def end(self) -> float:
        """The beat where the next bar begins."""
        return self.start + self.beats

    def chord_at(self, beat: float) -> Chord | None:
        """Returns the chord that sounds at a beat of the piece inside this bar."""
        sounding = self.chords[0][1]
        for start, chord in self.chords:
            if start > beat + 1e-6:
                break
            sounding = chord
        return sounding


def pulses(meter: tuple[int, int]) -> tuple[float, ...]:
    """Returns where the pulses of a bar fall, quarter notes from its start.

    Eighths go in threes where they can be divided so (6/8, 9/8, 12/8), and in twos with a last
    three where they are odd (5/8, 7/8); else every beat is a pulse.
    """
    count, unit = meter
    size = 4 / unit
    if unit < 8 or count < 5:
        return tuple(i * size for i in range(count))
    if count % 3 == 0:
        return tuple(i * size for i in range(0, count, 3))
    return tuple(i * size for i in range(0, count - 1, 2))


def bars_of(plan: MusicPlan) -> Iterator[Bar]:
    """Yields the bars of a plan in order.

    Raises:
        InvalidInput: at a symbol that is no chord.
    """
    number, start = 0, 0.0
    for at, section in enumerate(plan.sections):
        key = Key(plan.key.tonic, section.mode or plan.key.mode)
        for index in range(section.bars):
            left = section.bars - 1 - index
            beats = _bar_beats(plan, section, left)
            yield Bar(
                number=number,
                section=at,
                index=index,
                left=left,
                start=start,
                beats=beats,
                pulses=tuple(p for p in pulses(plan.meter) if p < beats),
                chords=_placed(section, index, plan.meter, start, beats),
                energy=_energy(plan, at, index),
                key=key,
                name=section.name,
                parts=section.parts,
            )
            number, start = number + 1, start + beats


def meters_of(
    bars: Iterable[Bar], meter: tuple[int, int]
) -> tuple[tuple[float, tuple[int, int]], ...]:
    """Returns (beat, meter) where the length of bars changes; one cut short has its own meter.

    Args:
        bars: of the piece, in order.
        meter: of whole bars.
    """
    found: list[tuple[float, tuple[int, int]]] = []
    for bar in bars:
        whole = abs(bar.beats - meter[0] * 4 / meter[1]) < 1e-6
        own = meter if whole else _short_meter(bar.beats, meter[1])
        if not found or found[-1][1] != own:
            found.append((bar.start, own))
    return tuple(found)


def _short_meter(beats: float, unit: int) -> tuple[int, int]:
    """Returns the meter of a bar so many quarter notes long, in the largest notes that count it."""
    for part in (unit, 4, 8, 16, 32):
        count = beats * part / 4
        if part >= unit and count > 0.5 and abs(count - round(count)) < 1e-3:
            return round(count), part
    return max(round(beats * _FINEST / 4), 1), _FINEST


def tempi_of(plan: MusicPlan) -> tuple[tuple[float, float], ...]:
    """Returns (beat, quarter notes per minute) of each change of tempo; the first at beat 0."""
    found: list[tuple[float, float]] = []
    for beat, section in zip(section_starts(plan), plan.sections, strict=True):
        start = beat
        for bar, factor in enumerate(_factors(section)):
            bpm = plan.quarter_bpm * factor
            if not found or found[-1][1] != bpm:
                found.append((start, bpm))
            start += _bar_beats(plan, section, section.bars - 1 - bar)
    return tuple(found)


def _factors(section: Section) -> list[float]:
    """Returns the factor on the plan's tempo in each bar: what it is in the bar's middle."""
    first, bars = section.tempo, section.bars
    if not section.tempo_end:
        return [first] * bars
    return [first + (section.tempo_end - first) * (bar + 0.5) / bars for bar in range(bars)]


def section_starts(plan: MusicPlan) -> tuple[float, ...]:
    """Returns the beat at which each section begins."""
    starts, beat = [], 0.0
    for section in plan.sections:
        starts.append(beat)
        beat += section_beats(plan, section)
    return tuple(starts)


def section_beats(plan: MusicPlan, section: Section) -> float:
    """Returns how long a section is, in quarter notes."""
    ends = [_bar_beats(plan, section, left) for left in range(min(section.bars, 2))]
    return (section.bars - len(ends)) * plan.bar_beats + sum(ends)


def _bar_beats(plan: MusicPlan, section: Section, left: int) -> float:
    """Returns how long the bar of a section is that `left` bars follow, in quarter notes."""
    cuts = (section.cut_beats, section.approach_cut_beats)
    return max(plan.bar_beats - (cuts[left] if left < len(cuts) else 0.0), 0.25)


def seconds_of(plan: MusicPlan) -> float:
    """Returns how long the written bars last at the plan's tempi, without the ring-out."""
    return seconds_at(tempi_of(plan), sum(section_beats(plan, s) for s in plan.sections))


def seconds_at(tempi: Sequence[tuple[float, float]], beat: float) -> float:
    """Returns when a beat is, by (beat, quarter notes per minute) changes of tempo."""
    changes = [change for change in tempi if change[0] < beat] + [(beat, 0.0)]
    return sum((stop - start) * 60 / bpm for (start, bpm), (stop, _) in itertools.pairwise(changes))


def _placed(
    section: Section, index: int, meter: tuple[int, int], start: float, beats: float
) -> tuple[tuple[float, Chord | None], ...]:
    """Returns the chords of a bar: each on a pulse, the first ones longer where they must be."""
    symbols = section.chords[index].split() if index < len(section.chords) else []
    if not symbols:
        return ((start, None),)
    spots = [p for p in pulses(meter) if p < beats]
    if len(symbols) <= len(spots):
        at = [spots[math.ceil(i * len(spots) / len(symbols))] for i in range(len(symbols))]
    else:
        at = [i * beats / len(symbols) for i in range(len(symbols))]
    return tuple(
        (start + beat, None if symbol == SILENCE else Chord.parse(symbol))
        for beat, symbol in zip(at, symbols, strict=True)
    )


def _energy(plan: MusicPlan, at: int, index: int) -> float:
    """Returns the energy of a bar: a build climbs to what follows it, others by their end alone."""
    section = plan.sections[at]
    if section.energy_end:
        return section.energy + (section.energy_end - section.energy) * (index + 0.5) / section.bars
    if section.name not in {"build", "rise", "tension"} or at + 1 == len(plan.sections):
        return section.energy
    goal = plan.sections[at + 1].energy
    return section.energy + (goal - section.energy) * index / section.bars
