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
        return self.draft.wanted.start_s is not None or self.draft.wanted.tied

    @property
    def end_s(self) -> float:
        """When it is over, s."""
        return (self.times_s[-1] if self.times_s else self.start_s) + self.length_s


def squeeze(placed: Sequence[Placed], factor: float, duration_s: float) -> Iterator[str]:
    """Moves all moments together; yields a line if that changes what is heard.

    Args:
        placed: what is heard.
        factor: of every time, less than 1.
        duration_s: that was asked.
    """
    for each in placed:
        if each.is_anchored:
            continue
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


def missed(placed: Sequence[Placed], duration_s: float) -> Iterator[str]:
    """Yields a line for each that was asked to begin when a scene of that length is over."""
    for each in placed:
        late_s = [at for at in each.draft.wanted.moments_s or (each.start_s,) if at >= duration_s]
        if each.is_anchored and late_s:
            said = (each.draft.wanted.words or each.draft.wanted.source)[:60]
            yield f"{said!r} begins behind the end, at {late_s[0]:g} s: it is not heard"


def stretch(placed: Sequence[Placed], room_s: float) -> None:
    """Lets the last event that can be stretched fill an asked length."""
    last = max((p for p in placed if p.times_s), key=lambda p: p.end_s, default=None)
    if last is None or last.draft.layer.movement:
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
