"""A burst of flame: gas that catches, a ball of fire, a torch that is swung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fire.hearth import HOPS_PER_S, Puffs, puffing_hz
from menura.engines.effects.sources.fire.snaps import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def burst(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one burst of flame, shape (frames,), float32.

    Its spectrum moves with the flame: as heat is set free faster, what is heard goes up
    (W. Strahle, "Combustion noise", Progress in Energy and Combustion Science 4 (1978): pressure
    goes with the rate of change of the heat set free), and sinks as the ball rises and cools.
    """
    make = table["makes"][wish.variant]
    shortest, longest = table["length_s"]
    usual_s = at_share(make["usual_s"], wish.size) * rng.uniform(0.9, 1.1)
    length_s = float(np.clip(wish.length_s or usual_s, shortest, longest))
    frames = round(length_s * RATE)
    hops = -(-frames // HOP_FRAMES) + 1
    scale = 2 ** (wish.size - 0.5)
    bands = make["bands"]
    curves = [[(hz / scale, db) for hz, db in band["points"]] for band in bands]
    t = np.arange(hops) / HOPS_PER_S / length_s
    puffs = Puffs(puffing_hz(float(make["width_m"]) * scale**2), 0.35, rng).take(hops)
    levels = np.zeros((hops, len(bands)))
    for number, band in enumerate(bands):
        # Shares of the length: when it is loudest, how it rises and falls.
        top = float(band["at"]) * 10 ** rng.normal(0, 0.04)
        rising = np.exp(-((np.minimum(t - top, 0) / (0.6 * float(band["rise"]))) ** 2))
        rising = np.maximum(rising, 0.04)  # it is there at once, if faint
        falling = np.exp(-np.maximum(t - top, 0) / float(band["fall"]))
        laps = float(band["laps"])
        ripple = np.exp(rng.normal(0, 0.1, hops))
        size = 10 ** (at_share(band["db"], wish.intensity) / 20)
        levels[:, number] = size * rising * falling * ripple * (1 - laps + laps * puffs)
    whole = hops * HOP_FRAMES
    sound = MovingNoise(make_shapes(curves, RATE), whole, 1, rng).next(levels)[0][:frames]
    if "thump" in make:
        sound += _thump(make["thump"], scale, frames, rng)
    start = round(0.004 * RATE)
    sound[:start] *= np.linspace(0, 1, start, dtype=np.float32)
    last = round(0.3 * frames)
    sound[-last:] *= ((0.5 + 0.5 * np.cos(np.linspace(0, np.pi, last))) ** 2).astype(np.float32)
    return np.asarray(sound, np.float32)


def _thump(
    table: Mapping[str, Any], scale: float, frames: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the pulse of gas that catches at once: two swings that fade, of the cloud's size."""
    t = np.arange(frames, dtype=np.float32) / RATE
    hz = float(table["hz"]) / scale * 2 ** rng.normal(0, 0.12)
    wave = np.sin(2 * np.pi * hz * t * (1 - 0.3 * np.minimum(t * hz / 4, 1)))
    rise = 1 - np.exp(-t * hz * 2)
    wave *= rise * np.exp(-t * hz / float(table["swings"]))
    wave -= wave.mean()
    return np.asarray(wave * 10 ** (float(table["db"]) / 20), np.float32)
