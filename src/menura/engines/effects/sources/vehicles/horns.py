"""Horns of cars, lorries, ships and trains: some notes together, through their bells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.noise import Colour, Wander
from menura.dsp.rotation import Harmonics
from menura.dsp.waves import HOP_FRAMES, draw_curve
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE
from menura.engines.effects.sources.machines.parts import HIGHEST_HZ

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TAIL_S = 0.05


def blow(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one blast, shape (frames,), float32.

    Args:
        table: of the source. A voice has `notes_hz`; `slope_db`, per octave of what drives the
            bell; `bell_hz`, between which the bell sends well; times; `noise_db` of the air.
        wish: intensity blows harder: brighter, quicker; size lowers the notes by a fifth.
        rng: draws pitch, phases, unsteadiness.
    """
    voice = table["voices"][wish.variant]
    low_s, high_s = table["length_s"]
    usual_s = float(voice["usual_s"]) * float(rng.uniform(0.85, 1.15))
    length_s = float(np.clip(wish.length_s or usual_s, low_s, high_s))
    attack_s = float(voice["attack_s"]) * (1.5 - wish.intensity)
    release_s = min(float(voice["release_s"]), 0.4 * length_s)
    hops = int(np.ceil((length_s + _TAIL_S) * RATE / HOP_FRAMES))
    t = np.arange(hops + 1) * HOP_FRAMES / RATE
    sound = np.zeros(hops * HOP_FRAMES, np.float32)
    slope_db = float(voice["slope_db"]) + 3.0 * (wish.intensity - 0.5)
    off_s = length_s - release_s
    for note in voice["notes_hz"]:
        hz = float(note) * 2 ** (0.58 * (0.5 - wish.size)) * (1 + 0.004 * rng.standard_normal())
        swing = Wander(9.0, RATE // HOP_FRAMES, t.size, rng).next()
        # It speaks a little flat and sags when the air goes.
        bend = -0.02 * np.exp(-3 * t / attack_s) - 0.03 * np.maximum(t - off_s, 0) / release_s
        steps = hz * (1 + bend + 0.0015 * swing) * HOP_FRAMES / RATE
        cycles = np.concatenate([[rng.random()], np.cumsum(steps[1:])])
        wave = Harmonics(_through_bell(hz, slope_db, voice["bell_hz"]), rng)
        late_s = attack_s * float(rng.uniform(0.0, 0.2))
        gate = _gate(t, late_s, attack_s, off_s, release_s)
        gate *= 1 + 0.03 * Wander(12.0, RATE // HOP_FRAMES, t.size, rng).next()
        sound += wave.read(cycles) * draw_curve(gate)
    points = [(100.0, -12.0), (float(voice["bell_hz"][0]), 0.0), (6000.0, -8.0), (15_000.0, -24.0)]
    air = Colour(points, RATE, BLOCK_FRAMES, 1, rng)
    blocks = [air.next()[0] for _ in range(-(-sound.size // BLOCK_FRAMES))]
    hiss = np.concatenate(blocks)[: sound.size] * 10 ** (float(voice["noise_db"]) / 20)
    gate = _gate(t, 0.0, attack_s / 2, off_s, release_s)
    return np.asarray(sound + hiss * draw_curve(gate), np.float32)


def _through_bell(hz: float, slope_db: float, bell_hz: list[float]) -> NDArray[np.float64]:
    """Returns the harmonics of a note as its bell sends them, shape (harmonics,)."""
    order = np.arange(1, max(2, int(HIGHEST_HZ / 1.05 / hz)))
    at = order * hz
    low, high = bell_hz
    # A horn sends little under its cutoff and bundles less above (Fletcher & Rossing, ch. 8).
    sent = (at / low) ** 1.5 / (1 + (at / low) ** 3) ** 0.5 / (1 + (at / high) ** 4) ** 0.5
    return np.asarray(
        (0.12 + sent) * 10 ** (slope_db * np.log2(order) / 20) / (1 + (at / 9000) ** 4)
    )


def _gate(
    t: NDArray[np.float64], late_s: float, attack_s: float, off_s: float, release_s: float
) -> NDArray[np.float64]:
    up = 0.5 - 0.5 * np.cos(np.pi * np.clip((t - late_s) / attack_s + 0.2, 0, 1))
    down = 0.5 + 0.5 * np.cos(np.pi * np.clip((t - off_s) / release_s, 0, 1))
    return np.asarray(up * down, np.float64)
