"""A cistern that is emptied: the rush over the rim, the gurgle of the trap, and the refill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import ring_bubbles
from menura.dsp.grains import Grains
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.noise import Wander
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished
from menura.engines.effects.sources.water.swarm import draw_radii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TAPS = 9600
_KINDS = 64


def flush(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a toilet that is flushed, shape (frames,), float32.

    Bands of noise each have their course: some litres in some seconds (rush), what swirls, what
    goes down the pipe; and bubbles: large ones as the trap draws air at its end (M. Minnaert 1933;
    K. van den Doel, "Physically based models for liquid sounds", 2005), small ones meanwhile.

    Args:
        table: `voices` by variant: `bands` of `points` and a `course` of (share of its length, dB),
            `usual_s`, `gurgle` (share where it is densest, its width, how many) with its
            `radius_mm` and `gurgle_db`.
        wish: intensity is how strongly it is flushed, size how large the bowl is.
        rng: draws all there is to draw.
    """
    voice = table["voices"][wish.variant]
    scale = float(2 ** (0.6 * (wish.size - 0.5)))
    usual_s = (
        float(voice["usual_s"]) * float(rng.uniform(0.9, 1.15)) * 2 ** (0.4 * (wish.size - 0.5))
    )
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    hops = int(np.ceil(length_s * RATE / HOP_FRAMES))
    share = np.linspace(0, 1, hops)
    levels = []
    for band in voice["bands"]:
        at, db = np.array(band["course"], float).T
        keen_db = 6.0 * (wish.intensity - 0.5)
        sway = Wander(float(band.get("per_s", 3.0)), RATE // HOP_FRAMES, hops, rng).next()
        level_db = np.interp(share, at, db) + keen_db + float(band.get("wander_db", 1.5)) * sway
        levels.append(10 ** (level_db / 20))
    curves = [[(hz / scale, db) for hz, db in band["points"]] for band in voice["bands"]]
    noise = MovingNoise(make_shapes(curves, RATE), hops * HOP_FRAMES, 1, rng)
    sound = noise.next(np.stack(levels, axis=1))[0]
    sound += _gurgle(voice, scale, sound.size, rng)
    ramp = min(480, sound.size)
    sound[:ramp] *= np.linspace(0.05, 1, ramp, dtype=np.float32)
    fall = min(round(0.4 * RATE), sound.size)
    sound[-fall:] *= np.linspace(1, 0, fall, dtype=np.float32) ** 2
    return finished(sound)


def _gurgle(
    voice: Mapping[str, Any], scale: float, frames: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the bubbles, shape (frames,)."""
    middle, width, count = voice["gurgle"]
    number = int(rng.poisson(float(count)))
    radius_m = draw_radii(voice["radius_mm"], 1.3, _KINDS, rng) * scale
    bank = ring_bubbles(radius_m, rng.uniform(0.02, 0.2, _KINDS), _TAPS, RATE, 3.0)
    place = rng.normal(float(middle), float(width), number).clip(0.0, 1.0)
    at = (place * (frames - _TAPS - 1)).clip(0).astype(np.int64)
    rows = rng.integers(0, _KINDS, number)
    gains = 10 ** ((float(voice["gurgle_db"]) + rng.normal(0, 4, number)) / 20)
    gains *= (radius_m[rows] / radius_m.max()) ** 0.5
    made: NDArray[np.float32] = Grains(bank, frames, 1).next(at, gains, rows)[0]
    return made
