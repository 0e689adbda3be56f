"""Standing waves of a box: what makes small hard rooms boom and tanks ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space.head import RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Room

LOW = 16
"""They are worked out at this part of the rate."""
_MOST = 500
_HIGHEST_HZ = 1100.0
_LOWEST_HZ = 50.0
_PIECE = 128


def crossover_hz(room: Room) -> float:
    """Returns below which frequency modes are worked out one by one; 0 = nowhere.

    Schroeder's frequency 2000 sqrt(T / V), below which fewer than three lie in the width of one
    (Kuttruff, "Room Acoustics", equation 3.44), but no more than 500 modes.
    """
    if room.is_open:
        return 0.0
    speed, volume = room.medium.speed_m_s, room.volume_m3
    schroeder = 2000 * np.sqrt(float(np.median(room.decay_s)) / volume)
    countable = (3 * _MOST * speed**3 / (4 * np.pi * volume)) ** (1 / 3)
    edge = float(min(schroeder, countable, _HIGHEST_HZ))
    return edge if edge >= _LOWEST_HZ else 0.0


def share_above(hz: NDArray[np.float64], edge_hz: float) -> NDArray[np.float64]:
    """Returns the share of the power that is not of single modes, shape as given, 0 to 1."""
    if edge_hz <= 0:
        return np.ones_like(hz)
    octaves = np.log2(np.maximum(hz, 1e-3) / edge_hz)
    return np.asarray(np.sin(np.pi / 2 * np.clip(1.5 * octaves + 0.5, 0, 1)) ** 2, np.float64)


def standing_waves(
    room: Room,
    source_m: NDArray[np.float64],
    listener_m: NDArray[np.float64],
    edge_hz: float,
    frames: int,
) -> NDArray[np.float64]:
    """Returns the modes of a rigid box at two ears, shape (2, frames) at RATE / LOW.

    p = 4 pi c^2 / V sum psi(source) psi(ear) / L sin(w t) / w exp(-6.9 t / T), psi a product of
    cosines, L its mean square (Kuttruff, "Room Acoustics", 3.1 and 3.2, for a source that gives 1
    at 1 m in the free field). On average over many modes its power is that of the mirror images.

    Args:
        room: the box.
        source_m: shape (3,).
        listener_m: shape (3,); the ears are to both sides along the first axis.
        edge_hz: from `crossover_hz`.
        frames: length.
    """
    size = np.array(room.dimensions_m)
    speed = room.medium.speed_m_s
    most = (2 * 1.3 * edge_hz * size / speed).astype(np.int64) + 1
    order = np.stack(np.meshgrid(*[np.arange(m + 1) for m in most], indexing="ij"), axis=-1)
    order = order.reshape(-1, 3)[1:]
    hz = speed / 2 * np.sqrt(((order / size) ** 2).sum(axis=1))
    shares = np.sqrt(1 - share_above(hz, edge_hz))
    order, hz, shares = order[shares > 0], hz[shares > 0], shares[shares > 0]
    mean_square = 0.5 ** (order > 0).sum(axis=1)
    shaped = np.cos(np.pi * order * source_m / size).prod(axis=1) / mean_square
    omega = 2 * np.pi * hz
    sizes = 4 * np.pi * speed**2 / room.volume_m3 / RATE * shaped / omega * shares * np.sqrt(0.5)
    rates = (1j * omega - 3 * np.log(10) / room.decay_at(hz)) * (LOW / RATE)
    inner = np.exp(rates[:, np.newaxis] * np.arange(_PIECE))
    outer = np.exp(np.arange(-(-frames // _PIECE))[:, np.newaxis] * _PIECE * rates)
    ears = []
    for side in (-1, 1):
        ear = np.clip(listener_m + np.array([side * RADIUS_M, 0, 0]), 0, size)
        at = sizes * np.cos(np.pi * order * ear / size).prod(axis=1)
        ears.append(((outer * at) @ inner).imag.ravel()[:frames])
    return np.stack(ears)
