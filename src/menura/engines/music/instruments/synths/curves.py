"""Curves: how level, cutoff and pitch move in a note, in steps of CONTROL_FRAMES."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.synths.patch import Envelope, Motion

CONTROL_FRAMES = 64
_MOST_RISING = 0.8
DECAY_60_DB = 6.907755278982137
"""ln(1000)."""


def times_s(frames: int, rate: int) -> NDArray[np.float64]:
    """Returns the times of the curve's points, enough for `frames`, one more than the steps."""
    points = np.arange(-(-frames // CONTROL_FRAMES) + 1)
    return np.asarray(points * (CONTROL_FRAMES / rate), np.float64)


def envelope(
    shape: Envelope, time_s: NDArray[np.float64], length_s: float, *, bound: bool = False
) -> NDArray[np.float64]:
    """Returns an envelope at each time, 0 to 1.

    Args:
        shape: its figures.
        time_s: when, shape (points,).
        length_s: when the key is let go.
        bound: whether it goes on from the note before, without a new attack.
    """
    sustain = shape.sustain
    # What swells slowly does so within its note, however short that is.
    attack_s = min(shape.attack_s, max(_MOST_RISING * length_s, 1e-3))
    if bound and sustain > 0:
        held = np.full(time_s.size, sustain)
    else:
        fall = np.exp(-np.maximum(time_s - attack_s, 0) / shape.decay_s)
        rise = np.minimum(time_s / attack_s, 1.0)
        # A capacitor fills fast at first: half of that bend.
        held = rise * (1.5 - 0.5 * rise) * (sustain + (1 - sustain) * fall)
    let_go = np.maximum(time_s - length_s, 0)
    return np.asarray(held * np.exp(-DECAY_60_DB / shape.release_s * let_go), np.float64)


def semitones(
    motion: Motion,
    time_s: NDArray[np.float64],
    *,
    interval: float,
    bound: bool,
    trill_hz: float,
    phase: float,
) -> NDArray[np.float64] | None:
    """Returns how far the pitch is from where it belongs, or None if it never is.

    Args:
        motion: its figures.
        time_s: when, shape (points,).
        interval: semitones from this note to the one it comes from, 0 for none.
        bound: whether it goes on from the note before.
        trill_hz: changes to the note above and back in a second, 0 for none.
        phase: of the vibrato, in cycles.
    """
    drop = motion.drop_semitones if not bound else 0.0
    if not (interval or drop or trill_hz or motion.vibrato_cents):
        return None
    off = np.zeros(time_s.size)
    if interval:
        way = np.clip(time_s / motion.glide_s, 0, 1)
        off += interval * (0.5 + 0.5 * np.cos(np.pi * way))
    if drop:
        off += drop * np.exp(-time_s / motion.drop_s)
    if trill_hz:
        off += 2.0 * (np.sin(2 * np.pi * trill_hz * time_s) < 0)
    if motion.vibrato_cents:
        grown = np.clip((time_s - motion.vibrato_late_s) / 0.3, 0, 1)
        swing = np.sin(2 * np.pi * (motion.vibrato_hz * time_s + phase))
        off += motion.vibrato_cents / 100 * grown * swing
    return off


def expand(curve: NDArray[np.float64], frames: int) -> NDArray[np.float32]:
    """Returns a curve at every frame, shape (frames,), straight between its points."""
    # As a product of matrices: a quarter of the time that rows of 64 take to be scaled and moved.
    lines = np.empty((curve.size - 1, 2), np.float32)
    lines[:, 0] = curve[:-1]
    np.subtract(curve[1:], curve[:-1], out=lines[:, 1], casting="same_kind")
    ramp = np.arange(CONTROL_FRAMES, dtype=np.float32) / np.float32(CONTROL_FRAMES)
    return np.asarray((lines @ np.stack([np.ones_like(ramp), ramp])).reshape(-1)[:frames])


def turned(off: NDArray[np.float64], hz: float, frames: int, rate: int) -> NDArray[np.float64]:
    """Returns the phase, in cycles, of a pitch that moves `off` semitones around `hz`."""
    step = expand(2 ** (off / 12) * (hz / rate), frames).astype(np.float64)
    turns = np.cumsum(step)
    turns -= step
    return turns
