"""Balance: how loud each sound of a scene is beside the others."""

from __future__ import annotations

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
DEEPEST_DB = -22.0
"""What is in a scene is heard: nothing lies further under the loudest, unless its gain says so."""


def level_db(layer: Layer) -> float:
    """Returns a layer's sound pressure level where the listener is, dB, its gain left out."""
    if layer.source in PLAYED_DB:
        return PLAYED_DB[layer.source] - 20 * math.log10(max(layer.distance_m, 0.5))
    source = find(layer.source)
    near_m = 1.0 if source.kind == "event" else max(source.distance_m, 0.5)
    away_db = 20 * math.log10(max(layer.distance_m, 0.5) / near_m)
    return source.level_of(layer.variant) + INTENSITY_DB * (layer.intensity - 0.5) - away_db


def gains_db(layers: Sequence[Layer]) -> list[float]:
    """Returns each layer's gain, dB: the loudest has its own `gain_db`, others lie under it."""
    levels = [level_db(layer) for layer in layers]
    top = max(levels, default=0.0)
    return [
        max(NATURE * (level - top), DEEPEST_DB) + layer.gain_db
        for level, layer in zip(levels, layers, strict=True)
    ]
