"""Changing: what gets faster or slower, stronger or weaker while it sounds, as far as it can."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.convoy import is_convoy
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import Pace, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.effects.scene import Layer
    from menura.text.scene import SceneLayer

_WEATHER = frozenset({"weather", "water", "fire"})
"""Families in which what gets faster grows: a wind, a river."""
_ARCH, _DIP = "more, then less", "less, then more"


def changed(layer: Layer, wanted: SceneLayer, notes: list[str], *, loop: bool) -> Layer:
    """Returns a layer with the change of pace or of force that was asked for.

    Args:
        layer: on its way into a scene.
        wanted: what was asked of it.
        notes: gets a line where it cannot be.
        loop: whether the end leads into the beginning: then nothing can have changed.
    """
    said = f"{wanted.words or wanted.source!s:.60}"
    notes.extend(f"{said}: {why}" for why in _left_out(wanted, loop=loop))
    if loop or wanted.source in {MUSIC, SPEECH}:
        return layer
    turns = wanted.grows in {_ARCH, _DIP}
    if turns or (wanted.fades == "swells" and not wanted.tempo):
        arched = _arched(layer, -1 if wanted.grows == _DIP else 1)
        if turns and not arched.rise:
            notes.append(f"{said}: what moves, or has a beat, does not change and turn back")
        return arched
    if not wanted.tempo and not wanted.grows:
        return layer
    rise, ratio = _rise(wanted), ratio_of(wanted)
    is_event, is_paced = find(wanted.source).kind == "event", _is_paced(layer)
    if is_event or is_paced:
        if ratio == 1 and is_paced:
            ratio = behaviour()["change"]["faster" if rise > 0 else "slower"]
        return dataclasses.replace(layer, pace_ratio=ratio if is_paced else 1.0, rise=rise)
    if ratio != 1 and find(wanted.source).family in _WEATHER:
        rise = rise or behaviour()["change"]["rise"] * (1 if ratio > 1 else -1)
    elif ratio != 1:
        why = "keeps its speed while it passes" if is_convoy(layer) else "has no beat"
        notes.append(f"{said}: {layer.source} {why}, so getting {wanted.tempo} is left out")
    if rise and wanted.movement:
        notes.append(f"{said}: what moves does not also change its force")
        rise = 0.0
    return dataclasses.replace(layer, rise=rise)


def _left_out(wanted: SceneLayer, *, loop: bool) -> Iterator[str]:
    """Yields what of a change that was asked for is left out, and why."""
    if not wanted.tempo and not wanted.grows and not (loop and wanted.fades == "swells"):
        return
    if loop:
        yield "in a loop it ends as it begins, so its change is left out"
    elif wanted.source not in {MUSIC, SPEECH}:
        if ", then " in wanted.tempo:
            yield f"how it then gets {wanted.tempo.split()[-1]} is left out"
    elif wanted.fades != "in":
        yield f"how {wanted.source} changes while it sounds is left out"


def _arched(layer: Layer, sign: int) -> Layer:
    """Returns a layer that grows, and then becomes as weak again; or the other way round."""
    if layer.movement:
        return layer
    change = behaviour()["change"]
    # Two beats that pass into each other are heard as two.
    is_beaten = layer.source in behaviour()["beats"] or _is_paced(layer)
    rise = 0.0 if is_beaten else sign * change["rise"]
    return dataclasses.replace(layer, rise=rise, turn=change["turn"])


def eased(layer: Layer, wanted: SceneLayer, duration_s: float) -> Layer:
    """Returns a layer that fades as slowly as it was said to: "rain that slowly stops".

    What swells does so all along, up to where it turns, and down from there.

    Args:
        layer: with its times.
        wanted: what was asked of it.
        duration_s: of the scene; 0 = without end.
    """
    is_timed = bool(layer.times_s or layer.every_s)
    end_s = layer.stop_s or duration_s
    if is_timed or not end_s:
        return layer
    if layer.turn and wanted.fades == "swells":
        whole_s = end_s - layer.start_s
        up_s, down_s = round(layer.turn * whole_s, 3), round((1 - layer.turn) * whole_s, 3)
        return dataclasses.replace(layer, fade_in_s=up_s, fade_out_s=down_s)
    if wanted.speed != "slow" or wanted.fades not in {"in", "out"}:
        return layer
    if wanted.source in {MUSIC, SPEECH} or behaviour()["doings"].get(wanted.source):
        return layer
    eased_s = round(behaviour()["change"]["slow_fade"] * (end_s - layer.start_s), 3)
    if wanted.fades == "in":
        return dataclasses.replace(layer, fade_in_s=max(layer.fade_in_s, eased_s))
    return dataclasses.replace(layer, fade_out_s=max(layer.fade_out_s, eased_s))


def ratio_of(wanted: SceneLayer) -> float:
    """Returns how many times as often it is to come at its end as at its beginning."""
    known = behaviour()["change"]
    if wanted.tempo == "slower" and wanted.stops:
        return float(known["to_a_stop"])
    return float(known[wanted.tempo.split(",")[0]]) if wanted.tempo else 1.0


def quickened(times_s: Sequence[float], wanted: SceneLayer) -> list[float]:
    """Returns the moments of events that come ever sooner, or later, one after the other."""
    ratio = ratio_of(wanted)
    if ratio == 1 or len(times_s) < 3:
        return list(times_s)
    first_s = times_s[0]
    pace = Pace.of(ratio, times_s[-1] - first_s)
    return [first_s + pace.moment_s(time_s - first_s) for time_s in times_s]


def _rise(wanted: SceneLayer) -> float:
    share: float = behaviour()["change"]["rise"]
    return {"more": share, "less": -share}.get(wanted.grows, 0.0)


def _is_paced(layer: Layer) -> bool:
    return layer.source in behaviour()["paced"]["sources"] and not is_convoy(layer)
