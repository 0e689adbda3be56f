"""Rotors: a rotating loudspeaker as two microphones hear it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.waves import HOP_FRAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Rotor


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What one rotor does to the harmonics between two frequencies.

    Attributes:
        edges_hz: lowest and highest harmonic; 0 = no limit.
        delay_s: way to the microphones, shape (2, hops + 1).
        gain: level at the microphones, shape (2, hops + 1).
    """

    edges_hz: tuple[float, float]
    delay_s: NDArray[np.float64]
    gain: NDArray[np.float64]


def turn_rotors(
    rotor: Rotor, start_s: float, hops: int, rate: int, *, fast: bool
) -> tuple[Band, Band]:
    """Returns what drum and horn do while a note sounds.

    The way to a microphone swings as the horn turns, so that pitch and level swing with it
    (Smith, Serafin, Abel and Berners, DAFx 2002, section 2).

    Args:
        rotor: its facts.
        start_s: when the note begins in the piece.
        hops: how many values the curves have.
        rate: frames per second.
        fast: whether it turns fast.
    """
    at = np.asarray(start_s + np.arange(hops) * (HOP_FRAMES / rate), np.float64)
    crossover = rotor.crossover_hz
    # Horn and drum turn against each other.
    return (
        _band(at, (0.0, crossover), -rotor.drum_hz[fast], rotor.drum_ms, rotor.drum_depth),
        _band(at, (crossover, 0.0), rotor.horn_hz[fast], rotor.horn_ms, rotor.horn_depth),
    )


def _band(
    at: NDArray[np.float64], edges_hz: tuple[float, float], hz: float, ms: float, depth: float
) -> Band:
    # The microphones stand a quarter of a turn apart.
    near = np.cos(2 * np.pi * (hz * at + np.array([[-0.125], [0.125]])))
    return Band(edges_hz=edges_hz, delay_s=-ms / 1000 * near, gain=1 + depth * near)
