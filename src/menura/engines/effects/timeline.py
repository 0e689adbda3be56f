"""Timelines: what of a scene happens when, and how long the whole is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.fitting import Placed, close, fill, missed, squeeze, stretch
from menura.engines.effects.lasting import Draft, is_superseded, lasts
from menura.engines.effects.lengths import room_tail_s, scene_length_s
from menura.engines.effects.performing import END_S
from menura.engines.effects.recurring import burst_of, interval_s, write_out
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find
from menura.engines.effects.timing import time_draft
from menura.engines.effects.turns import Turns, is_key, turns_into

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from menura.engines.effects.scene import Layer

RING_S = 1.5
"""So much of a single sound is heard at least, before an asked end."""
BARE = 0.5
"""Where nothing sounds on, what comes again comes after so much of its usual time."""
SHARE_OF_TAIL = 0.35
"""A room has at most so much of an asked length to die away in."""
HALT_S = 0.5
"""What is said to stop at a moment fades out for no longer than so."""
CLOSED_S, CLOSED_SHARE = 1.0, 0.1
"""What a scene is to end with is over so long before its end, or so much of its length."""


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
    if duration_s is not None and len(drafts) == 1 and drafts[0].wanted.many:
        wanted = drafts[0].wanted
        left_s = duration_s - (wanted.start_s or 0.0)
        if left_s > 0:
            drafts[0].wanted = dataclasses.replace(wanted, duration_s=wanted.duration_s or left_s)
    lasting = [d for d in drafts if lasts(d, drafts)]
    placed = list(_sequence(drafts, lasting, rng))
    over_s = max((p.end_s for p in placed if p.ends), default=0.0)
    over_s = max([over_s, *(p.start_s + RING_S for p in placed if p.is_anchored)])
    ring_s = max((p.end_s + p.ring_s for p in placed), default=0.0) - over_s
    # What is struck rings into the fade at the end; a bed fades by itself.
    edge_s = END_S if any(_is_struck(p) and p.end_s > over_s - END_S for p in placed) else 0.0
    if cued_s and duration_s is None:
        edge_s, ring_s = END_S, max(p.ring_s for p in placed)
        over_s = max(over_s, cued_s + max((p.length_s for p in placed if p.times_s), default=0.0))
    tail_s = 0.0 if loop or lasting else max(room_tail_s(room), edge_s, ring_s)
    laid = Laid(duration_s=0.0 if endless else scene_length_s(duration_s, over_s, tail_s, lasting))
    if laid.duration_s:
        tail_s = min(tail_s, SHARE_OF_TAIL * laid.duration_s)
        room_s = laid.duration_s - tail_s
        needed_s = max((_needed_s(p) for p in placed if p.ends and not p.is_anchored), default=0.0)
        laid.notes += missed(placed, laid.duration_s)
        # An interval that was named is kept, as long as the last of them is heard at all.
        timed = any(d.wanted.every_s for d in drafts) and needed_s < laid.duration_s + RING_S / 2
        if needed_s > room_s + 1e-9 and not timed:
            laid.notes += squeeze(placed, needed_s, room_s, laid.duration_s)
        elif duration_s is not None and not lasting:
            stretch(placed, room_s)
        fill(placed, room_s, lasting=bool(lasting))
        rung_s = min(CLOSED_S, CLOSED_SHARE * laid.duration_s)
        close(placed, laid.duration_s - max(tail_s, edge_s, END_S, rung_s))
    is_bare = not any(_sounds_on(d) for d in lasting) and not loop
    for each in placed:
        layer = _settled(each, laid.duration_s, lasting=each.draft in lasting, is_bare=is_bare)
        if layer.every_s and laid.duration_s:
            layer = write_out(layer, laid.duration_s, rng, at_once=is_bare)
            is_bare = False
        laid.layers.append(layer)
    return laid


def _sequence(
    drafts: Sequence[Draft], lasting: list[Draft], rng: np.random.Generator
) -> Iterator[Placed]:
    """Yields the drafts, each group behind the one before."""
    timing = behaviour()["timing"]
    orders = sorted({d.wanted.order for d in drafts})
    first = [d for d in drafts if d.wanted.order == orders[0]]
    # What goes on is heard first, if only just.
    is_backed = any(_sounds_on(d) for d in first if d in lasting)
    now_s = timing["usual_gap_s"] if is_backed and len(lasting) < len(drafts) else 0.0
    for order in orders:
        group = [d for d in drafts if d.wanted.order == order]
        now_s += max(d.wanted.pause_s for d in group)
        ends_s = now_s
        turns = Turns(timing)
        named_s: float | None = None
        tied = Turns(timing)
        for draft in group:
            start_s = 0.0 if draft in lasting and order == orders[0] else now_s
            hangs = draft.wanted.start_s is not None
            if draft.wanted.start_s is not None:
                start_s = named_s = draft.wanted.start_s
                tied = Turns(timing)
            elif named_s is not None and draft not in lasting and _is_tied(draft):
                start_s = named_s + tied.next_s(draft, lasting=False)
                hangs = True
            elif draft not in lasting:
                start_s += turns.next_s(draft, lasting=bool(lasting))
            start_s = _stop(draft, start_s, opens=order == orders[0])
            placed = time_draft(draft, start_s, lasts=draft in lasting, rng=rng)
            if hangs and named_s is not None:
                tied.take(placed, named_s)
            elif draft not in lasting and len(group) > 1:
                turns.take(placed, now_s)
            if placed.ends:
                ends_s = max(ends_s, placed.end_s)
            yield placed
        gaps = behaviour()["gap_s"]
        gap_s = min(gaps.get(draft.wanted.source, gaps["usual"]) for draft in group)
        flowing = [draft for draft in drafts if not is_key(draft)]
        if any(turns_into(draft) and is_superseded(draft, flowing) for draft in group):
            gap_s = -timing["turn_s"]
        now_s = ends_s + gap_s if ends_s > now_s else now_s


def _stop(draft: Draft, start_s: float, *, opens: bool) -> float:
    """Lets a draft last up to the moment at which it is asked to be over; returns when it begins.

    Args:
        draft: what is heard.
        start_s: when it would begin.
        opens: whether nothing is told before it: then what goes on does so from the beginning.
    """
    wanted = draft.wanted
    if wanted.stop_s is None:
        return start_s
    if opens and wanted.start_s is None and _is_bed(draft):
        start_s = 0.0
    length_s = wanted.stop_s - start_s
    if length_s > 0 and wanted.count is None:
        draft.wanted = dataclasses.replace(wanted, duration_s=length_s)
    return start_s


def _is_bed(draft: Draft) -> bool:
    source = draft.wanted.source
    return source == MUSIC or (source != SPEECH and find(source).kind == "bed")


def _is_tied(draft: Draft) -> bool:
    return draft.wanted.tied or draft.wanted.together


def _sounds_on(draft: Draft) -> bool:
    """Returns whether a layer that lasts is heard all along."""
    source = draft.wanted.source
    if source in {MUSIC, SPEECH} or draft.wanted.every_s:
        return source == MUSIC
    return find(source).kind == "bed" and burst_of(draft.layer) is None


def _goes_on(placed: Placed) -> bool:
    """Returns whether a layer sounds on from its start, and not at certain times."""
    wanted = placed.draft.wanted
    if wanted.source in {MUSIC, SPEECH}:
        return True
    if placed.times_s or wanted.every_s or find(wanted.source).kind != "bed":
        return False
    return placed.ends or _sounds_on(placed.draft)


def _is_struck(placed: Placed) -> bool:
    return bool(placed.times_s) and find(placed.draft.wanted.source).kind == "event"


def _settled(placed: Placed, duration_s: float, *, lasting: bool, is_bare: bool) -> Layer:
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
        if wanted.stop_s is not None and wanted.stops and wanted.speed != "slow":
            fade_out_s = min(fade_out_s, HALT_S)
        return dataclasses.replace(layer, start_s=start_s, stop_s=stop_s, fade_out_s=fade_out_s)
    if placed.times_s:
        return dataclasses.replace(layer, times_s=tuple(round(t, 3) for t in placed.times_s))
    every_s = interval_s(layer, wanted)
    burst = burst_of(layer)
    if burst is not None:
        layer = dataclasses.replace(layer, length_s=burst[0])
        every_s = wanted.every_s or burst[1]
    if is_bare and not wanted.every_s:
        every_s *= BARE
    return dataclasses.replace(
        layer, start_s=start_s, every_s=round(every_s, 3), steady=not wanted.irregular
    )


def _needed_s(placed: Placed) -> float:
    """Returns up to when something has to be heard: what only rings on may be cut short."""
    if not _is_struck(placed) or find(placed.draft.layer.source).length_s:
        return placed.end_s
    return placed.end_s - max(0.0, placed.length_s - RING_S)
