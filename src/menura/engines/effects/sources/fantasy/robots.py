"""Robots: servo motors that run up and stop, and the whistles of a machine that talks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.sweeps import scaled_noise, sweep_fm, sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fantasy.patch import (
    Layer,
    Manner,
    partial_sizes,
    play_layers,
    read_layers,
)
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_MOST = 400


def work_robot(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a robot that moves or talks, shape (frames,)."""
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    make = _move if wish.variant == "move" else _phrase
    pieces: list[tuple[float, NDArray[np.float32]]] = []
    at_s = 0.0
    while at_s < length_s - 0.05 and len(pieces) < _MOST:
        lasting_s = float(rng.uniform(*table["part_s"])) * 1.4 ** (0.5 - wish.intensity)
        left_s = length_s - at_s
        if left_s - lasting_s < float(table["part_s"][0]) / 2:
            lasting_s = left_s
        lasting_s = min(lasting_s, left_s)
        pieces.append((at_s, make(table, lasting_s, wish, rng)))
        at_s += lasting_s + float(rng.exponential(float(table["pause_s"])))
    return finished(overlay(pieces, RATE))


def _move(
    table: Mapping[str, Any], length_s: float, wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one motion of a joint: speed goes up, stays and comes down, then a stop.

    A motor's pitch goes with its speed, which follows a trapezium with rounded corners, as motion
    controllers drive it; gears sound at the rate at which their teeth meet, and its double.
    """
    frames = max(2400, round(length_s * RATE))
    x = np.linspace(0, 1, frames)
    ramp = float(np.clip(0.14 / length_s, 0.08, 0.4))
    speed = np.clip(np.minimum(x, 1 - x) / ramp, 0, 1)
    speed = speed * speed * (3 - 2 * speed)
    knots = 2 + round(3 * length_s)
    load = np.interp(x, np.linspace(0, 1, knots), rng.normal(0, 0.04, knots))
    top_hz = float(rng.uniform(*table["mesh_hz"])) * 2 ** (1.6 * (0.5 - wish.size))
    top_hz *= 2 ** (0.6 * (wish.intensity - 0.5))
    hz = top_hz * (0.16 + 0.84 * speed) * (1 + load)
    # Once each turn of the shaft, which is not quite round, the mesh is louder.
    turn = np.cumsum(hz) / (RATE * float(table["teeth"]))
    wobble = (1 + 0.35 * np.sin(2 * np.pi * turn)).astype(np.float32)
    sound = sweep_tone(hz, partial_sizes(14, 5.0), RATE) * wobble
    sound += 0.5 * sweep_tone(hz * 0.4137, partial_sizes(20, 4.0, odd=True), RATE)
    sound += 0.35 * sweep_fm(hz * 2.63, 0.38, np.full(frames, 1.5), RATE)
    band = [(0.3, -10.0), (0.8, 0.0), (2.5, 0.0), (6.0, -10.0)]
    sound += 0.3 * scaled_noise(band, hz * 1.6, RATE, rng)
    sound *= (0.05 + 0.95 * speed).astype(np.float32)
    edge = 96
    sound[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)
    sound[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    stop = play_layers(
        read_layers(table["stop"]),
        Manner(pitch=2 ** (1.2 * (0.5 - wish.size)), hard=wish.intensity - 0.5),
        rng,
    )
    return overlay([(0.0, sound), (frames / RATE - 0.004, stop)], RATE)


def _phrase(
    table: Mapping[str, Any], length_s: float, wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns one whistle, burr or pair of beeps, as a machine with a temper would give."""
    base_hz = float(np.exp(rng.uniform(*np.log(table["voice_hz"])))) * 2 ** (0.5 - wish.size)
    way = int(rng.integers(0, 4))
    index = (0.2, 0.2) if way in {0, 1} else tuple(rng.uniform(0.5, 4.0, 2).tolist())
    octaves = rng.normal(0, 0.6, 4) if way != 1 else np.repeat(rng.normal(0, 0.5, 2), 2)
    points = np.clip(base_hz * 2.0**octaves, 250.0, 5200.0)
    layer = Layer(
        kind="fm" if way else "tone",
        length_s=length_s,
        hz=tuple(points.tolist()),
        where=(0.0, 0.45, 0.46, 1.0) if way == 1 else (),
        partials=3,
        fall_db=12.0,
        ratio=float(rng.choice([0.5, 1.0, 2.0])),
        index=(float(index[0]), float(index[1])),
        attack_s=0.006,
        release_s=0.03,
        vibrato=(float(rng.uniform(9, 24)), float(rng.uniform(0.3, 2.5))) if way == 3 else (0, 0),
        tremolo=(28.0, 40.0, 0.8) if way == 2 else (0.0, 0.0, 0.0),
    )
    return play_layers([layer], Manner(hard=wish.intensity - 0.5), rng)
