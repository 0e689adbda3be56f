"""Glitches: a digital stream that breaks: slices that repeat, drop out and lose their bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids.response import band_noise, coloured
from menura.dsp.sweeps import sweep_tone
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.fantasy.patch import partial_sizes
from menura.engines.effects.sources.impacts.edges import finished, overlay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_KINDS = 4


def break_up(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a burst of digital errors, shape (frames,).

    Packets of some milliseconds are lost or repeated, as by concealment in telephony (ITU-T G.711
    Appendix I repeats the last pitch period, 10 ms a packet), and repeats make a buzz at their
    rate.
    """
    usual_s = float(rng.uniform(*table["usual_s"]))
    length_s = float(np.clip(wish.length_s or usual_s, *table["length_s"]))
    pieces: list[tuple[float, NDArray[np.float32]]] = []
    at_s = 0.0
    while at_s < length_s - 0.01 and len(pieces) < 300:
        slice_s = float(np.exp(rng.uniform(*np.log(table["slice_s"])))) * 2 ** (wish.size - 0.5)
        repeats = int(rng.integers(1, 2 + round(float(table["repeats"]) * (0.5 + wish.intensity))))
        lasting_s = min(slice_s * repeats, length_s - at_s)
        frames = max(48, round(lasting_s * RATE))
        part = _slice(table, max(48, round(slice_s * RATE)), rng)
        pieces.append((at_s, np.resize(part, frames) * _window(frames)))
        at_s += lasting_s
        if rng.random() < 0.35:
            at_s += float(rng.exponential(float(table["gap_s"])))
    sound = overlay(pieces, RATE)
    # A converter lets nothing through above its band.
    return finished(coloured(sound, [(60.0, -20.0), (150.0, 0.0), (9e3, 0.0), (18e3, -40.0)], RATE))


def _slice(table: Mapping[str, Any], frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one packet, shape (frames,), rms near 1."""
    kind = int(rng.integers(0, _KINDS))
    low_hz, high_hz = np.log(table["hz"])
    first_hz, last_hz = np.exp(rng.uniform(low_hz, high_hz, 2))
    if kind == 0:
        sound = band_noise(
            [(300.0, -10.0), (float(first_hz) * 2, 0.0), (12e3, -6.0)], frames, rng, RATE
        )
    elif kind == 1:
        hz = np.geomspace(first_hz, last_hz, frames)
        sound = sweep_tone(hz, partial_sizes(20, 4.0, odd=True), RATE)
    else:
        # Held samples: steps at a lower rate.
        hold = int(rng.integers(6, 40))
        steps = rng.normal(0, 1, -(-frames // hold)) if kind == 2 else _toggles(frames, hold, rng)
        sound = np.repeat(steps, hold)[:frames].astype(np.float32)
    return sound * np.float32(10 ** (rng.normal(0, 3) / 20))


def _toggles(frames: int, hold: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.where(rng.random(-(-frames // hold)) < 0.5, -1.0, 1.0)


def _window(frames: int) -> NDArray[np.float32]:
    edge = min(frames // 4, 24)
    window = np.ones(frames, np.float32)
    window[:edge] = np.linspace(0, 1, edge, dtype=np.float32)
    window[frames - edge :] = np.linspace(1, 0, edge, dtype=np.float32)
    return window
