"""Bubbles: the pop of an interface, as one that comes up in water."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import bubble_hz
from menura.dsp.modes import DECAY_60_DB
from menura.dsp.sweeps import sine
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def pop_bubble(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a pop, shape (frames,): a damped tone that rises while it dies.

    M. Minnaert, Philosophical Magazine 16 (1933), for its pitch; K. van den Doel, ACM Transactions
    on Applied Perception 2 (2005), for the rise. It rises farther here than a real one does.
    """
    radius_m = float(np.exp(rng.uniform(*np.log(table["radius_m"])))) * 2.0 ** (wish.size - 0.5)
    hz = float(bubble_hz(np.array([radius_m]))[0])
    t60_s = float(table["t60_s"]) * float(rng.uniform(0.85, 1.2)) * (800 / hz) ** 0.3
    octaves = (
        float(table["octaves"]) * (0.7 + 0.6 * wish.intensity) * float(rng.uniform(0.85, 1.15))
    )
    frames = round(1.1 * t60_s * RATE)
    t = np.arange(frames) / RATE
    # Straight in frequency over time, as from van den Doel's f (1 + sigma t).
    rate = (2**octaves - 1) / t60_s
    turn = hz * t * (1 + rate * t / 2)
    level = np.exp(-DECAY_60_DB * t / t60_s) * np.minimum(1, t / 0.0012)
    sound = (sine(turn) + np.float32(0.12) * sine(2 * turn)) * level.astype(np.float32)
    return finished(sound)
