"""What tests of struck and plucked instruments measure on their sound."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from instrument_measures import RATE, levels_db

from menura.engines.music.instruments.struck_and_plucked import create
from menura.engines.music.score import Event

if TYPE_CHECKING:
    from menura.engines.music.instruments.base import Instrument


@functools.cache
def player(name: str) -> Instrument:
    return create(name, RATE)


def note(
    name: str,
    pitch: float,
    velocity: float = 0.63,
    length_s: float = 1.0,
    articulation: str = "",
    *,
    from_pitch: float | None = None,
    seed: int = 0,
) -> np.ndarray:
    event = Event(
        start_s=0.0,
        length_s=length_s,
        pitch=pitch,
        velocity=velocity,
        articulation=articulation,
        from_pitch=from_pitch,
    )
    return player(name).play(event, np.random.default_rng(seed))


def middle(name: str) -> int:
    return round((player(name).low + player(name).high) / 2)


def slope_db_per_s(sound: np.ndarray, hz: float, start_s: float, end_s: float) -> float:
    """How fast a partial falls, dB per second, over a stretch in which it is above -85 dBFS."""
    step_s = max(0.04, 6 / hz)
    levels = levels_db(sound, hz, step_s)
    times = (np.arange(levels.size) + 0.5) * step_s
    chosen = (times > start_s) & (times < end_s) & (levels > -85)
    return float(-np.polyfit(times[chosen], levels[chosen], 1)[0])
