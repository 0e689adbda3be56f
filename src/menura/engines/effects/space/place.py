"""The direct sound of what stays where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import head
from menura.engines.effects.space.air import path_filter
from menura.engines.effects.space.fir import Matrix
from menura.engines.effects.space.transforms import bins_hz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Room

NEAREST_M = 0.5
"""No source is nearer: 1 / r ends there."""
LATENCY_S = 0.001
"""Between input and output of a source in the middle: the nearer ear is ahead of it."""
_TAPS = 768
_SIZE = 4096
_WIDE_LATENCY_S = 0.008
_SIDE_DEG = 90.0
_TURNS_PER_ERB = 0.2
_TURN_RADIANS = 1.2024
"""Half of where the Bessel function J0 is 0: two channels turned to and fro by plus and minus this
do not correlate on average."""


class Placer:
    """Puts a source at a place: level, air, direction.

    The powers of both outputs add up to the input's mean power per channel over r squared (r in m,
    no less than 0.5): a source of two channels is not louder for having two. All comes 1 ms late,
    and 8 ms more if a source of one channel has a width.

    Args:
        direction_deg: 0 ahead, 90 right, -90 left, 180 behind.
        distance_m: from the listener.
        room: gives the air.
        width: of a source of one channel: 0 (a point) to 1 (a half circle) around its direction.
            A source of two channels fills a half circle at 0; above, as much as said.
        binaural: for headphones: the ears of a head; else for loudspeakers.
        gain: whether 1 / r is applied.
        elevation_deg: above the horizon.
    """

    def __init__(
        self,
        direction_deg: float,
        distance_m: float,
        room: Room,
        *,
        width: float = 0.0,
        binaural: bool,
        gain: bool = True,
        elevation_deg: float = 0.0,
    ) -> None:
        air = np.fft.rfft(path_filter(room.medium, distance_m), _SIZE)
        if gain:
            air /= max(distance_m, NEAREST_M)
        speed = room.medium.speed_m_s

        def ears(turned_deg: float) -> NDArray[np.complex128]:
            direction = head.towards(direction_deg + turned_deg, elevation_deg)
            return air * _at_ears(direction, binaural=binaural, speed_m_s=speed)

        half = _SIDE_DEG * (width if width > 0 else 1.0)
        self._two = np.stack([ears(-half), ears(half)]) * np.sqrt(0.5)
        self._one = ears(0.0)[np.newaxis]
        if width > 0:
            turned = _turned()
            spread = self._two[0] * turned + self._two[1] * turned.conj()
            self._one = (spread * _delayed(_WIDE_LATENCY_S))[np.newaxis]
        self._filter: Matrix | None = None

    def process(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns what the two ears hear, shape (2, frames), float32.

        Args:
            block: shape (1 or 2, frames); as many channels every time, any number of frames.
        """
        if self._filter is None:
            spectra = self._one if block.shape[0] == 1 else self._two
            self._filter = Matrix(_response(spectra))
        return self._filter.process(block)


def _at_ears(
    direction: NDArray[np.float64], *, binaural: bool, speed_m_s: float
) -> NDArray[np.complex128]:
    """Returns the response of the two ears to a direction, shape (2, bins)."""
    hz = bins_hz(_SIZE)
    low = np.fft.rfft(head.one_pole(head.shadow_hz(speed_m_s), RATE, _TAPS), _SIZE)
    pinna = np.fft.rfft(head.one_pole(head.REAR_HZ, RATE, _TAPS), _SIZE)
    bright = head.shadow(direction, binaural=binaural)[:, np.newaxis]
    behind = head.rear(direction)
    # A fraction of a frame is cut off near half the rate, where its response would never end.
    soft = np.cos(np.pi / 2 * np.clip((hz - 20_000) / (RATE / 2 - 20_000), 0, 1)) ** 2
    delays = head.ear_delays_s(direction, binaural=binaural, speed_m_s=speed_m_s)
    arriving = np.exp(-2j * np.pi * hz * (delays[:, np.newaxis] + LATENCY_S))
    gains = head.ear_gains(direction, binaural=binaural)[:, np.newaxis]
    shaped = (low + bright * (1 - low)) * (pinna + behind * (1 - pinna))
    return np.asarray(gains * arriving * shaped * soft, np.complex128)


def _turned() -> NDArray[np.complex128]:
    """Returns a phase that goes to and fro over frequency, shape (bins,)."""
    hz = bins_hz(_SIZE)
    erb = 21.4 * np.log10(1 + 0.00437 * hz)  # Glasberg and Moore, Hearing Research 47 (1990)
    turn = _TURN_RADIANS * np.sin(2 * np.pi * _TURNS_PER_ERB * erb)
    return np.asarray(np.exp(1j * turn), np.complex128)


def _delayed(delay_s: float) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi * bins_hz(_SIZE) * delay_s), np.complex128)


def _response(spectra: NDArray[np.complex128]) -> NDArray[np.float32]:
    """Returns responses with a soft end, shape (inputs, 2, taps)."""
    taps = np.fft.irfft(spectra, _SIZE)[..., : 2 * _TAPS]
    fade = np.ones(2 * _TAPS)
    fade[-_TAPS // 2 :] = np.cos(np.pi / 2 * np.arange(_TAPS // 2) / (_TAPS // 2)) ** 2
    return np.asarray(taps * fade, np.float32)
