"""Counting: keys that are counted are struck one by one, and not typed for as long as so many take.

Someone who types does so unevenly: in a given time there may be more of them, or fewer.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.changing import quickened
from menura.engines.effects.recurring import JITTER, LAST_BEAT

if TYPE_CHECKING:
    from menura.engines.effects.scene import Layer
    from menura.text.scene import SceneLayer

UNEVEN = ("typing",)
"""Beds with beats that do not come at equal times."""


def written_out(layer: Layer, wanted: SceneLayer, duration_s: float) -> Layer:
    """Returns a layer of which so many were asked with the moment of each named.

    Args:
        layer: with its times.
        wanted: what was asked of it.
        duration_s: of the scene; 0 = without end.
    """
    end_s = layer.stop_s or duration_s
    is_written = bool(layer.times_s or layer.every_s or layer.movement)
    if layer.source not in UNEVEN or wanted.count is None or is_written or not end_s:
        return layer
    beat_s = (end_s - layer.start_s) / (wanted.count - 1 + LAST_BEAT)
    rng = np.random.default_rng([layer.seed, 7])
    apart = 1 + JITTER * rng.uniform(-1, 1, wanted.count - 1)
    beats = np.concatenate([[0.0], np.cumsum(apart * ((wanted.count - 1) / max(apart.sum(), 1)))])
    times_s = layer.start_s + beat_s * beats
    return dataclasses.replace(
        layer,
        start_s=0.0,
        stop_s=0.0,
        pace_ratio=1.0,
        length_s=behaviour()["single_s"][layer.source],
        times_s=tuple(round(t, 3) for t in quickened(times_s.tolist(), wanted)),
    )
