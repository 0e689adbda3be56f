"""Lasting: what of a scene goes on, or comes again and again, as long as the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.recurring import beats_s, burst_of, interval_s, is_once
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.effects.scene import Layer
    from menura.text.scene import SceneLayer


@dataclass(slots=True, kw_only=True)
class Draft:
    """A layer on its way into a scene.

    Attributes:
        layer: all but its times.
        wanted: what was asked of it.
    """

    layer: Layer
    wanted: SceneLayer


def lasts(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Returns whether a draft goes on (or comes again and again) as long as the scene."""
    wanted = draft.wanted
    if wanted.source == MUSIC and not wanted.duration_s:
        return wanted.stop_s is None
    if wanted.movement or wanted.source == SPEECH or wanted.duration_s or _is_timed(draft):
        return False
    ordered = len({d.wanted.order for d in drafts}) > 1
    backed = not ordered and any(_is_backdrop(d) for d in drafts if d is not draft)
    if find(wanted.source).kind == "bed":
        return _bed_lasts(draft, drafts, backed=backed)
    if wanted.count is not None or wanted.sudden or wanted.tempo or is_once(wanted):
        return False
    if wanted.stops and ordered:
        return False
    among_many = wanted.many and not ordered and len(drafts) > 1
    return wanted.every_s is not None or wanted.goes_on or backed or among_many


def is_superseded(draft: Draft, drafts: Sequence[Draft]) -> bool:
    """Returns whether a bed turns into something else later: a car starts, then drives away."""
    source, order = draft.wanted.source, draft.wanted.order
    return any(d.wanted.source == source and d.wanted.order > order for d in drafts)


def rare_s(draft: Draft) -> float:
    """Returns how far apart the events of a layer are that lasts, s; 0 if it sounds on."""
    source = draft.wanted.source
    if source in {MUSIC, SPEECH} or draft.wanted.every_s:
        return draft.wanted.every_s or 0.0
    burst = burst_of(draft.layer)
    if burst is not None:
        return burst[1]
    return 0.0 if find(source).kind == "bed" else interval_s(draft.layer, draft.wanted)


def _bed_lasts(draft: Draft, drafts: Sequence[Draft], *, backed: bool) -> bool:
    wanted = draft.wanted
    if wanted.count is not None and beats_s(draft.layer, wanted.count) is not None:
        return False
    if wanted.goes_on:
        return True
    if burst_of(draft.layer) is not None:
        return wanted.every_s is not None or backed
    if is_superseded(draft, drafts):
        return False
    later = any(d.wanted.order > wanted.order for d in drafts)
    if wanted.stops and later:
        return False
    doing = wanted.source in behaviour()["doings"]
    last = wanted.order == max(d.wanted.order for d in drafts)
    alone = all(_is_doing(d) for d in drafts if d.wanted.order == wanted.order)
    return not doing or (last and not (alone and wanted.order > 0))


def _is_timed(draft: Draft) -> bool:
    """Returns whether something has its moments, and does not come again: "a howl at 3 seconds"."""
    wanted = draft.wanted
    if wanted.source == MUSIC:
        return False
    if wanted.tied or wanted.moments_s or wanted.stop_s is not None:
        return True
    if wanted.start_s is None or wanted.every_s is not None or wanted.goes_on:
        return False
    return find(wanted.source).kind == "event" or burst_of(draft.layer) is not None


def _is_doing(draft: Draft) -> bool:
    return draft.wanted.source in behaviour()["doings"]


def _is_backdrop(draft: Draft) -> bool:
    source = draft.wanted.source
    if source in {MUSIC, SPEECH}:
        return source == MUSIC
    if draft.wanted.movement or draft.wanted.duration_s:
        return False
    if find(source).kind == "bed":
        return burst_of(draft.layer) is None
    return draft.wanted.many
