"""Blows in quick succession: the drum of a woodpecker, the rattle of a snake, and its hiss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import Grains, ring_grains
from menura.engines.effects.sources.animals.calls import make_call
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import finished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_BANK = 48


def drum_wood(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a woodpecker's roll, shape (frames,), float32: faster and softer towards its end.

    A greater size is a thicker trunk and a larger bird: lower and slower.
    """
    table = source[wish.variant]
    least, most = table["strokes"]
    count = round(rng.integers(least, most + 1) * (0.8 + 0.4 * wish.intensity))
    slow, fast = np.array(table["per_s"]) * 2 ** (0.4 * (0.5 - wish.size)) * rng.normal(1, 0.04)
    steps = 1 / np.linspace(slow, fast, count - 1) * np.exp(rng.normal(0, 0.015, count - 1))
    at = (np.concatenate([[0.0], np.cumsum(steps)]) * RATE).astype(np.int64)
    share = np.arange(count) / (count - 1)
    size_db = float(table["fall_db"]) * share**1.5 + rng.normal(0, 1.2, count)
    size_db[0] -= 3
    hz = np.array(table["hz"]) * np.exp(rng.normal(0, 0.08, len(table["hz"])))
    hz *= 2 ** (0.8 * (0.5 - wish.size))
    contact_s = float(table["contact_ms"]) / 1000 * 2 ** (0.5 - wish.intensity)
    taps = 4096
    bank = np.zeros((count, taps), np.float32)
    for mode, level_db, t60_s in zip(hz, table["level_db"], table["t60_s"], strict=True):
        soft = 1 / (1 + (mode * contact_s) ** 2)
        # Where exactly the bill strikes differs, and with it how strong each mode is.
        sizes = 10 ** ((level_db + rng.normal(0, 2.0, count)) / 20) * soft
        rings = ring_grains(np.full(count, mode), np.full(count, t60_s), taps, RATE)
        bank += rings * sizes[:, np.newaxis].astype(np.float32)
    bank[:, : taps // 16] += _snaps(count, taps // 16, contact_s, rng)
    return finished(_lay(bank, at, 10 ** (size_db / 20), np.arange(count)))


def shake_tail(
    source: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a snake's rattle, or its hiss, shape (frames,), float32.

    Segments of horn strike each other some times in each swing of the tail.
    """
    if wish.variant != "rattle":
        return make_call(source, wish, rng)
    table = source[wish.variant]
    length_s = float(table["usual_s"]) if wish.length_s is None else wish.length_s
    length_s = float(np.clip(length_s, *source["length_s"]))
    rate_hz = float(table["hz"]) * 2 ** (float(table["cold"]) * (wish.intensity - 0.5))
    count = max(8, round(length_s * rate_hz))
    share = np.arange(count) / count
    swing_s = np.cumsum(np.exp(rng.normal(0, 0.03, count)) / rate_hz)
    clicks = int(table["clicks"])
    at_s = swing_s[:, np.newaxis] + rng.gamma(2.0, float(table["spread_s"]) / 2, (count, clicks))
    envelope = np.minimum(1, share / 0.12) * np.minimum(1, (1 - share) / 0.25)
    sizes = envelope[:, np.newaxis] * np.exp(rng.normal(0, 0.35, (count, clicks)))
    low, high = np.array(table["ring_hz"]) * 2 ** (0.6 * (0.5 - wish.size))
    short, long = table["ring_t60_s"]
    hz = np.exp(rng.uniform(float(np.log(low)), float(np.log(min(high, 18_000.0))), _BANK))
    bank = ring_grains(hz, rng.uniform(short, long, _BANK), 512, RATE)
    rows = rng.integers(0, _BANK, count * clicks)
    at = (at_s.reshape(-1) * RATE).astype(np.int64)
    return finished(_lay(bank, at - at.min(), sizes.reshape(-1), rows))


def _lay(
    bank: NDArray[np.float32],
    at: NDArray[np.int64],
    sizes: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    frames = int(at.max()) + bank.shape[1]
    return np.asarray(Grains(bank, frames, 1).next(at, sizes, rows)[0], np.float32)


def _snaps(
    count: int, taps: int, contact_s: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns short noise of splinters and bark, shape (count, taps)."""
    fall = np.exp(-np.arange(taps) / (RATE * contact_s * 3)) * (1 - np.arange(taps) / taps)
    noise = rng.standard_normal((count, taps), np.float32)
    noise[:, 1:] += noise[:, :-1].copy()
    return np.asarray(0.25 * noise * fall.astype(np.float32), np.float32)
