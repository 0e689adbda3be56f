"""Cues: sounds of a scene at given moments of a picture."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.engines.effects.sources import find
from menura.errors import InvalidInput
from menura.text.scene import SceneBrief, nearest_sources, read_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.effects.scene import Layer
    from menura.text.scene import SceneLayer


def with_cued(brief: SceneBrief, cues: Sequence[tuple[float, str]]) -> SceneBrief:
    """Returns the brief with a layer for every cue that names what is not in it.

    Raises:
        InvalidInput: if a cue names no sound that is known.
    """
    layers = list(brief.layers)
    for _, what in cues:
        wanted = _wanted(what)
        if not any(_is_meant(layer.source, layer.variant, wanted) for layer in layers):
            last = max((layer.order for layer in layers), default=0)
            layers.append(dataclasses.replace(wanted, order=last, count=1))
    return dataclasses.replace(brief, layers=tuple(layers))


def cued(
    layers: Sequence[Layer], cues: Sequence[tuple[float, str]], duration_s: float
) -> tuple[Layer, ...]:
    """Returns the layers with those that cues name at their moments, and at no other.

    A layer that is meant by a cue, and for which there is none left, is not heard.

    Raises:
        InvalidInput: if a moment lies behind the end of the scene.
    """
    times: dict[int, list[float]] = {}
    turns: dict[tuple[int, ...], int] = {}
    for when_s, what in sorted(cues):
        if duration_s and when_s >= duration_s:
            raise InvalidInput(
                f"the cue {what!r:.40} at {when_s:g} s lies behind the end at {duration_s:g} s"
            )
        wanted = _wanted(what)
        meant = tuple(
            i for i, each in enumerate(layers) if _is_meant(each.source, each.variant, wanted)
        )
        # Of several layers of one source each is heard in its turn.
        turn = turns[meant] = turns.get(meant, -1) + 1
        times.setdefault(meant[turn % len(meant)], []).append(when_s)
    named = {at for meant in turns for at in meant}
    return tuple(
        _moved(layer, sorted(times[at])) if at in times else layer
        for at, layer in enumerate(layers)
        if at in times or at not in named
    )


def _moved(layer: Layer, times_s: list[float]) -> Layer:
    if layer.movement or find(layer.source).kind == "event":
        return dataclasses.replace(layer, times_s=tuple(times_s), every_s=0.0)
    length_s = layer.stop_s - layer.start_s if layer.stop_s else layer.length_s
    if len(times_s) > 1 or layer.times_s or layer.every_s:
        # It comes and goes.
        return dataclasses.replace(
            layer,
            start_s=0.0,
            stop_s=0.0,
            times_s=tuple(times_s),
            every_s=0.0,
            length_s=round(length_s, 3),
        )
    stop_s = times_s[0] + length_s if length_s else 0.0
    return dataclasses.replace(layer, start_s=times_s[0], stop_s=stop_s)


def _wanted(what: str) -> SceneLayer:
    found = read_scene(what).layers
    if not found or found[0].source in {"music", "speech"}:
        near = ", ".join(nearest_sources(what)[:5])
        help_ = f": nearest are {near}" if near else "; `menura effect --list` shows all"
        raise InvalidInput(f"no sound is called {what!r:.60}{help_}")
    return found[0]


def _is_meant(source: str, variant: str, wanted: SceneLayer) -> bool:
    return source == wanted.source and (not wanted.variant or variant == wanted.variant)
