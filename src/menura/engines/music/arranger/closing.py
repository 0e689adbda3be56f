"""Closing: tempo, bars and the beat of the last chord of a short piece, so near to its end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from menura.engines.music.arranger.bars import pulses
from menura.engines.music.arranger.timing import (
    Fit,
    Tempo,
    bar_seconds,
    few_cost,
    outside_cost,
    phrase_cost,
    tempi_within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_S, CLOSING_S = 2.5, 30.0
"""From this length on, and below that one, the last chord decides the bars: of a shorter piece it
is all, and in a longer one the whole last bar may ring."""
_RING_S, _RING_SHARE = 2.0, 0.15
"""A last chord rings so long at most, or this share of the piece if that is more."""
_LEAST_RING_S, _LEAST_SHARE, _MOST_SHARE = 1.2, 0.25, 0.45
_NEAR_S, _FAR = 0.2, 3.0
"""So much over the limit is still better than a bar of one beat; more is not."""
_EARLY_S = 0.06
"""By how much players may be before the beat of the last chord."""
_REST_S = 0.3
"""What is left behind the last pulse."""
_FINEST_BEATS = 0.25
_SPOTS = {"bar": 0.0, "half": 0.05, "late": 0.1, "early": 0.15}
"""Of a last chord that is not a whole bar behind the one before it: half a bar is common in songs,
and a single beat sounds like a slip."""


def fit_closed(
    duration_s: float,
    meter: tuple[int, int],
    tempo: Tempo,
    phrase: int = 4,
    *,
    most_s: float = math.inf,
) -> Fit:
    """Returns bars whose last one, a chord that rings, begins shortly before the end.

    Where no whole tempo near the usual one has whole bars until then, or the tempo is exact, the
    bar before the last is cut after one of its pulses.

    Args:
        duration_s: LEAST_S or more.
        meter: beats in a bar and the note that is one beat.
        tempo: what is asked of it.
        phrase: bars of a phrase: the last chord ends one, or comes behind it.
        most_s: how long the last chord and what it leaves may take, if that is less than usual.
    """
    bar_beats = meter[0] * 4 / meter[1]

    def cost(choice: tuple[float, int, float]) -> float:
        bpm, whole, spot = choice
        bars = whole + 1 + (spot > 0)
        ring_s = duration_s - (whole + spot / bar_beats) * bar_seconds(meter, bpm)
        strain = abs(math.log(bpm / tempo.usual)) + outside_cost(bpm, tempo)
        shape = phrase_cost(bars, phrase) + few_cost(bars, duration_s) * (not tempo.exact)
        ring = _ring_cost(ring_s, duration_s, most_s)
        return strain + shape + ring + _spot_cost(spot, pulses(meter))

    choices = (
        (bpm, whole, spot)
        for bpm in tempi_within(duration_s, tempo)
        for whole, spot in _places(duration_s, bar_seconds(meter, bpm), meter, most_s)
    )
    bpm, whole, spot = min(choices, key=cost)
    beat_s = bar_seconds(meter, bpm) / bar_beats
    ring_s = duration_s - (whole * bar_beats + spot) * beat_s
    return Fit(
        bpm=bpm,
        bars=whole + 1 + (spot > 0),
        duration_s=duration_s,
        cut_beats=bar_beats - _last_beats(ring_s, beat_s, meter),
        approach_cut_beats=bar_beats - spot if spot else 0.0,
    )


def _places(
    duration_s: float, bar_s: float, meter: tuple[int, int], most_s: float
) -> Iterator[tuple[int, float]]:
    """Yields (whole bars, quarter notes of a cut one) before the last chord: those near the end.

    The last place that leaves anything is always among them, however long a pulse is.
    """
    bar_beats = meter[0] * 4 / meter[1]
    high_s = _window(duration_s, most_s)[1]
    found: list[tuple[int, float]] = []
    bars = int(duration_s / bar_s)
    for whole in range(max(bars - 2 - int(high_s / bar_s), 0), bars + 1):
        for spot in pulses(meter):
            ring_s = duration_s - (whole + spot / bar_beats) * bar_s
            if ring_s >= _LEAST_SHARE * min(duration_s, _RING_S) and (whole or spot):
                found.append((whole, spot))
    if not found:  # a bar of one long pulse: half of it, then the chord
        found = [(0, max(0.5 * duration_s / bar_s * bar_beats, _FINEST_BEATS))]
    near = [
        place
        for place in found
        if duration_s - (place[0] + place[1] / bar_beats) * bar_s <= high_s + bar_s
    ]
    yield from near or found[-1:]


def _window(duration_s: float, most_s: float) -> tuple[float, float]:
    """Returns how long a last chord should ring, least and most, seconds."""
    low_s = min(_LEAST_RING_S, _LEAST_SHARE * duration_s)
    high_s = min(max(_RING_S, _RING_SHARE * duration_s), most_s) - _EARLY_S
    return low_s, min(high_s, _MOST_SHARE * duration_s)


def _ring_cost(ring_s: float, duration_s: float, most_s: float) -> float:
    low_s, high_s = _window(duration_s, most_s)
    over_s = max(ring_s - high_s, 0.0)
    return max(low_s - ring_s, 0.0) + over_s + _FAR * max(over_s - _NEAR_S, 0.0)


def _spot_cost(spot: float, spots: tuple[float, ...]) -> float:
    if not spot:
        return _SPOTS["bar"]
    if spot not in spots:
        return _SPOTS["early"]
    at = spots.index(spot)
    if 2 * at == len(spots):
        return _SPOTS["half"]
    return _SPOTS["late" if at > 1 else "early"]


def _last_beats(ring_s: float, beat_s: float, meter: tuple[int, int]) -> float:
    """Returns how much of the last bar is written: the pulses that fit into the time it rings."""
    bar_beats = meter[0] * 4 / meter[1]
    room = (ring_s - _REST_S) / beat_s + 1e-6
    ends = [*pulses(meter)[1:], bar_beats]
    fitting = [end for end in ends if end <= room]
    if fitting:
        return fitting[-1]
    return max(math.floor(room / _FINEST_BEATS) * _FINEST_BEATS, _FINEST_BEATS)
