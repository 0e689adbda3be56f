"""Water poured into a vessel, whose column of air sounds higher as it fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import bubble_hz, ring_bubbles
from menura.dsp.grains import Grains
from menura.dsp.modes import Modes, ring
from menura.dsp.moving import BINS, HOP_FRAMES, MovingNoise, add_bell, make_shapes
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.water.swarm import at_share, draw_radii

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_SOUND_M_S = 343.0
_EMPTY, _FULL = 0.06, 0.9


def column_hz(height_m: float, radius_m: float, filled: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the lowest resonance of the air over the water, Hz, shape as given.

    A pipe that is closed below: a quarter of a wave over its length and the air it moves beyond
    the rim, 0.6 radii: c / 4 (L - h + 0.6 r) (N. Fletcher and T. Rossing, "The Physics of Musical
    Instruments", 8.3). What one hears it by: P. Cabe and J. Pittenger, "Human sensitivity to
    acoustic information from vessel filling", 2000.

    Args:
        height_m: L, inside.
        radius_m: r.
        filled: share of the height that is water.
    """
    return _SOUND_M_S / (4 * (height_m * (1 - filled) + 0.6 * radius_m))


def pour(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns water that fills a vessel, shape (frames,), float32."""
    vessel = table["vessels"][wish.variant]
    shortest, longest = table["length_s"]
    scale = 2 ** (wish.size - 0.5)
    usual_s = at_share(vessel["usual_s"], wish.intensity) * scale**2
    length_s = float(np.clip(wish.length_s or usual_s, shortest, longest))
    frames = round(length_s * RATE)
    hops = -(-frames // HOP_FRAMES)
    whole = hops * HOP_FRAMES
    t = (np.arange(hops) + 0.5) / hops
    filled = _EMPTY + (_FULL - _EMPTY) * t
    column = column_hz(vessel["height_m"] * scale, vessel["radius_m"] * scale, filled)
    course = _course(hops, rng)

    noise = MovingNoise(make_shapes([vessel["jet"]], RATE), whole, 1, rng)
    power = np.zeros((hops, BINS), np.float32)
    for number, level_db in enumerate(vessel["column_db"]):
        wobble = 1 + 0.01 * rng.standard_normal(hops)
        loud = 10 ** (level_db / 20) * course
        add_bell(power, column * (2 * number + 1) * wobble, float(vessel["q"]), loud, RATE)
    sound = noise.next((10 ** (float(vessel["jet_db"]) / 20) * course)[:, np.newaxis], power)[0]
    sound = sound + _bubbles(vessel, wish, whole, column, rng)
    floor = _bottom(vessel, scale, rng)
    start = min(floor.size, whole)
    sound[:start] += floor[:start]
    return _ended(sound[:frames])


def _course(hops: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Returns how strong the jet is: it wavers, and ends in a dribble."""
    values = rng.normal(0, 1, hops // 6 + 3)
    wavering = np.interp(np.arange(hops) / 6, np.arange(values.size), values)
    left = (hops - np.arange(hops)) / min(12, hops)
    return np.asarray(10 ** (1.5 * wavering / 20) * np.minimum(left, 1.0), np.float64)


def _bubbles(
    vessel: Mapping[str, Any],
    wish: Wish,
    frames: int,
    column: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the bubbles that the jet drags under, louder where the column of air answers."""
    table = vessel["bubbles"]
    per_s = at_share(table["per_s"], wish.intensity)
    count = int(rng.poisson(per_s * frames / RATE))
    bank_size = 96
    radius_m = np.sort(draw_radii(table["radius_mm"], 1.8, bank_size, rng))
    bank = ring_bubbles(radius_m, rng.uniform(0, 0.15, bank_size), int(table["taps"]), RATE)
    at = rng.integers(0, frames - 1, count)
    rows = rng.integers(0, bank_size, count)
    octave = np.log2(bubble_hz(radius_m[rows]) / column[at // HOP_FRAMES])
    answer = 1 + 2.5 * np.exp(-((octave / 0.15) ** 2))
    gains = answer * (radius_m[rows] / 0.001) * 10 ** (rng.normal(0, 5, count) / 20)
    energy = float(np.mean(np.sum(bank.astype(np.float64) ** 2, axis=1) * (radius_m / 0.001) ** 2))
    gains *= 10 ** (float(table["db"]) / 20) / np.sqrt(max(per_s, 1.0) / RATE * energy)
    # Towards the end fewer and fewer.
    gains *= np.minimum((frames - at) / (0.25 * RATE), 1.0)
    sound: NDArray[np.float32] = Grains(bank, frames, 1).next(at, gains, rows)[0]
    return sound


def _bottom(
    vessel: Mapping[str, Any], scale: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the vessel's own ring as the first water strikes its dry bottom."""
    table = vessel["bottom"]
    count = int(table["modes"])
    hz = rng.uniform(table["hz"][0], table["hz"][1], count) / scale
    modes = Modes(
        hz=hz,
        amplitude=rng.standard_normal(count),
        t60_s=rng.uniform(table["t60_s"][0], table["t60_s"][1], count),
        phase=np.full(count, -np.pi / 2),
    )
    single = ring(modes, round(0.3 * RATE), RATE)
    single *= np.float32(10 ** (float(table["db"]) / 20) / np.abs(single).max())
    hits = np.sort(rng.exponential(0.05, 12))
    sound = np.zeros(round(0.3 * RATE) + round((hits[-1] + 0.01) * RATE), np.float32)
    for number, hit in enumerate(hits - hits[0]):
        start = round(hit * RATE)
        size = 0.9**number * 10 ** (rng.normal(0, 3) / 20)
        sound[start : start + single.size] += single * np.float32(size)
    return sound


def _ended(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    last = min(sound.size // 4, round(0.12 * RATE))
    fall = 0.5 + 0.5 * np.cos(np.linspace(0, np.pi, last))
    sound[-last:] *= (fall**2).astype(np.float32)
    start = round(0.002 * RATE)
    sound[:start] *= np.linspace(0, 1, start, dtype=np.float32)
    return sound
