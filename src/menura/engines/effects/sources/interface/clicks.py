"""Clicks: touches, toggles and swipes: a few milliseconds of noise and of a small body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import Modes, ring
from menura.dsp.solids.response import band_noise
from menura.dsp.sweeps import glide, scaled_noise
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


def touch(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a touch, shape (frames,): each of its `ticks`, and a stroke of noise if it has one.

    Args:
        table: `ticks`: (seconds, dB, Hz, partials' ratio, T60 s, noise dB) each; `stroke`.
        wish: intensity makes it brighter and louder in noise, size lowers it.
        rng: draws the make (its pitch, its ratio) and how it is touched.
    """
    make = 2 ** (float(table["spread"]) * rng.normal() / 12) * 2 ** (1.2 * (0.5 - wish.size))
    pieces = []
    for at_s, level_db, hz, ratio, t60_s, noise_db in table.get("ticks", []):
        gain = np.float32(10 ** ((level_db + rng.normal(0, 0.6)) / 20))
        hard_db = noise_db + 10 * (wish.intensity - 0.5)
        body = _tick(hz * make, ratio * rng.uniform(0.94, 1.06), t60_s, hard_db, rng)
        pieces.append((at_s * float(rng.uniform(0.85, 1.15)), body * gain))
    if "stroke" in table:
        pieces.append((0.0, _stroke(table["stroke"], make, wish, rng)))
    return finished(overlay(pieces, RATE))


def _tick(
    hz: float, ratio: float, t60_s: float, noise_db: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a small body that is touched, shape (frames,), peak near 1."""
    modes = Modes(
        hz=hz * np.array([1.0, ratio, ratio * 1.63]),
        amplitude=np.array([1.0, 0.45, 0.25]) * rng.uniform(0.8, 1.2, 3),
        t60_s=t60_s * np.array([1.0, 0.6, 0.4]) * float(rng.uniform(0.85, 1.15)),
        phase=np.full(3, -np.pi / 2),
    )
    frames = max(480, round(1.1 * t60_s * RATE))
    sound = ring(modes, frames, RATE)
    count = min(frames, 384)
    click = band_noise(
        [(hz / 2, -12.0), (2.2 * hz, 0.0), (min(5 * hz, 15e3), -10.0)], count, rng, RATE
    )
    click *= np.exp(-np.arange(count) / 45).astype(np.float32)
    sound[:count] += click * np.float32(10 ** (noise_db / 20))
    sound[:12] *= np.linspace(0, 1, 12, dtype=np.float32)
    fall = frames // 4
    sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return sound


def _stroke(
    table: Mapping[str, Any], make: float, wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a finger's or a card's way over the glass as noise that goes up, shape (frames,)."""
    length_s = float(rng.uniform(*table["usual_s"])) * 1.6 ** (0.5 - wish.intensity)
    frames = round(length_s * RATE)
    x = np.linspace(0, 1, frames)
    hz = glide(tuple(table["hz"]), (), frames) * make**0.5
    sound = scaled_noise([(0.35, -12.0), (0.8, 0.0), (1.25, 0.0), (3.0, -12.0)], hz, RATE, rng)
    level = np.sin(np.pi * x ** float(table["lean"])) ** 1.5
    return sound * level.astype(np.float32) * np.float32(0.3)
