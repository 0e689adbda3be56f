"""Fireworks: a rocket's launch and whistle, the burst of its shell, and stars that crackle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.blasts import friedlander, rumble, travelled
from menura.dsp.grains import Grains
from menura.dsp.sweeps import scaled_noise, sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.explosions.blast import echoes
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_BANK = 24


def light_firework(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a rocket from its launch on, or the burst alone, shape (frames,)."""
    pieces = []
    burst_s = 0.0
    if wish.variant == "rocket":
        burst_s = float(rng.uniform(*table["rise_s"]))
        rising = rise(table, burst_s - 0.25, wish, rng)
        pieces.append((0.0, launch(table, rng)))
        pieces.append((0.01, rising))
    bang = burst(table, wish, rng)
    pieces.append((burst_s, bang))
    pieces += [(burst_s + at_s, sound) for at_s, sound in echoes(table, bang, rng)]
    stars = crackle(table, wish, rng)
    pieces.append((burst_s + float(table["crackle_at_s"]), stars))
    return finished(overlay(pieces, RATE))


def launch(table: Mapping[str, Any], rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the thump with which a shell leaves its mortar, shape (frames,)."""
    wave = friedlander(float(table["launch_s"]), round(0.08 * RATE), RATE)
    puff = rumble([(90.0, 700.0, 0.0, 0.25), (700.0, 4000.0, -8.0, 0.12)], 0.25, 0.003, RATE, rng)
    gain = np.float32(10 ** (float(table["launch_db"]) / 20))
    return overlay([(0.0, wave), (0.0, puff * np.float32(0.5))], RATE) * gain


def rise(
    table: Mapping[str, Any], length_s: float, wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a whistle and the hiss of the jet, that fade as they climb, shape (frames,).

    W. Maxwell, "Pyrotechnic whistles", 4th Symposium on Combustion (1953): a column that burns in
    a tube a quarter of a wave deep; as it burns down the tube lengthens and the pitch falls, and
    the speed of the rocket away from the ear lowers it once more.
    """
    frames = max(4800, round(length_s * RATE))
    x = np.linspace(0, 1, frames)
    first_hz, last_hz = (float(hz) * 2 ** (0.6 * (0.5 - wish.size)) for hz in table["whistle_hz"])
    stray = float(rng.uniform(0.85, 1.15))
    hz = stray * first_hz * (last_hz / first_hz) ** (x**0.8)
    knots = np.interp(x, np.linspace(0, 1, 40), rng.normal(0, 0.012, 40))
    hz = hz * (1 + knots)
    rough = np.interp(x, np.linspace(0, 1, round(length_s * 90)), rng.random(round(length_s * 90)))
    whistle = sweep_tone(hz, np.array([1.0, 0.45, 0.3, 0.15]), RATE) * rough.astype(np.float32)
    hiss = scaled_noise([(0.3, -12.0), (1.0, 0.0), (2.5, -4.0)], 2600.0 - 900.0 * x, RATE, rng)
    far = 10 ** (-float(table["climb_db"]) / 20 * x)
    level = far * np.minimum(1, x * length_s / 0.06) * np.minimum(1, (1 - x) * length_s / 0.12)
    sound = whistle * np.float32(1.3) + hiss * np.float32(0.45)
    gain = 10 ** (float(table["rise_db"]) / 20)
    return sound * (level * gain).astype(np.float32)


def burst(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the bang of a shell high up, shape (frames,): no ground near it, a soft report."""
    positive_s = float(table["burst_s"]) * 2 ** (1.6 * (wish.size - 0.5))
    wave = friedlander(positive_s, round(16 * positive_s * RATE), RATE)
    bands = [(low, high, db, t60_s) for low, high, db, t60_s in table["boom"]]
    length_s = max(b[3] for b in bands)
    boom = rumble(bands, length_s, 0.002, RATE, rng, uneven_db=2.0)
    sound = overlay([(0.0, wave), (0.001, boom * np.float32(0.35))], RATE)
    away_m = float(table["way_m"]) * 4 ** (0.5 - wish.intensity)
    sound = travelled(sound, away_m, RATE, float(table["corner_hz"]))
    return sound / np.float32(np.abs(sound).max())


def crackle(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns hundreds of small bangs ("dragon eggs"), each a blast of 0.1 to 0.3 ms, (frames,)."""
    length_s = float(table["crackle_s"]) * float(rng.uniform(0.85, 1.2))
    count = round(float(table["crackles"]) * 2 ** (2 * (wish.intensity - 0.5)))
    taps = 256
    frames = round(length_s * RATE) + taps
    bank = np.stack([friedlander(rng.uniform(1e-4, 3.5e-4), taps, RATE) for _ in range(_BANK)])
    at = (rng.beta(1.5, 2.2, count) * length_s * RATE).astype(np.int64)
    gains = 10 ** (rng.normal(0, 5, count) / 20) * 10 ** (float(table["crackle_db"]) / 20)
    gains *= np.where(rng.random(count) < 0.5, -1.0, 1.0)
    sound = Grains(bank, frames, 1).next(at, gains, rng.integers(0, _BANK, count))[0]
    return travelled(sound, float(table["way_m"]), RATE)
