"""Where the glottis closes: the times and strengths of the pulses of a voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.features import HOP_S
from menura.dsp.vocoder.smoothing import fill_gaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.dsp.vocoder.features import Features

JITTER = 0.02  # standard deviation of a period at full roughness
SHIMMER_DB = 1.5
SUBHARMONIC = 0.3  # how much weaker every second pulse is


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulses:
    """Pulses in order.

    Attributes:
        frame: shape (pulses,), float64, when, in samples; fractional.
        f0_hz: shape (pulses,), one over the period around it.
        gain: shape (pulses,), factor of its amplitude, 1 on average over power.
    """

    frame: NDArray[np.float64]
    f0_hz: NDArray[np.float64]
    gain: NDArray[np.float64]


def place_pulses(features: Features, rng: np.random.Generator) -> Pulses:
    """Returns the pulses of the voiced rows: one whenever the integral of the pitch is whole."""
    voiced = features.voiced
    if not voiced.any() or features.frames == 0:
        empty = np.zeros(0)
        return Pulses(frame=empty, f0_hz=empty, gain=empty)
    hop = HOP_S * features.rate
    log_f0 = fill_gaps(np.log(np.where(voiced, features.f0_hz, 1.0)), voiced)
    at = np.arange(features.frames) / hop
    pitch = np.exp(np.interp(at, np.arange(features.rows), log_f0))
    sounding = voiced[np.minimum(np.round(at).astype(np.intp), features.rows - 1)]
    # The phase stands still between voices and starts the next one half a period in.
    phase = 0.5 + np.concatenate([[0.0], np.cumsum(np.where(sounding, pitch, 0) / features.rate)])
    before = np.flatnonzero(np.floor(phase[1:]) > np.floor(phase[:-1]))
    left = np.ceil(phase[before]) - phase[before]
    left = np.where(left == 0, 1.0, left)
    f0_hz = pitch[before]
    frame = before + left * features.rate / f0_hz
    return _roughened(frame, f0_hz, features, rng)


def _roughened(
    frame: NDArray[np.float64],
    f0_hz: NDArray[np.float64],
    features: Features,
    rng: np.random.Generator,
) -> Pulses:
    """Jitter moves the pulses, shimmer and a subharmonic change their strength."""
    amount = features.roughness
    if amount == 0:
        return Pulses(frame=frame, f0_hz=f0_hz, gain=np.ones(frame.size))
    period = features.rate / f0_hz
    moved = frame + amount * JITTER * period * rng.standard_normal(frame.size)
    moved = np.clip(moved, 0, features.frames - 1)
    gain = 10 ** (amount * SHIMMER_DB / 20 * rng.standard_normal(frame.size))
    gain *= 1 - amount * SUBHARMONIC * (np.arange(frame.size) % 2)
    gain /= np.sqrt(np.mean(gain**2)) if gain.size else 1.0
    return Pulses(frame=moved, f0_hz=f0_hz, gain=gain)
