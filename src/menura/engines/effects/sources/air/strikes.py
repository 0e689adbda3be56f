"""Strikes: swords, arrows, fists and whips: how they move through air, and what they hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.blasts import n_wave
from menura.dsp.sweeps import sine, turns
from menura.engines.effects.sources.air.whooshes import stroke, swing
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fantasy.patch import Manner as Patched
from menura.engines.effects.sources.fantasy.patch import play_layers, read_layers
from menura.engines.effects.sources.impacts.edges import finished, overlay
from menura.engines.effects.sources.impacts.sequence import Manner, play, read_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def strike_with(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a blow: what moves (`stroke`), then what it hits (`steps`, `layers`), (frames,)."""
    if "steps" not in table and "layers" not in table:
        return swing(table, wish, rng)
    pieces = []
    hit_s = 0.0
    if "stroke" in table:
        moving = table["stroke"]
        speed = float(np.interp(wish.intensity, (0, 0.5, 1), moving["speed_m_s"]))
        length_s = float(rng.uniform(*moving["usual_s"]))
        air = stroke(moving, length_s, speed, float(moving["thick_m"]), rng)
        pieces.append((0.0, air * np.float32(10 ** (float(moving["db"]) / 20))))
        hit_s = float(moving["hit"]) * length_s
    if "steps" in table:
        things = table["things"]
        hit = play(read_steps(table["steps"]), things, Manner.of(wish, table), rng)
        pieces.append((hit_s, hit / (np.abs(hit).max() or 1.0) * _gain(table, "steps_db")))
    if "layers" in table:
        manner = Patched(pitch=2 ** (0.8 * (0.5 - wish.size)), hard=wish.intensity - 0.5)
        body = play_layers(read_layers(table["layers"]), manner, rng)
        pieces.append((hit_s, body / (np.abs(body).max() or 1.0) * _gain(table, "layers_db")))
    if "shaft_hz" in table:
        pieces.append((hit_s + 0.002, quiver(table, wish, rng)))
    return finished(overlay(pieces, RATE))


def quiver(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a shaft that is held at its point and swings, shape (frames,).

    A bar clamped at one end (modes 1, 6.27, 17.5: N. Fletcher, T. Rossing, 1998): of 0.6 m of
    free wood of 8 mm the first is at some 20 Hz, felt as a flutter of the second and third.
    """
    first_hz = float(rng.uniform(*table["shaft_hz"])) * 2 ** (0.8 * (0.5 - wish.size))
    frames = round(float(table["shaft_s"]) * RATE)
    t = np.arange(frames) / RATE
    flutter = turns(np.full(frames, 2 * first_hz), RATE)
    sound = np.zeros(frames, np.float32)
    for ratio, gain, t60_s in ((6.27, 1.0, 0.5), (17.55, 0.7, 0.35), (34.4, 0.3, 0.2)):
        off = first_hz * ratio * (1 + 0.01 * rng.normal())
        wave = sine(turns(np.full(frames, off), RATE))
        sound += wave * (gain * np.exp(-6.91 * t / t60_s)).astype(np.float32)
    swinging = (0.55 + 0.45 * sine(flutter)) * np.exp(-1.5 * t).astype(np.float32)
    rise = np.minimum(1, t / 0.003).astype(np.float32)
    end = np.minimum(1, (frames - np.arange(frames)) / 2400).astype(np.float32)
    return sound * swinging * rise * end * _gain(table, "shaft_db")


def crack_whip(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a whip that is swung and cracks, shape (frames,).

    Its loop runs faster than sound towards the end: P. Krehl, S. Engemann, D. Schwenkel, "The
    puzzle of whip cracking", Shock Waves 8 (1998): one shock of some 0.1 ms.
    """
    moving = table["stroke"]
    speed = float(np.interp(wish.intensity, (0, 0.5, 1), moving["speed_m_s"]))
    length_s = float(rng.uniform(*moving["usual_s"])) * 1.3 ** (2 * wish.size - 1)
    air = stroke(moving, length_s, speed, float(moving["thick_m"]), rng)
    crack_s = float(moving["hit"]) * length_s
    wave = n_wave(float(table["n_wave_s"]) * 1.5 ** (2 * wish.size - 1), 1.5e-5, RATE)
    pieces = [
        (0.0, air * np.float32(10 ** (float(moving["db"]) / 20))),
        (crack_s, wave),
        (crack_s + float(rng.uniform(0.0004, 0.0012)), wave * np.float32(-0.35)),
        (crack_s + float(rng.uniform(0.004, 0.008)), wave * np.float32(0.3)),
    ]
    body = play_layers(read_layers(table["layers"]), Patched(hard=wish.intensity - 0.5), rng)
    pieces.append((crack_s, body / (np.abs(body).max() or 1.0) * _gain(table, "layers_db")))
    return finished(overlay(pieces, RATE))


def _gain(table: Mapping[str, Any], key: str) -> np.float32:
    return np.float32(10 ** (float(table.get(key, 0.0)) / 20))
