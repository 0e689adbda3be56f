"""Timing: how often a sound of a scene happens once it has begun, when, and for how long."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.changing import quickened
from menura.engines.effects.fitting import Placed
from menura.engines.effects.lengths import event_s, spoken_s
from menura.engines.effects.recurring import (
    FEWEST,
    beats_s,
    burst_of,
    check_count,
    count_of,
    fill_of,
)
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find

if TYPE_CHECKING:
    import numpy as np

    from menura.engines.effects.lasting import Draft
    from menura.text.scene import SceneLayer

MAX_RING_S = 8.0
"""An event may ring on so long behind the moment at which it is over."""
MUSIC_S = 8.0
"""How long music plays that ends, if nothing is said."""


def time_draft(draft: Draft, start_s: float, *, lasts: bool, rng: np.random.Generator) -> Placed:
    """Returns a draft with its moments, as if nothing else were heard.

    Args:
        draft: what is heard; its layer gets the length that it has.
        start_s: when it begins.
        lasts: whether it goes on as long as the scene.
        rng: draws intervals.

    Raises:
        InvalidInput: if there is too much of it.
    """
    if draft.wanted.moments_s:
        return _each_moment(draft, rng=rng)
    wanted, known = draft.wanted, behaviour()
    pace = {"slow": known["timing"]["slow"], "fast": known["timing"]["fast"]}.get(wanted.speed, 1.0)
    if lasts:
        return Placed(draft, start_s, [], 0.0, ends=False)
    if wanted.source in {MUSIC, SPEECH}:
        return Placed(draft, start_s, [], _played_s(wanted), ends=True)
    if find(wanted.source).kind == "bed":
        if wanted.movement:
            return _pass(draft, start_s, pace)
        return Placed(draft, start_s, [], _bed_s(draft), ends=True)
    return _time_events(draft, start_s, pace, rng)


def _time_events(draft: Draft, start_s: float, pace: float, rng: np.random.Generator) -> Placed:
    wanted = draft.wanted
    bounds = find(wanted.source).length_s
    filled_s = fill_of(wanted) or 0.0
    asked_s = None if wanted.every_s or filled_s else wanted.duration_s
    if bounds and (asked_s or pace != 1.0):
        fitted_s = asked_s or event_s(draft.layer)[0] * pace
        fitted_s = min(max(fitted_s, bounds[0]), bounds[1])
        draft.layer = dataclasses.replace(draft.layer, length_s=round(fitted_s, 3))
    length_s, whole_s = event_s(draft.layer)
    fill_s = max(0.0, filled_s - length_s)
    # One dog ends a bark before the next; many bark at once.
    least_s = (0.55 if wanted.many else 1.3) * min(length_s, 4.0)
    count, apart_s, jitter = count_of(draft.layer, wanted, fill_s, least_s)
    if asked_s and count == 1:
        length_s, whole_s = max(length_s, asked_s), max(whole_s, asked_s)
    if not wanted.every_s and not fill_s:
        apart_s = max(apart_s, 0.55 * min(length_s, 2.0)) * pace
    times_s = [start_s]
    for _ in range(count - 1):
        times_s.append(times_s[-1] + apart_s * (1 + jitter * float(rng.uniform(-1, 1))))
    if fill_s and count > 1:
        late = fill_s / (times_s[-1] - start_s)
        times_s = [start_s + late * (time_s - start_s) for time_s in times_s]
    times_s = quickened(times_s, wanted)
    ring_s = min(whole_s - length_s, MAX_RING_S)
    return Placed(draft, start_s, times_s, length_s, ends=True, ring_s=ring_s)


def _each_moment(draft: Draft, *, rng: np.random.Generator) -> Placed:
    """Returns a draft that begins at each of its moments, with as many as were counted for each."""
    wanted = draft.wanted
    moments_s = wanted.moments_s
    is_shared = wanted.count in {None, len(moments_s)}
    once = dataclasses.replace(wanted, moments_s=(), count=1 if is_shared else wanted.count)
    if find(wanted.source).kind == "bed" and not wanted.movement:
        # As long as it usually is, up to the next.
        apart_s = min(after - before for before, after in pairwise(moments_s))
        length_s = min(_bed_s(draft), apart_s)
        draft.layer = dataclasses.replace(draft.layer, length_s=round(length_s, 3))
        return Placed(draft, moments_s[0], list(moments_s), length_s, ends=True)
    draft.wanted = once
    placed = time_draft(draft, 0.0, lasts=False, rng=rng)
    draft.wanted = wanted
    check_count(len(placed.times_s) * len(moments_s), wanted)
    placed.start_s = moments_s[0]
    placed.times_s = sorted(moment_s + at_s for moment_s in moments_s for at_s in placed.times_s)
    return placed


def _played_s(wanted: SceneLayer) -> float:
    """Returns how long music or speech sounds that ends."""
    if wanted.source == MUSIC:
        return wanted.duration_s or MUSIC_S
    return spoken_s(wanted.text)


def _pass(draft: Draft, start_s: float, pace: float) -> Placed:
    """Returns when a bed passes, as often as it was counted: of steps it is one walk."""
    wanted, known = draft.wanted, behaviour()["pass_s"]
    count = wanted.count or (FEWEST if wanted.many else 1)
    check_count(count, wanted)
    walked_s = beats_s(draft.layer, count) if wanted.count else None
    count = 1 if walked_s is not None else count
    usual_s = known.get(wanted.source, known["usual"]) * pace
    length_s = walked_s or wanted.duration_s or usual_s
    draft.layer = dataclasses.replace(draft.layer, length_s=round(length_s, 3))
    times_s = [start_s + 0.7 * length_s * at for at in range(count)]
    return Placed(draft, start_s, times_s, length_s, ends=True)


def _bed_s(draft: Draft) -> float:
    """Returns how long a bed sounds that ends."""
    wanted, known = draft.wanted, behaviour()
    if wanted.duration_s:
        return wanted.duration_s
    if wanted.count is not None:
        check_count(wanted.count, wanted)
        counted_s = beats_s(draft.layer, wanted.count)
        if counted_s is not None:
            return counted_s
    burst = burst_of(draft.layer)
    usual_s: float = burst[0] if burst is not None else known["timing"]["turning_s"]
    return float(known["doings"].get(wanted.source, usual_s))
