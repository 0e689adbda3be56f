"""What air takes away from sound on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import minimum_phase
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

TAPS = 384
"""Length of a filter that stands for a stretch of air."""
_DEEPEST_DB = -90.0
"""No band is weakened further: nothing below that is heard."""
_CURVE_HZ = np.geomspace(20, RATE / 2, 96)


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """What sound goes through: air of some warmth and dampness, or water.

    Attributes:
        speed_m_s: of sound.
        air: False under water, where nothing that matters is lost on the way.
        temperature_c: of the air.
        humidity_percent: relative.
    """

    speed_m_s: float = 343.0
    air: bool = True
    temperature_c: float = 20.0
    humidity_percent: float = 50.0


AIR = Medium()
"""Out of doors on a mild day."""


def absorption_db_m(
    hz: NDArray[np.float64], temperature_c: float = 20.0, humidity_percent: float = 50.0
) -> NDArray[np.float64]:
    """Returns the attenuation of pure tones in air at 101.325 kPa, dB per metre, shape as given.

    ISO 9613-1:1993, equations (3) to (5) and annex B: classical losses and the relaxation of
    oxygen and nitrogen.

    Args:
        hz: frequencies, Hz.
        temperature_c: degrees Celsius.
        humidity_percent: relative humidity.
    """
    kelvin = temperature_c + 273.15
    warm = kelvin / 293.15
    saturation = 10 ** (-6.8346 * (273.16 / kelvin) ** 1.261 + 4.6151)
    vapour_percent = humidity_percent * saturation
    oxygen_hz = 24 + 4.04e4 * vapour_percent * (0.02 + vapour_percent) / (0.391 + vapour_percent)
    nitrogen_hz = warm**-0.5 * (9 + 280 * vapour_percent * np.exp(-4.170 * (warm ** (-1 / 3) - 1)))
    square = np.asarray(hz, np.float64) ** 2
    classical = 1.84e-11 * warm**0.5
    oxygen = 0.01275 * np.exp(-2239.1 / kelvin) / (oxygen_hz + square / oxygen_hz)
    nitrogen = 0.1068 * np.exp(-3352.0 / kelvin) / (nitrogen_hz + square / nitrogen_hz)
    return np.asarray(8.686 * square * (classical + warm**-2.5 * (oxygen + nitrogen)), np.float64)


def attenuation_db_m(medium: Medium, hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns what a medium takes per metre, dB, shape as given: nothing worth it under water."""
    if not medium.air:
        return np.zeros_like(hz)
    return absorption_db_m(hz, medium.temperature_c, medium.humidity_percent)


def path_filter(medium: Medium, distance_m: float) -> NDArray[np.float32]:
    """Returns the minimum-phase response of a stretch of air, shape (TAPS,), float32.

    The level does not fall with distance here, only the high frequencies do.
    """
    lost_db = attenuation_db_m(medium, _CURVE_HZ) * distance_m
    return minimum_phase(_CURVE_HZ, np.maximum(-lost_db, _DEEPEST_DB), RATE, TAPS)
