"""Lengths: how long a scene is, an event is heard, and a room dies away."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.lasting import Draft, rare_s
from menura.engines.effects.sources import RATE
from menura.engines.effects.space import find_room
from menura.engines.effects.striking import strike
from menura.metrics.texture import sounding_length

if TYPE_CHECKING:
    from menura.engines.effects.scene import Layer

LONGEST_S = 600.0
"""A scene that says no length is no longer."""
SHORTEST_S = 0.5
MAX_TAIL_S = 4.0
SPOKEN_CHARS_PER_S = 10.0
"""How much room a text takes in a scene: slow speech, of some 110 words a minute, with a pause."""
MAX_KNOWN = 256
"""So many events whose lengths are known are remembered: a task is planned more than once."""
MAIN_DB = 15.0
"""What rings on under this does not keep the next thing from being heard."""


def scene_length_s(
    duration_s: float | None,
    over_s: float,
    tail_s: float,
    lasting: list[Draft],
) -> float:
    """Returns how long a scene is.

    Args:
        duration_s: asked; None = as long as it takes.
        over_s: when the last of what ends is over.
        tail_s: how long it rings on.
        lasting: what goes on as long as the scene.
    """
    if duration_s is not None:
        return duration_s
    natural_s = over_s + tail_s
    if lasting:
        timing = behaviour()["timing"]
        # What comes again and again is to be heard twice, if that takes not too long.
        rarest_s = max((rare_s(d) for d in lasting), default=0.0)
        natural_s = min(max(timing["bed_s"], 1.6 * rarest_s), timing["longest_bed_s"])
        natural_s = max(natural_s, over_s + 2.0)
    return math.ceil(min(max(natural_s, SHORTEST_S), LONGEST_S) * 100) / 100


def event_s(layer: Layer) -> tuple[float, float]:
    """Returns how long an event is heard, s: until it is 30 dB down, and until 60 dB down."""
    return _struck_s(layer)[1:]


def event_main_s(layer: Layer) -> float:
    """Returns how long the main part of an event is, s: until it is 15 dB down for good."""
    return _struck_s(layer)[0]


@functools.lru_cache(maxsize=MAX_KNOWN)
def _struck_s(layer: Layer) -> tuple[float, float, float]:
    """Returns how long an event is its main part, heard, and not over, s; it is made for that."""
    sound = strike(layer, 0)
    main_s, heard_s, whole_s = (sounding_length(sound, RATE, -d) for d in (MAIN_DB, 30.0, 60.0))
    return main_s, heard_s, whole_s


def spoken_s(text: str) -> float:
    """Returns how long a text is spoken, about, s."""
    return max(1.0, len(text) / SPOKEN_CHARS_PER_S)


def room_tail_s(room: str) -> float:
    """Returns how long a room is heard to die away, s."""
    return min(0.7 * max(find_room(room).decay_s, default=0.0), MAX_TAIL_S)
