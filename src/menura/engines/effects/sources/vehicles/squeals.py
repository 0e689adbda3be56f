"""Brakes and tyres: what sticks and slips so fast that it sings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.noise import Colour, Wander
from menura.dsp.rotation import Harmonics
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TAIL_S = 0.03
_HOPS_PER_S = RATE // HOP_FRAMES


def squeal(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one squeal, shape (frames,), float32.

    Args:
        table: of the source. A variant has `hz`; `tones`, (ratio, dB, how late it joins); `falls`,
            by which share the pitch has fallen at the end; `wobble`, how unsteady it is;
            `noise_db` of what grinds and rubs beside.
        wish: intensity: more noise and partials; size lowers it.
        rng: draws all there is to draw.
    """
    voice = table[wish.variant]
    low_s, high_s = table["length_s"]
    usual_s = float(voice["usual_s"]) * float(rng.uniform(0.85, 1.2))
    length_s = float(np.clip(wish.length_s or usual_s, low_s, high_s))
    hops = int(np.ceil((length_s + _TAIL_S) * _HOPS_PER_S))
    t = np.arange(hops + 1) / _HOPS_PER_S
    share = np.minimum(t / length_s, 1.0)
    base = float(voice["hz"]) * 2 ** (0.8 * (0.5 - wish.size)) * float(rng.uniform(0.9, 1.12))
    wobble = float(voice.get("wobble", 0.004))
    rough = Wander(70.0, _HOPS_PER_S, t.size, rng).next() * (0.35 + wish.intensity)
    slow = Wander(3.0, _HOPS_PER_S, t.size, rng).next()
    bend = 1 - float(voice["falls"]) * share**1.6 + wobble * (0.6 * rough + slow)
    up = np.clip((t + 0.004) / (0.03 + 0.05 * (1 - wish.intensity)), 0, 1)
    gate = np.sin(0.5 * np.pi * up) ** 2 * np.cos(0.5 * np.pi * share**6)
    sound = np.zeros(hops * HOP_FRAMES, np.float32)
    for ratio, db, joins in voice["tones"]:
        hz = np.minimum(base * float(ratio) * bend, 20_000.0)
        cycles = np.concatenate([[rng.random()], np.cumsum(hz[1:] / _HOPS_PER_S)])
        sway = np.exp(0.35 * Wander(11.0, _HOPS_PER_S, t.size, rng).next())
        joined = np.clip((share - float(joins) * rng.uniform(0.5, 1.2)) / 0.06 + (joins == 0), 0, 1)
        wave = Harmonics(np.ones(1), rng)
        louder = 10 ** ((float(db) + 6 * (wish.intensity - 0.5) * (ratio > 1)) / 20)
        sound += wave.read(cycles) * draw_curve(gate * joined * sway * louder)
    points = [(base / 4, -14.0), (base, 0.0), (2 * base, -3.0), (12_000.0, -18.0)]
    rub = Colour(points, RATE, BLOCK_FRAMES, 1, rng)
    noise = np.concatenate([rub.next()[0] for _ in range(-(-sound.size // BLOCK_FRAMES))])
    noise_db = float(voice["noise_db"]) + 8.0 * (wish.intensity - 0.5)
    rasp = np.exp(0.5 * Wander(45.0, _HOPS_PER_S, t.size, rng).next()) * gate
    return sound + noise[: sound.size] * draw_curve(rasp) * np.float32(10 ** (noise_db / 20))
