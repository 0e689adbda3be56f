"""Balance: how loud each sound of a scene is beside the others."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.effects.scene import Layer

PLAYED_DB = {MUSIC: 68.0, SPEECH: 66.0}
"""Sound pressure level at 1 m of what other engines play: of a plucked instrument or a small
loudspeaker, and of a raised voice (ISO 9921: 66 dB)."""
INTENSITY_DB = 14.0
"""From the softest to the hardest, around what is usual."""
NATURE = 0.5
"""What is left of differences of level: between a cup and thunder lie 50 dB in nature, more than
any loudspeaker in a room plays. Mixers of film keep about half (Holman, Sound for Film and
Television, 3rd ed., 2010, chapter 9, on dialogue, effects and ambience)."""
NEAREST_M = 0.5
PLAYED_M = 2.0
"""How far away that is, if nothing is said."""
DEEPEST_DB = -22.0
"""What is in a scene is heard: nothing lies further under the loudest, unless its gain says so."""


def level_db(layer: Layer) -> float:
    """Returns a layer's sound pressure level where the listener is, dB, its gain left out."""
    if layer.source in PLAYED_DB:
        return PLAYED_DB[layer.source] - 20 * math.log10(max(layer.distance_m, NEAREST_M))
    source = find(layer.source)
    near_m = 1.0 if source.kind == "event" else max(source.distance_m, NEAREST_M)
    away_db = 20 * math.log10(max(layer.distance_m, NEAREST_M) / near_m)
    return source.level_of(layer.variant) + INTENSITY_DB * (layer.intensity - 0.5) - away_db


def lost_db(source: str, distance_m: float) -> float:
    """Returns what of a sound's level is lost in a scene by its distance, dB re 1 m.

    Up to where one usually hears it that is half of what nature takes, as with all levels; what is
    farther away was put there to be heard as far, and loses all that it does in nature.
    """
    return NATURE * 20 * math.log10(max(distance_m, NEAREST_M)) + beyond_db(source, distance_m)


def beyond_db(source: str, distance_m: float) -> float:
    """Returns what of that is lost because it is farther away than usual, dB."""
    usual_m = PLAYED_M if source in PLAYED_DB else max(find(source).distance_m, NEAREST_M)
    return (1 - NATURE) * 20 * math.log10(max(distance_m / usual_m, 1.0))


def gains_db(layers: Sequence[Layer]) -> list[float]:
    """Returns each layer's gain, dB: the loudest has its own `gain_db`, others lie under it."""
    levels = [_heard_db(layer) for layer in layers]
    top = max(levels, default=0.0)
    return [
        max(level - top, DEEPEST_DB) + layer.gain_db
        for level, layer in zip(levels, layers, strict=True)
    ]


def _heard_db(layer: Layer) -> float:
    near = dataclasses.replace(layer, distance_m=1.0)
    return NATURE * level_db(near) - lost_db(layer.source, layer.distance_m)
