"""`Modes`: what rings as a sum of damped partials, made by two matrix products."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECAY_60_DB = 6.907755278982137
"""ln(1000): an amplitude falls by 60 dB in this many time constants."""
MAX_HZ = 0.45
"""Highest partial that sounds, as a share of the rate; what lies above would come back as alias."""
_BLOCK_FRAMES = 256
_INAUDIBLE = 3e-5
_EDGES_S = (0.0, 0.06, 0.25, 0.75)
"""Where partials that have died away are left out; after the last edge once each second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """Damped partials: each is `amplitude cos(2 pi hz t + phase) 10^(-3 t / t60_s)`.

    Attributes:
        hz: frequencies, shape (partials,), Hz, float64.
        amplitude: shape (partials,); may be negative.
        t60_s: time in which each falls by 60 dB, shape (partials,), seconds.
        phase: at the onset, shape (partials,), radians.
    """

    hz: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    t60_s: NDArray[np.float64]
    phase: NDArray[np.float64]

    def __add__(self, other: Modes) -> Modes:
        """Returns both sets of partials as one."""
        return Modes(
            hz=np.concatenate([self.hz, other.hz]),
            amplitude=np.concatenate([self.amplitude, other.amplitude]),
            t60_s=np.concatenate([self.t60_s, other.t60_s]),
            phase=np.concatenate([self.phase, other.phase]),
        )

    def chosen(self, which: NDArray[np.bool_]) -> Modes:
        """Returns the partials for which `which`, shape (partials,), is true."""
        return Modes(
            hz=self.hz[which],
            amplitude=self.amplitude[which],
            t60_s=self.t60_s[which],
            phase=self.phase[which],
        )

    def below(self, hz: float) -> Modes:
        """Returns the partials under a frequency."""
        return self.chosen(self.hz < hz)

    def audible(self, floor_db: float) -> Modes:
        """Returns the partials within `floor_db` (negative) of the largest."""
        size = np.abs(self.amplitude)
        return self.chosen(size > size.max(initial=0.0) * 10 ** (floor_db / 20))

    def lasting_s(self, floor_db: float) -> float:
        """Returns when the last partial has fallen to `floor_db` under their power together."""
        size = np.abs(self.amplitude)
        together = float(np.sqrt(np.sum(size**2)))
        if not together:
            return 0.0
        over_db = 20 * np.log10(np.maximum(size, 1e-12 * together) / together) - floor_db
        return float(np.max(self.t60_s * over_db / 60, initial=0.0))


def ring(modes: Modes, frames: int, rate: int) -> NDArray[np.float32]:
    """Returns the sum of damped partials, shape (frames,).

    With z the complex pole of a partial and c its amplitude, frame n0 B + n1 is
    Re(sum c z^(n0 B) z^n1): a product of two real matrices. Phases are counted in float64
    cycles, so that a partial stays in tune for minutes, and multiplied in float32.

    Partials at or over MAX_HZ of the rate are left out, and each one once it has fallen to 3e-5
    of the loudest, at times that do not depend on `frames`.
    """
    sounding = modes.below(MAX_HZ * rate)
    sound = np.zeros(-(-frames // _BLOCK_FRAMES) * _BLOCK_FRAMES, np.float32)
    if not sounding.hz.size:
        return sound[:frames]
    floor = _INAUDIBLE * float(np.abs(sounding.amplitude).max())
    decay = DECAY_60_DB / (sounding.t60_s * rate)
    cycles = sounding.hz / rate
    inner = _turns(cycles, decay, np.arange(_BLOCK_FRAMES))
    rows = np.concatenate([inner[0], inner[1]])
    edges = _edges(sound.size, rate)
    for start, end in itertools.pairwise(edges):
        here = np.abs(sounding.amplitude) * np.exp(-decay * start) > floor
        if not here.any():
            break
        at = np.arange(start, end, _BLOCK_FRAMES)
        turn = sounding.phase[here] / (2 * np.pi)
        real, imaginary = _turns(cycles[here], decay[here], at, turn)
        size = sounding.amplitude[here, np.newaxis].astype(np.float32)
        columns = np.concatenate([real * size, -imaginary * size])
        wave = columns.T @ rows[np.concatenate([here, here])]
        sound[start:end] = wave.reshape(-1)
    return sound[:frames]


def _turns(
    cycles: NDArray[np.float64],
    decay: NDArray[np.float64],
    frames: NDArray[np.int64],
    turn: NDArray[np.float64] | float = 0.0,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns real and imaginary parts of z^n, each (partials, frames)."""
    angle = np.outer(cycles, frames) + np.reshape(turn, (-1, 1))
    angle -= np.floor(angle)
    short = (2 * np.pi * angle).astype(np.float32)
    size = np.exp(-np.outer(decay, frames).astype(np.float32))
    return np.cos(short) * size, np.sin(short) * size


def _edges(frames: int, rate: int) -> list[int]:
    """Returns frame numbers of the pieces, multiples of a block, the last one `frames`."""
    seconds = [*_EDGES_S, *np.arange(1, frames // rate + 2)]
    inside = [round(s * rate / _BLOCK_FRAMES) * _BLOCK_FRAMES for s in seconds]
    return [edge for edge in inside if edge < frames] + [frames]
