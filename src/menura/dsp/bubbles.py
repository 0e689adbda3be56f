"""Bubbles of air in water: what they sound like by their radius."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.grains import ring_grains
from menura.dsp.modes import DECAY_60_DB

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINNAERT_M_HZ = 3.26
"""Frequency times radius of a bubble under 1 atm: sqrt(3 gamma p / rho) / 2 pi, M. Minnaert, "On
musical air-bubbles and the sounds of running water", Philosophical Magazine 16 (1933)."""


def bubble_hz(radius_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the frequencies at which bubbles ring, Hz, shape as given."""
    return MINNAERT_M_HZ / radius_m


def bubble_t60_s(radius_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how long bubbles ring (-60 dB), seconds, shape as given.

    K. van den Doel, "Physically based models for liquid sounds", ACM Transactions on Applied
    Perception 2 (2005), equation 5: radiation and heat, d = 0.13 / r + 0.0072 r^-3/2.
    """
    return np.asarray(DECAY_60_DB / (0.13 / radius_m + 0.0072 * radius_m**-1.5), np.float64)


def ring_bubbles(
    radius_m: NDArray[np.float64],
    rising: NDArray[np.float64],
    taps: int,
    rate: int,
    lossy: float = 1.0,
) -> NDArray[np.float32]:
    """Returns the sounds of bubbles, shape (bubbles, taps), float32, largest near 1.

    Args:
        radius_m: shape (bubbles,), metres.
        rising: van den Doel's xi: by how much the pitch rises during the decay, 0 to 0.3 (a
            bubble that comes near the surface has less water to move).
        taps: frames.
        rate: Hz.
        lossy: how many times as fast as a free sphere they lose their energy: large ones at the
            surface are torn, not round.
    """
    t60_s = bubble_t60_s(radius_m) / lossy
    hz = bubble_hz(radius_m)
    bank = ring_grains(hz, t60_s, taps, rate, rising * DECAY_60_DB / t60_s)
    # It pinches off within about one period: without that there would be a thump.
    opened = np.minimum(
        np.outer(hz.astype(np.float32), np.arange(taps, dtype=np.float32) / rate), 1
    )
    bank *= 0.5 - 0.5 * np.cos(np.pi * opened)
    return bank
