"""Recurring: what comes again and again, and how many of something there are."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.sources import find
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.scene import Layer
    from menura.text.scene import SceneLayer

MAX_COUNT = 500
FEWEST, SOME = 3, 4
"""What is named in the plural is at least so many; where groups are not usual, so many."""
SCATTER, JITTER = 0.45, 0.08
"""How much intervals differ between events that have nothing to do with each other, and within a
group."""
LONGEST_APART_S = 2.5
STRETCHED = 0.7
"""One event is stretched to an asked length, if it can reach so much of it; else there are more."""
LAST_BEAT = 0.55
"""A bed with a beat ends so much of a beat after its last one."""


def interval_s(layer: Layer, wanted: SceneLayer) -> float:
    """Returns the mean time from one event to the next in a scene that goes on around it, s."""
    if wanted.every_s:
        return max(wanted.every_s, 0.1)
    known = behaviour()["every_s"]
    usual_s: float = _of(known, layer) or known["usual"]
    return float(max(usual_s * 2.0 ** (2 * (0.5 - layer.intensity)), 0.1))


def count_of(
    layer: Layer, wanted: SceneLayer, fill_s: float = 0.0, least_s: float = 0.0
) -> tuple[int, float, float]:
    """Returns how many events there are, how far apart in seconds, and how irregular that is.

    Args:
        layer: what happens.
        wanted: what was asked of it.
        fill_s: how long it is to go on, where nothing is counted; 0 = as long as is usual.
        least_s: how far apart they are then at least.

    Raises:
        InvalidInput: if there are too many.
    """
    usual, apart_s = _of(behaviour()["groups"], layer) or (1, 0.9)
    usual_s = interval_s(layer, wanted)
    count, jitter = usual, JITTER if wanted.irregular else 0.0
    if fill_s:
        # Between the pace of a group and that of what comes now and then.
        apart_s = math.sqrt(apart_s * max(apart_s, min(0.5 * usual_s, LONGEST_APART_S)))
        apart_s = max(apart_s, least_s)
        count, jitter = 1 + max(1, round(fill_s / apart_s)), SCATTER
        count, apart_s = min(count, MAX_COUNT), fill_s / (min(count, MAX_COUNT) - 1)
    elif wanted.count is not None:
        count = wanted.count
    elif wanted.every_s and wanted.duration_s:
        count = 1 + int(wanted.duration_s / wanted.every_s - 1e-6)
    elif wanted.duration_s and find(layer.source).length_s:
        count = 1
    elif wanted.many and usual == 1:
        count, jitter = SOME, SCATTER
        apart_s = max(apart_s, min(0.5 * usual_s, LONGEST_APART_S))
    elif wanted.many:
        count = max(usual, FEWEST)
    if wanted.tempo and wanted.count is None:
        count = max(count, behaviour()["change"]["fewest"])
    check_count(count, wanted)
    return count, wanted.every_s or apart_s, jitter


def fill_of(wanted: SceneLayer) -> float | None:
    """Returns how long events that are not counted go on, s; None = as long as is usual."""
    bounds = find(wanted.source).length_s
    # "A man laughing" laughs more than once, if he does it for long; "a gunshot" is one.
    is_counted = wanted.count is not None and not (wanted.count == 1 and bounds)
    if is_counted or wanted.every_s or is_once(wanted) or not wanted.duration_s:
        return None
    is_stretched = bounds and bounds[1] >= STRETCHED * wanted.duration_s and not wanted.many
    return None if is_stretched else wanted.duration_s


def check_count(count: int, wanted: SceneLayer) -> None:
    """Checks that a scene can hold so many.

    Raises:
        InvalidInput: if it cannot.
    """
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInput(
            f"{count} times {wanted.words or wanted.source!r:.60}: a scene has 1 to {MAX_COUNT}"
        )


def beats_s(layer: Layer, count: int) -> float | None:
    """Returns how long a bed sounds that has so many beats (steps, ticks); None = it has none."""
    single_s = _of(behaviour()["single_s"], layer)
    if count == 1 and single_s is not None:
        return float(single_s)
    beat = _of(behaviour()["beats"], layer)
    if beat is None:
        return None
    return float((count - 1 + LAST_BEAT) * np.interp(layer.intensity, (0.0, 0.5, 1.0), beat))


def burst_of(layer: Layer) -> tuple[float, float] | None:
    """Returns how long a bed sounds that comes and goes, and how far apart, s; None = it stays."""
    found = _of(behaviour()["bursts"], layer)
    return None if found is None else (float(found[0]), float(found[1]))


def is_once(wanted: SceneLayer) -> bool:
    """Returns whether something happens once, whatever goes on around it: a glass breaks."""
    once: bool = wanted.source in behaviour()["once"]["sources"]
    return once and not wanted.many and not wanted.every_s


def write_out(
    layer: Layer, duration_s: float, rng: np.random.Generator, *, at_once: bool = False
) -> Layer:
    """Returns a layer that comes again and again with its times named, to be edited."""
    steady, every_s = layer.steady, layer.every_s
    latest_s = min(0.85 * every_s, 0.65 * duration_s)
    first_s = 0.0 if steady or at_once else float(rng.uniform(0.15 * latest_s, latest_s))
    times_s = [layer.start_s + first_s]
    while len(times_s) < MAX_COUNT:
        next_s = times_s[-1] + every_s * (1.0 if steady else float(rng.uniform(0.4, 1.6)))
        if next_s > duration_s - min(0.5, 0.1 * duration_s):
            break
        times_s.append(next_s)
    return dataclasses.replace(
        layer, start_s=0.0, every_s=0.0, steady=False, times_s=tuple(round(t, 3) for t in times_s)
    )


def _of(table: Mapping[str, Any], layer: Layer) -> Any:
    """Returns what a table says of a layer's variant, or of its source; None = nothing."""
    return table.get(f"{layer.source}/{layer.variant}", table.get(layer.source))
