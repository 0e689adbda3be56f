"""What a head makes of a direction: when each ear hears it, how loud and how bright.

Directions are unit vectors (right, ahead, up), shape (..., 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RADIUS_M = 0.0875
"""Of the head: Kuhn, "Model for the interaural time differences in the azimuthal plane",
J. Acoust. Soc. Am. 62 (1977)."""
SPACED_S = 0.00013
"""Without a head (loudspeakers): how much each channel is ahead or behind at the side. Two
microphones 9 cm apart; more would colour what is later heard from one loudspeaker."""
_WIDEST = 0.9
"""How far a pan goes: at the side the far loudspeaker is still there, 22 dB down."""
REAR_DB = -7.0
"""High frequencies from straight behind against those from ahead: the pinna is in the way
(Blauert, "Spatial Hearing", 1997, on the boosted bands of front and back)."""
REAR_HZ = 3500.0
"""From where on: the pinna's 6 cm are more than half a wave."""
_LEAST = 0.1
"""Gain of the head's shadow at high frequencies where it is darkest, re half of the free field."""
_DARKEST_DEG = 150.0
"""Angle from the ear at which it is: behind it, waves from all around meet again."""


def towards(direction_deg: float, elevation_deg: float = 0.0) -> NDArray[np.float64]:
    """Returns a unit vector, shape (3,): 0 is ahead, 90 right, -90 left, 180 behind."""
    across, up = np.radians(direction_deg), np.radians(elevation_deg)
    return np.array([np.sin(across) * np.cos(up), np.cos(across) * np.cos(up), np.sin(up)])


def ear_delays_s(
    directions: NDArray[np.float64], *, binaural: bool, speed_m_s: float = 343.0
) -> NDArray[np.float64]:
    """Returns when the left and right ear hear it, s re the middle of the head, shape (2, ...).

    Woodworth's formula: straight to the near ear, around the sphere to the far one (Brown and Duda,
    "A structural model for binaural sound synthesis", IEEE Trans. Speech Audio Proc. 6, 1998,
    equation 3). At 90 degrees the ears are 0.656 ms apart.
    """
    right = directions[..., 0]
    if not binaural:
        return np.stack([right, -right]) * SPACED_S
    angle = np.arccos(np.clip(np.stack([-right, right]), -1, 1))
    path_m = np.where(angle < np.pi / 2, -np.cos(angle), angle - np.pi / 2) * RADIUS_M
    return np.asarray(path_m / speed_m_s, np.float64)


def ear_gains(directions: NDArray[np.float64], *, binaural: bool) -> NDArray[np.float64]:
    """Returns the gain of each ear at low frequencies, shape (2, ...), powers adding up to 1.

    For loudspeakers a pan of equal power by the sine of the direction; with a head both alike.
    """
    right = directions[..., 0]
    if binaural:
        return np.full((2, *right.shape), np.sqrt(0.5))
    angle = (_WIDEST * np.clip(right, -1, 1) + 1) * (np.pi / 4)
    return np.stack([np.cos(angle), np.sin(angle)])


def shadow(directions: NDArray[np.float64], *, binaural: bool) -> NDArray[np.float64]:
    """Returns the gain of each ear at high frequencies re low ones, shape (2, ...).

    Brown and Duda (1998), equation 5: H = (1 + j a x) / (1 + j x), x = w / (2 w0), w0 = c / radius;
    this is a. H is a mix of a one-pole low-pass P and what it leaves: P + a (1 - P).
    """
    right = directions[..., 0]
    if not binaural:
        return np.ones((2, *right.shape))
    angle_deg = np.degrees(np.arccos(np.clip(np.stack([-right, right]), -1, 1)))
    swing = np.cos(np.radians(angle_deg * 180 / _DARKEST_DEG))
    return np.asarray((1 + _LEAST / 2) + (1 - _LEAST / 2) * swing, np.float64)


def shadow_hz(speed_m_s: float = 343.0) -> float:
    """Returns where the shadow sets in: the pole of its low-pass, w0 / pi, Hz."""
    return speed_m_s / (np.pi * RADIUS_M)


def rear(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the gain above REAR_HZ for what comes from behind, shape (...)."""
    return np.asarray(10 ** (REAR_DB / 20 * np.maximum(-directions[..., 1], 0)), np.float64)


def one_pole(corner_hz: float, rate: int, taps: int) -> NDArray[np.float32]:
    """Returns the response of a one-pole low-pass, shape (taps,), float32, gain 1 at 0 Hz."""
    pole = np.exp(-2 * np.pi * corner_hz / rate)
    response = pole ** np.arange(taps)
    return np.asarray(response / response.sum(), np.float32)
