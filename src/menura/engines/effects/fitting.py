"""Fitting: what happens in a scene is moved together, or drawn out, to an asked length."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.effects.lasting import Draft

LONGEST_PASS_S, LONGEST_ROUND_S = 60.0, 600.0
"""What passes is too far away to be heard after so long; what circles is not."""
LEAST_SHARE = 0.3
"""So much of its time is left to what was not asked to last so long, or all is moved together."""
CLOSING_S = 6.0
"""How long what sounds on is heard, if a scene is to end with it."""


@dataclass(slots=True)
class Placed:
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
    def is_anchored(self) -> bool:
        """Whether its moment was asked for, or hangs on such a one, and is kept."""
        wanted = self.draft.wanted
        return wanted.start_s is not None or wanted.stop_s is not None or wanted.tied

    @property
    def end_s(self) -> float:
        """When it is over, s."""
        return (self.times_s[-1] if self.times_s else self.start_s) + self.length_s


def squeeze(
    placed: Sequence[Placed], needed_s: float, room_s: float, duration_s: float
) -> Iterator[str]:
    """Moves all moments together; yields a line if that changes what is heard.

    What was asked to last so long does so, if the others leave it the time.

    Args:
        placed: what is heard.
        needed_s: how long it takes.
        room_s: how long it may take; less than that.
        duration_s: that was asked.
    """
    free = [each for each in placed if not each.is_anchored]
    kept_s = _find_kept(free)
    kept_total_s = sum(end_s - start_s for start_s, end_s in kept_s)
    factor = (room_s - kept_total_s) / max(needed_s - kept_total_s, 1e-9)
    if factor < LEAST_SHARE:
        kept_s, factor = [], room_s / needed_s
    for each in free:
        is_kept = bool(kept_s) and _is_asked(each)
        end_s = _moved(each.start_s + each.length_s, kept_s, factor)
        each.start_s = _moved(each.start_s, kept_s, factor)
        each.times_s = [_moved(time_s, kept_s, factor) for time_s in each.times_s]
        if is_kept:
            continue
        source = each.draft.layer.source
        bed = source in {MUSIC, SPEECH} or find(source).kind == "bed"
        shortest = () if source in {MUSIC, SPEECH} else find(source).length_s
        if bed:
            each.length_s = end_s - each.start_s
        elif shortest:
            fitted_s = max(each.length_s * factor, shortest[0])
            each.draft.layer = dataclasses.replace(each.draft.layer, length_s=round(fitted_s, 3))
            each.length_s = fitted_s
        if each.draft.layer.movement:
            length_s = max(1.0, each.draft.layer.length_s * factor)
            each.draft.layer = dataclasses.replace(each.draft.layer, length_s=round(length_s, 3))
    if factor < 0.6:
        what = "the rest" if kept_s else "it"
        short = f"{duration_s:g} s is short for all of it"
        yield f"{short}: {what} happens {1 / factor:.1f} times as fast"


def _is_asked(placed: Placed) -> bool:
    """Returns whether one sound was asked to last so long, and not what comes again and again."""
    return placed.draft.wanted.duration_s is not None and len(placed.times_s) <= 1


def _find_kept(placed: Sequence[Placed]) -> list[tuple[float, float]]:
    """Returns from when to when something is heard that was asked to last so long, in order."""
    spans = sorted(
        (each.start_s, each.start_s + each.length_s) for each in placed if _is_asked(each)
    )
    kept_s: list[tuple[float, float]] = []
    for start_s, end_s in spans:
        if kept_s and start_s <= kept_s[-1][1]:
            kept_s[-1] = (kept_s[-1][0], max(end_s, kept_s[-1][1]))
        else:
            kept_s.append((start_s, end_s))
    return kept_s


def _moved(at_s: float, kept_s: Sequence[tuple[float, float]], factor: float) -> float:
    """Returns where a moment comes when all time but what is kept runs faster."""
    inside_s = sum(max(0.0, min(at_s, end_s) - start_s) for start_s, end_s in kept_s)
    return inside_s + factor * (at_s - inside_s)


def missed(placed: Sequence[Placed], duration_s: float) -> Iterator[str]:
    """Yields a line for each that was asked to begin when a scene of that length is over."""
    for each in placed:
        late_s = [at for at in each.draft.wanted.moments_s or (each.start_s,) if at >= duration_s]
        if each.is_anchored and late_s:
            said = (each.draft.wanted.words or each.draft.wanted.source)[:60]
            yield f"{said!r} begins behind the end, at {late_s[0]:g} s: it is not heard"
        stop_s = each.draft.wanted.stop_s
        if stop_s is not None and each.start_s >= stop_s:
            said = (each.draft.wanted.words or each.draft.wanted.source)[:60]
            yield f"{said!r} begins at {each.start_s:g} s: it is not over at {stop_s:g} s"


def stretch(placed: Sequence[Placed], room_s: float) -> None:
    """Lets the last event that can be stretched fill an asked length."""
    last = max((p for p in placed if p.times_s), key=lambda p: p.end_s, default=None)
    if last is None or last.draft.layer.movement or last.draft.wanted.stop_s is not None:
        return
    bounds = find(last.draft.layer.source).length_s
    wanted_s = room_s - last.times_s[-1]
    if bounds and len(last.times_s) == 1 and wanted_s > last.length_s:
        length_s = min(wanted_s, bounds[1])
        last.draft.layer = dataclasses.replace(last.draft.layer, length_s=round(length_s, 3))
        last.length_s = length_s


def fill(placed: Sequence[Placed], room_s: float, *, lasting: bool) -> None:
    """Lets what moves at the end of a scene be heard up to an end that is later than its own.

    Args:
        placed: what is heard.
        room_s: up to when.
        lasting: whether something goes on around it: then only what circles is heard so long.
    """
    latest = max(each.draft.wanted.order for each in placed)
    for each in placed:
        wanted = each.draft.wanted
        if not wanted.movement or wanted.order < latest or len(each.times_s) != 1:
            continue
        if wanted.source in {MUSIC, SPEECH} or wanted.duration_s or wanted.count:
            continue
        if find(wanted.source).kind != "bed":
            continue
        circles = wanted.movement == "circling"
        length_s = min(room_s - each.times_s[0], LONGEST_ROUND_S if circles else LONGEST_PASS_S)
        if length_s > each.length_s and (not lasting or circles):
            each.draft.layer = dataclasses.replace(each.draft.layer, length_s=round(length_s, 3))
            each.length_s = length_s


def close(placed: Sequence[Placed], end_s: float) -> None:
    """Moves what a scene is to end with to its end, however long the scene is.

    Args:
        placed: what is heard.
        end_s: when the last of it is to be over.
    """
    closing = [each for each in placed if each.draft.wanted.closing and not each.is_anchored]
    over_s = max((each.end_s for each in closing if each.ends), default=end_s)
    for each in closing:
        late_s = end_s - over_s if each.ends else end_s - CLOSING_S - each.start_s
        if late_s > 0:
            each.start_s += late_s
            each.times_s = [time_s + late_s for time_s in each.times_s]
