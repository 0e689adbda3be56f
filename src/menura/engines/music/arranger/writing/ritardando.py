"""The tempo map of a piece, with the slowing down of its last bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import seconds_at, seconds_of, tempi_of
from menura.engines.music.arranger.writing.styles import styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.bars import Bar
    from menura.engines.music.plan import MusicPlan

RING_S = 1.5
"""What is left of the piece's end for its last tones to die away."""
_SAME_S = 1e-3
"""Nearer to a cue a bar begins at it."""
_FLOOR = 0.72
"""Share of the tempo that is left at the end: in the middle of the 0.6 to 0.8 that Friberg and
Sundberg measured in final ritardandi, "Does Music Performance Allude to Locomotion?" (Journal of
the Acoustical Society of America 105, 1999)."""


def tempi_with_ritardando(plan: MusicPlan, bars: Sequence[Bar]) -> tuple[tuple[float, float], ...]:
    """Returns (beat, quarter notes per minute) of each change of tempo.

    Genres that breathe slow down through the bar before the last chord, beat by beat, after
    Friberg and Sundberg's curve v(x) = (1 + (w^2 - 1) x)^(1/2), w being the tempo that is left,
    and only as far as the piece's exact length has room for. A last section whose tempo the plan
    changes keeps what the plan says, and so does all that comes before the last cue. Where the
    last bar is cut to the time, the last chord's place is settled, and with it the tempo.
    """
    tempi = tempi_of(plan)
    if (
        plan.loop
        or plan.sections[-1].tempo_end
        or plan.sections[-1].cut_beats
        or plan.ending != "cadence"
        or plan.genre not in styles()["breathing"]
        or len(bars) < 4
    ):
        return tempi
    room_s = plan.duration_s - seconds_of(plan) - RING_S
    start, end = bars[-2].start, bars[-1].start
    bpm = tempi[-1][1]
    if seconds_at(tempi, start) < max((when_s for when_s, _ in plan.cues), default=0.0) - _SAME_S:
        return tempi
    beats = [start + i for i in range(max(int(end - start), 1))]
    lengths = [b - a for a, b in zip(beats, [*beats[1:], end], strict=True)]
    last_s = bars[-1].beats * 60 / bpm

    def slowed(floor: float) -> tuple[list[float], float]:
        places = [(i + 0.5) / len(beats) for i in range(len(beats))]
        shares = [(1 + (floor**2 - 1) * x) ** 0.5 for x in places]
        extra = sum(n * 60 / bpm * (1 / s - 1) for n, s in zip(lengths, shares, strict=True))
        return shares, extra + last_s * (1 / floor - 1)

    for floor in (_FLOOR, 0.78, 0.84, 0.9, 0.95):
        shares, extra_s = slowed(floor)
        if extra_s <= room_s:
            rounded = [(beat, round(bpm * s, 3)) for beat, s in zip(beats, shares, strict=True)]
            kept = [change for change in tempi if change[0] < start - 1e-6]
            return (*kept, *rounded, (end, round(bpm * floor, 3)))
    return tempi
