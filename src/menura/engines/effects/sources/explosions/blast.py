"""Blasts of explosives: a shock, its echo from the ground, a fireball's rumble, and debris."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.blasts import friedlander, rumble, travelled
from menura.dsp.grains import Grains, ring_grains
from menura.dsp.solids.response import respond
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

SOUND_M_S = 343.0
_KINGERY_S = 0.0018
"""Overpressure of 1 kg of TNT lasts some 2 ms a few metres away (G. Kinney, K. Graham, "Explosive
Shocks in Air", 1985) and goes with the cube root of the mass (B. Hopkinson, 1915)."""


def detonate(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns an explosion, shape (frames,).

    Size is the mass of the charge, intensity how near it is within the variant: nearer is sharper
    and drier.
    """
    mass_kg = float(np.exp(np.interp(wish.size, (0, 0.5, 1), np.log(table["mass_kg"]))))
    mass_kg *= float(rng.uniform(0.85, 1.2))
    distance_m = float(table["way_m"]) * 2.0 ** (1.5 * (0.5 - wish.intensity))
    distance_m *= float(rng.uniform(0.85, 1.2))
    scale = mass_kg ** (1 / 3)
    near = scale / distance_m
    length = float(table["length"]) * (mass_kg / float(table["mass_kg"][1])) ** 0.12
    pieces = [
        (0.0, shock(mass_kg, distance_m, float(table["ground_m"]), table, rng)),
        (0.004, fireball(table, length, scale, wish, rng)),
    ]
    pieces += echoes(table, pieces[0][1], rng)
    debris = table.get("debris")
    if debris:
        amount = 10 ** (0.05 * (float(debris["db"]) + 8 * (wish.intensity - 0.5)))
        pieces.append((float(debris["at_s"]), fall(debris, near, rng) * np.float32(amount)))
    return finished(overlay(pieces, RATE))


def shock(
    mass_kg: float,
    distance_m: float,
    height_m: float,
    table: Mapping[str, Any],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the blast and what the ground throws back of it, shape (frames,), peak near 1.

    The overpressure lengthens on its way, some 10 % for each doubling (Kinney and Graham).
    """
    near_m = 4 * mass_kg ** (1 / 3)
    aged = 1.1 ** max(0.0, np.log2(distance_m / near_m))
    positive_s = _KINGERY_S * mass_kg ** (1 / 3) * aged
    frames = round(16 * positive_s * RATE) + 64
    wave = friedlander(positive_s, frames, RATE)
    late_s = (np.hypot(distance_m, 2 * height_m) - distance_m) / SOUND_M_S
    soft = travelled(wave, 2.0, RATE, float(table["ground_hz"])) * np.float32(table["ground"])
    both = overlay([(0.0, wave), (float(late_s), soft)], RATE)
    # Turbulence on the way splits a front into several, the more the farther.
    scatter_s = 2e-5 * distance_m**0.75
    late = np.abs(rng.normal(0, scatter_s, 6))
    late[0] = 0.0
    gains = np.array([1.0, *rng.uniform(0.1, 0.35, 5)])
    fronts = [(float(s), both * np.float32(g)) for s, g in zip(late, gains, strict=True)]
    return travelled(overlay(fronts, RATE), distance_m, RATE, float(table.get("corner_hz", 0.0)))


def fireball(
    table: Mapping[str, Any],
    length: float,
    scale: float,
    wish: Wish,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the rumble of burning gas, shape (frames,).

    Large eddies are slow and last: each band dies away in its own time, and all lie lower the
    larger the ball is, by the cube root of its mass.
    """
    usual = float(table["mass_kg"][1]) ** (1 / 3)
    move = (usual / scale) ** 0.7 * 2 ** (0.5 * (wish.intensity - 0.5))
    bands = [
        (low * move, high * move, db + float(rng.normal(0, 1)), t60_s * length)
        for low, high, db, t60_s in table["rumble"]
    ]
    length_s = 0.85 * max(band[3] for band in bands)
    noise = rumble(bands, length_s, float(table["rise_s"]), RATE, rng, uneven_db=3.0)
    return noise * np.float32(10 ** (float(table["rumble_db"]) / 20))


def echoes(
    table: Mapping[str, Any], wave: NDArray[np.float32], rng: np.random.Generator
) -> list[tuple[float, NDArray[np.float32]]]:
    """Returns what hills, trees and walls throw back, smeared: (when, sound)."""
    found = []
    for at_s, level_db, width_s in table.get("echoes", []):
        when = float(at_s) * float(rng.uniform(0.8, 1.25))
        frames = max(64, round(6 * float(width_s) * RATE))
        t = np.arange(frames) / RATE
        fade = np.cos(np.linspace(0, np.pi / 2, frames))
        course = (t / width_s * np.exp(-1.4 * t / width_s) * fade).astype(np.float32)
        heard = respond((wave, rng.standard_normal(frames, np.float32) * course))
        heard = travelled(heard, 340 * when, RATE, float(table["echo_hz"]))
        peak = float(np.abs(heard).max()) or 1.0
        gain = 10 ** ((float(level_db) + rng.normal(0, 2)) / 20) * float(np.abs(wave).max())
        found.append((when, heard * np.float32(gain / peak)))
    return found


def fall(table: Mapping[str, Any], near: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns debris that comes down, shape (frames,): clods and stones, first many, then few.

    A piece thrown up at v comes down after 2 v / g (slow ones first); a pebble on soil rings from
    some 300 Hz (a clod) to 5 kHz (a chip) and is over in 5 to 40 ms.
    """
    length_s, count = float(table["over_s"]), int(table["count"] * (0.7 + min(near * 4, 0.6)))
    taps = round(0.07 * RATE)
    frames = round(length_s * RATE) + taps
    hz = np.exp(rng.uniform(np.log(table["hz"][0]), np.log(table["hz"][1]), 24))
    t60_s = 0.03 * (600 / hz) ** 0.5 * rng.uniform(0.6, 1.5, 24)
    bank = ring_grains(hz, t60_s, taps, RATE)
    bank += ring_grains(hz * 2.17, 0.6 * t60_s, taps, RATE) * np.float32(0.6)
    bank += ring_grains(hz * 3.83, 0.4 * t60_s, taps, RATE) * np.float32(0.4)
    at = (rng.beta(1.4, 3.2, count) * length_s * RATE).astype(np.int64)
    rows = rng.integers(0, 24, count)
    gains = 10 ** (rng.normal(0, 6, count) / 20) * (500 / hz[rows]) ** 0.3 / np.sqrt(count / 10)
    return np.asarray(Grains(bank, frames, 1).next(at, gains, rows)[0], np.float32)
