"""Levels: how loud a scene will be, before it is made. A stream is levelled by it."""

from __future__ import annotations

import functools
import math
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.effects.balance import gains_db
from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import LEVEL_DBFS, find
from menura.engines.effects.striking import BURST_S, is_struck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.scene import Layer, Scene

EVENT_S = 0.125
"""Events are levelled over so long."""
SILENCE_DB = -120.0
"""What a scene has of its own that others play alone."""
PLACED_DB = -3.0
"""In its place a sound is shared by two channels; it was measured with all of it in each."""
USUAL_PEAK_DB = 14.0
"""Peak of an event over its fast level, where it was not measured."""

MOST_LIMITED_DB, MOST_LIMITED_OVER_BED_DB = 3.0, 7.0
"""How much of a peak a limiter is to take: of what is alone more is heard; but a door that slams
over rain would else take the rain away."""
HEADROOM_DB = 2.5
"""What a master leaves under full scale."""
MOST_LUFS = -10.0
"""How loud a single happening is at most: knocks and shots at full level are 5 to 15 dB softer, but
a steady tone, whose peaks are hardly above it, would be up to 8 dB louder."""


def expected_lufs(scene: Scene) -> float:
    """Returns the integrated loudness that a scene's own layers will about have."""
    power = 0.0
    for layer, gain_db in zip(scene.layers, gains_db(scene.layers), strict=True):
        if layer.source in {MUSIC, SPEECH}:
            continue
        offset_db = _measured(layer).get("lufs_db", 0.0)
        power += _share(layer, scene) * 10 ** ((LEVEL_DBFS + PLACED_DB + gain_db + offset_db) / 10)
    return 10 * math.log10(power) if power > 0 else SILENCE_DB


def expected_peak_db(scene: Scene) -> float:
    """Returns the largest sample that a scene's own layers will about have, dB re full scale."""
    gains = zip(scene.layers, gains_db(scene.layers), strict=True)
    peaks = [
        LEVEL_DBFS + PLACED_DB + gain_db + _measured(layer).get("peak_db", USUAL_PEAK_DB)
        for layer, gain_db in gains
        if layer.source not in {MUSIC, SPEECH}
    ]
    return max(peaks, default=LEVEL_DBFS)


def expected_shortfall_db(scene: Scene, target_lufs: float) -> float:
    """Returns how much softer than a target a scene is to be, so that its peaks stay whole, dB.

    A clock's ticks are 30 dB above its loudness: at -23 LUFS they would lie far over full scale.
    """
    own = [layer for layer in scene.layers if layer.source not in {MUSIC, SPEECH}]
    if scene.one_shot or len(own) < len(scene.layers) or not own:
        return 0.0
    peak_dbfs = target_lufs + expected_peak_db(scene) - expected_lufs(scene)
    lie = [not is_struck(each) and each.source not in _doings() for each in own]
    most_db = MOST_LIMITED_OVER_BED_DB if any(lie) and not all(lie) else MOST_LIMITED_DB
    return max(0.0, peak_dbfs + HEADROOM_DB - most_db)


def _doings() -> Mapping[str, Any]:
    """Returns the beds that are made of strokes and pauses."""
    doings: Mapping[str, Any] = behaviour()["doings"]
    return doings


def _share(layer: Layer, scene: Scene) -> float:
    """Returns the share of the time in which a layer sounds."""
    length_s = scene.duration_s or 600.0
    if not is_struck(layer):
        return min(1.0, ((layer.stop_s or length_s) - layer.start_s) / length_s)
    if find(layer.source).kind == "bed":
        count = len(layer.times_s) + (length_s / layer.every_s if layer.every_s else 0) or 1
        return min(1.0, count * (layer.length_s or BURST_S) / length_s)
    each_s = max(EVENT_S, _measured(layer).get("energy_s", EVENT_S))
    count = len(layer.times_s) + (length_s / layer.every_s if layer.every_s else 0)
    return min(1.0, count * each_s / length_s)


def _measured(layer: Layer) -> Mapping[str, float]:
    variant = layer.variant or find(layer.source).variants[0]
    row: Mapping[str, float] = _table().get(layer.source, {}).get(variant, {})
    return row


@functools.cache
def _table() -> Mapping[str, Any]:
    file = resources.files("menura.engines.effects") / "levels.toml"
    return tomllib.loads(file.read_text("utf-8"))
