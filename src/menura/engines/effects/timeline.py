"""Timelines: what of a scene happens when, and how long the whole is."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.lasting import Draft, lasts, rare_s
from menura.engines.effects.performing import END_S
from menura.engines.effects.players import strike
from menura.engines.effects.recurring import (
    FEWEST,
    beats_s,
    burst_of,
    check_count,
    count_of,
    interval_s,
    write_out,
)
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import RATE, find
from menura.engines.effects.space import find_room
from menura.metrics.texture import sounding_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from menura.engines.effects.scene import Layer

LONGEST_S = 600.0
"""A scene that says no length is no longer."""
SHORTEST_S = 0.5
MAX_TAIL_S = 4.0
MAX_RING_S = 8.0
"""An event may ring on so long behind the moment at which it is over."""
SHARE_OF_TAIL = 0.35
"""A room has at most so much of an asked length to die away in."""
SPOKEN_CHARS_PER_S = 10.0
"""How much room a text takes in a scene: slow speech, of some 110 words a minute, with a pause."""


@dataclass(slots=True, kw_only=True)
class Laid:
    """What `lay_out` gives.

    Attributes:
        layers: with their times.
        duration_s: of the whole; 0 = without end.
        notes: what did not fit.
    """

    layers: list[Layer] = field(default_factory=list)
    duration_s: float = 0.0
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Placed:
    """A draft with its moments, before they are fitted to a length."""

    draft: Draft
    start_s: float
    times_s: list[float]
    length_s: float
    """Of one event, or of a bed that ends."""
    ends: bool
    """Whether it is over some time, and does not last as long as the scene."""
    ring_s: float = 0.0
    """How long an event rings on behind its end."""

    @property
    def end_s(self) -> float:
        return (self.times_s[-1] if self.times_s else self.start_s) + self.length_s


def lay_out(
    drafts: Sequence[Draft],
    duration_s: float | None,
    *,
    room: str,
    endless: bool,
    loop: bool,
    rng: np.random.Generator,
    cued_s: float = 0.0,
) -> Laid:
    """Returns the layers with their times.

    What has a higher order begins when all that has a lower one, and ends, is over. Counts are
    kept whatever the length: if they do not fit, they come faster.

    Args:
        drafts: what is heard.
        duration_s: asked length; None = as long as it takes.
        room: its name.
        endless: whether the scene never ends.
        loop: whether it is a loop; its tails ring into its beginning.
        rng: draws intervals.
        cued_s: the last moment at which a cue has something begin: that is heard to its end.

    Raises:
        InvalidInput: if there is too much of something.
    """
    lasting = [d for d in drafts if lasts(d, drafts)]
    placed = list(_sequence(drafts, lasting, rng))
    over_s = max((p.end_s for p in placed if p.ends), default=0.0)
    if cued_s and duration_s is None:
        longest_s = max((p.length_s for p in placed if p.times_s), default=0.0)
        over_s = max(over_s, cued_s + longest_s)
    ring_s = max((p.end_s + p.ring_s for p in placed), default=0.0) - over_s
    # What is struck rings into the fade at the end; a bed fades by itself.
    edge_s = END_S if any(p.times_s and p.end_s > over_s - END_S for p in placed) else 0.0
    tail_s = 0.0 if loop or lasting else max(_tail_s(room), edge_s, ring_s)
    laid = Laid(duration_s=0.0 if endless else _length_s(duration_s, over_s, tail_s, lasting))
    if laid.duration_s:
        tail_s = min(tail_s, SHARE_OF_TAIL * laid.duration_s)
        room_s = laid.duration_s - tail_s
        if over_s > room_s + 1e-9:
            laid.notes += _squeezed(placed, room_s / over_s, laid.duration_s)
        elif duration_s is not None and not lasting:
            _stretch(placed, room_s)
    for each in placed:
        laid.layers.append(_settled(each, laid.duration_s, lasting=each.draft in lasting, rng=rng))
    return laid


def _sequence(
    drafts: Sequence[Draft], lasting: list[Draft], rng: np.random.Generator
) -> Iterator[_Placed]:
    """Yields the drafts, each group behind the one before."""
    timing = behaviour()["timing"]
    now_s = timing["usual_gap_s"] if lasting and len(lasting) < len(drafts) else 0.0
    orders = sorted({d.wanted.order for d in drafts})
    for order in orders:
        group = [d for d in drafts if d.wanted.order == order]
        now_s += max(d.wanted.pause_s for d in group)
        ends_s = now_s
        struck = 0
        for draft in group:
            start_s = 0.0 if draft in lasting and order == orders[0] else now_s
            if draft not in lasting:
                # What happens "and" happens is heard one by one, if only just.
                start_s += struck * timing["apart_lasting_s" if lasting else "apart_s"]
                struck += 1
            placed = _placed(draft, start_s, lasts=draft in lasting, rng=rng)
            if placed.ends:
                ends_s = max(ends_s, placed.end_s)
            yield placed
        gaps = behaviour()["gap_s"]
        gap_s = min(gaps.get(draft.wanted.source, gaps["usual"]) for draft in group)
        now_s = ends_s + gap_s if ends_s > now_s else now_s


def _placed(draft: Draft, start_s: float, *, lasts: bool, rng: np.random.Generator) -> _Placed:
    wanted, known = draft.wanted, behaviour()
    pace = {"slow": known["timing"]["slow"], "fast": known["timing"]["fast"]}.get(wanted.speed, 1.0)
    if lasts:
        return _Placed(draft, start_s, [], 0.0, ends=False)
    if wanted.source == SPEECH:
        length_s = max(1.0, len(wanted.text) / SPOKEN_CHARS_PER_S)
        return _Placed(draft, start_s, [], length_s, ends=True)
    if find(wanted.source).kind == "bed":
        if wanted.movement:
            return _pass(draft, start_s, pace)
        return _Placed(draft, start_s, [], _bed_s(draft), ends=True)
    count, apart_s, jitter = count_of(draft.layer, wanted)
    stretch = find(wanted.source).length_s
    asked_s = None if wanted.every_s else wanted.duration_s
    if stretch and (asked_s or pace != 1.0):
        fitted_s = asked_s or _event_s(draft.layer)[0] * pace
        fitted_s = min(max(fitted_s, stretch[0]), stretch[1])
        draft.layer = dataclasses.replace(draft.layer, length_s=round(fitted_s, 3))
    length_s, whole_s = _event_s(draft.layer)
    if not wanted.every_s:
        apart_s = max(apart_s, 0.55 * min(length_s, 2.0)) * pace
    times_s = [start_s]
    for _ in range(count - 1):
        times_s.append(times_s[-1] + apart_s * (1 + jitter * float(rng.uniform(-1, 1))))
    ring_s = min(whole_s - length_s, MAX_RING_S)
    return _Placed(draft, start_s, times_s, length_s, ends=True, ring_s=ring_s)


def _pass(draft: Draft, start_s: float, pace: float) -> _Placed:
    """Returns when a bed passes, as often as it was counted."""
    wanted, known = draft.wanted, behaviour()["pass_s"]
    count = wanted.count or (FEWEST if wanted.many else 1)
    check_count(count, wanted)
    length_s = wanted.duration_s or known.get(wanted.source, known["usual"]) * pace
    draft.layer = dataclasses.replace(draft.layer, length_s=round(length_s, 3))
    times_s = [start_s + 0.7 * length_s * at for at in range(count)]
    return _Placed(draft, start_s, times_s, length_s, ends=True)


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


def _goes_on(placed: _Placed) -> bool:
    """Returns whether a layer sounds on from its start, and not at certain times."""
    wanted = placed.draft.wanted
    if wanted.source in {MUSIC, SPEECH}:
        return True
    if placed.times_s or wanted.every_s or find(wanted.source).kind != "bed":
        return False
    return placed.ends or burst_of(placed.draft.layer) is None


def _settled(
    placed: _Placed, duration_s: float, *, lasting: bool, rng: np.random.Generator
) -> Layer:
    """Returns a layer with its times."""
    layer, wanted = placed.draft.layer, placed.draft.wanted
    start_s = round(placed.start_s, 3)
    if _goes_on(placed):
        stop_s = 0.0 if lasting or not placed.ends else round(placed.end_s, 3)
        if stop_s and duration_s and stop_s >= duration_s - 1e-6:
            stop_s = 0.0
        fade_out_s = layer.fade_out_s
        if not lasting:
            fade_out_s = max(min(fade_out_s, 0.6 * placed.length_s), 0.08)
        return dataclasses.replace(layer, start_s=start_s, stop_s=stop_s, fade_out_s=fade_out_s)
    if placed.times_s:
        return dataclasses.replace(layer, times_s=tuple(round(t, 3) for t in placed.times_s))
    every_s = interval_s(layer, wanted)
    burst = burst_of(layer)
    if burst is not None:
        layer = dataclasses.replace(layer, length_s=burst[0])
        every_s = wanted.every_s or burst[1]
    again = dataclasses.replace(
        layer, start_s=start_s, every_s=round(every_s, 3), steady=not wanted.irregular
    )
    return write_out(again, duration_s, rng) if duration_s else again


def _length_s(
    duration_s: float | None,
    over_s: float,
    tail_s: float,
    lasting: list[Draft],
) -> float:
    if duration_s is not None:
        return duration_s
    natural_s = over_s + tail_s
    if lasting:
        timing = behaviour()["timing"]
        # What comes again and again is to be heard twice, if that takes not too long.
        rarest_s = max((rare_s(d) for d in lasting), default=0.0)
        natural_s = min(max(timing["bed_s"], 1.6 * rarest_s), timing["longest_bed_s"])
        natural_s = max(natural_s, over_s + 2.0)
    return math.ceil(min(max(natural_s, SHORTEST_S), LONGEST_S) * 100) / 100


def _squeezed(placed: Sequence[_Placed], factor: float, duration_s: float) -> Iterator[str]:
    """Moves all moments together; yields a line if that changes what is heard."""
    for each in placed:
        each.start_s *= factor
        each.times_s = [time_s * factor for time_s in each.times_s]
        source = each.draft.layer.source
        bed = source in {MUSIC, SPEECH} or find(source).kind == "bed"
        shortest = () if source in {MUSIC, SPEECH} else find(source).length_s
        if bed:
            each.length_s *= factor
        elif shortest:
            fitted_s = max(each.length_s * factor, shortest[0])
            each.draft.layer = dataclasses.replace(each.draft.layer, length_s=round(fitted_s, 3))
            each.length_s = fitted_s
        if each.draft.layer.movement:
            length_s = max(1.0, each.draft.layer.length_s * factor)
            each.draft.layer = dataclasses.replace(each.draft.layer, length_s=round(length_s, 3))
    if factor < 0.6:
        yield f"{duration_s:g} s is short for all of it: it happens {1 / factor:.1f} times as fast"


def _stretch(placed: Sequence[_Placed], room_s: float) -> None:
    """Lets the last event that can be stretched fill an asked length."""
    last = max((p for p in placed if p.times_s), key=lambda p: p.end_s, default=None)
    if last is None or last.draft.layer.movement:
        return
    stretch = find(last.draft.layer.source).length_s
    wanted_s = room_s - last.times_s[-1]
    if stretch and len(last.times_s) == 1 and wanted_s > last.length_s:
        length_s = min(wanted_s, stretch[1])
        last.draft.layer = dataclasses.replace(last.draft.layer, length_s=round(length_s, 3))
        last.length_s = length_s


def _event_s(layer: Layer) -> tuple[float, float]:
    """Returns how long an event is heard, s: until it is 30 dB down, and until 60 dB down."""
    sound = strike(layer, 0)
    return sounding_length(sound, RATE, -30.0), sounding_length(sound, RATE, -60.0)


def _tail_s(room: str) -> float:
    return min(0.7 * max(find_room(room).decay_s, default=0.0), MAX_TAIL_S)
