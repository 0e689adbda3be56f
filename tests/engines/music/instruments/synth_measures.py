"""What tests of synthesisers measure on their sound."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from instrument_measures import RATE

from menura.engines.music.instruments.synths import create
from menura.engines.music.score import Event

if TYPE_CHECKING:
    from menura.engines.music.instruments.base import Instrument


@functools.cache
def synth(name: str, rate: int = RATE) -> Instrument:
    return create(name, rate)


def note(
    name: str,
    pitch: float | None = None,
    velocity: float = 0.63,
    length_s: float = 1.0,
    articulation: str = "",
    *,
    from_pitch: float | None = None,
    seed: int = 0,
    rate: int = RATE,
) -> np.ndarray:
    event = Event(
        start_s=0.0,
        length_s=length_s,
        pitch=middle(name) if pitch is None else pitch,
        velocity=velocity,
        articulation=articulation,
        from_pitch=from_pitch,
    )
    return synth(name, rate).play(event, np.random.default_rng(seed))


def mono(sound: np.ndarray) -> np.ndarray:
    return sound if sound.ndim == 1 else sound.mean(axis=0)


def middle(name: str) -> int:
    return round((synth(name).low + synth(name).high) / 2)
