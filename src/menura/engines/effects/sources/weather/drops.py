"""Drops and stones that fall: how many, how large, how fast, and how they strike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import bubble_t60_s, ring_bubbles
from menura.dsp.grains import cut_below, fade_out, ring_grains
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_QUIET_SHARE = 0.08
"""Share of the energy, in its smallest drops, that is heard as noise only."""

_LARGEST = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """What falls on a square metre.

    Attributes:
        diameter_m: classes of size, shape (classes,), metres.
        speed_m_s: how fast each falls.
        flux: how many of each strike a square metre in a second.
    """

    diameter_m: NDArray[np.float64]
    speed_m_s: NDArray[np.float64]
    flux: NDArray[np.float64]

    @property
    def force(self) -> NDArray[np.float64]:
        """The force of each class, that of 2 mm at 6.6 m/s = 1: momentum over contact, D^2 v^2."""
        return (self.diameter_m * self.speed_m_s / (0.002 * 6.6)) ** 2

    def loud(self) -> Fall:
        """Returns the sizes that one hears each for itself: all but the smallest."""
        energy = np.cumsum(self.flux * self.force**2)
        first = int(np.searchsorted(energy, _QUIET_SHARE * energy[-1]))
        return Fall(
            diameter_m=self.diameter_m[first:],
            speed_m_s=self.speed_m_s[first:],
            flux=self.flux[first:],
        )

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Returns classes of so many of them, shape (count,)."""
        share = np.cumsum(self.flux) / self.flux.sum()
        return np.searchsorted(share, rng.random(count)).clip(0, share.size - 1)


def rainfall(mm_h: float, largest_mm: float) -> Fall:
    """Returns rain of some millimetres per hour.

    J. Marshall and W. Palmer, "The distribution of raindrops with size", Journal of Meteorology 5
    (1948): N = 8000 exp(-4.1 R^-0.21 D) per m3 and mm. D. Atlas, R. Srivastava and R. Sekhon,
    "Doppler radar characteristics of precipitation", Reviews of Geophysics 11 (1973):
    v = 9.65 - 10.3 exp(-0.6 D) m/s.
    """
    mm = np.arange(0.5, largest_mm, 0.1)
    speed = 9.65 - 10.3 * np.exp(-0.6 * mm)
    number = 8000 * np.exp(-4.1 * mm_h**-0.21 * mm) * 0.1
    return Fall(diameter_m=mm / 1000, speed_m_s=speed, flux=number * speed)


def hailfall(per_m2_s: float, usual_mm: float, largest_mm: float) -> Fall:
    """Returns hail whose sizes fall off exponentially from 4 mm on.

    R. Matson and A. Huggins, "The direct measurement of the sizes, shapes and kinematics of
    falling hailstones", Journal of the Atmospheric Sciences 37 (1980): v = 11.45 D^0.5, D in cm.
    """
    mm = np.arange(4.0, largest_mm, 0.5)
    number = np.exp(-(mm - 4.0) / usual_mm)
    return Fall(
        diameter_m=mm / 1000,
        speed_m_s=11.45 * np.sqrt(mm / 10),
        flux=per_m2_s * number / number.sum(),
    )


def strike(
    fall: Fall, surface: Mapping[str, Any], count: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns what single drops sound like on a surface, shape (count, taps), float32.

    Each is a click (the force's derivative over the contact), partials of what it strikes, spray,
    and the bubble it may leave in water: levels are those of the mean energy of each.
    """
    which = fall.draw(count, rng)
    diameter, speed = fall.diameter_m[which], fall.speed_m_s[which]
    contact_s = float(surface["contact"]) * diameter / speed
    taps = int(surface["taps"])
    parts = [(surface.get("click_db"), _clicks(contact_s, taps))]
    if "ring_db" in surface:
        parts.append((surface["ring_db"], _rings(contact_s, surface, taps, rng)))
    if "spray_db" in surface:
        parts.append((surface["spray_db"], _spray(count, surface, taps, rng)))
    bank = np.zeros((count, taps), np.float32)
    for level_db, part in parts:
        if level_db is not None:
            bank += part * np.float32(10 ** (level_db / 20) / _mean_size(part))
    force = fall.force[which]
    # What one hears of the very largest is bounded by what they strike, which gives way.
    force = np.minimum(force, _LARGEST * np.sqrt(np.mean(force**2)))
    bank = cut_below(bank, float(surface.get("cut_hz", 250.0)), RATE)
    bank *= force[:, np.newaxis].astype(np.float32)
    if "bubble_db" in surface:
        bubbles = _bubbles(diameter, taps, rng)
        bank *= np.float32(1 / _mean_size(bank))
        bank += bubbles * np.float32(10 ** (surface["bubble_db"] / 20) / _mean_size(bubbles))
    return bank


def _mean_size(bank: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.sum(bank**2, axis=1)))) + 1e-12


def _clicks(contact_s: NDArray[np.float64], taps: int) -> NDArray[np.float32]:
    """Returns the derivatives of raised-cosine forces, at least four frames long."""
    frames = np.maximum(contact_s * RATE, 4.0)[:, np.newaxis]
    t = np.arange(taps)[np.newaxis] / frames
    return np.where(t < 1, np.sin(2 * np.pi * t), 0).astype(np.float32)


def _rings(
    contact_s: NDArray[np.float64],
    surface: Mapping[str, Any],
    taps: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    count = contact_s.size
    bank = np.zeros((count, taps), np.float32)
    low, high = np.log(surface["ring_hz"])
    short, long = surface["ring_t60_s"]
    for _ in range(int(surface["partials"])):
        hz = np.exp(rng.uniform(low, high, count))
        size = rng.standard_normal(count) / (1 + (hz * contact_s) ** 2)
        tone = ring_grains(hz, rng.uniform(short, long, count), taps, RATE)
        bank += tone * size[:, np.newaxis].astype(np.float32)
    return bank


def _spray(
    count: int, surface: Mapping[str, Any], taps: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    low, high = surface["spray_hz"]
    white = np.fft.rfft(rng.standard_normal((count, taps), np.float32))
    octave = np.log2(np.maximum(np.fft.rfftfreq(taps, 1 / RATE), 1.0))
    beyond = np.maximum(np.log2(low) - octave, 0) + np.maximum(octave - np.log2(high), 0)
    noise = np.fft.irfft(white * 10 ** (-12 * beyond / 20), taps)
    t60_s = float(surface["spray_t60_s"]) * rng.uniform(0.5, 1.5, (count, 1))
    t = np.arange(taps)[np.newaxis] / RATE
    rise = 1 - np.exp(-t / (0.1 * t60_s))
    return np.asarray(noise * rise * 10 ** (-3 * t / t60_s) * fade_out(taps), np.float32)


def _bubbles(
    diameter_m: NDArray[np.float64], taps: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns the bubbles that drops leave in water.

    H. Pumphrey, L. Crum and L. Bjorno, "Underwater sound produced by individual drop impacts and
    rainfall", JASA 85 (1989): drops of 0.8 to 1.1 mm always entrain a bubble, of about 14 kHz;
    between 1.1 and 2.2 mm hardly any do; larger ones do in their splash, with lower pitches.
    """
    count = diameter_m.size
    small = diameter_m < 0.00115
    large = (diameter_m > 0.0022) & (rng.random(count) < 0.5)
    fine = rng.normal(0.000233, 0.000016, count).clip(0.00019, 0.0003)
    coarse = np.exp(rng.uniform(np.log(0.0004), np.log(0.0018), count))
    bank = ring_bubbles(np.where(large, coarse, fine), np.full(count, 0.02), taps, RATE)
    # A large bubble has six times the energy of a small one, and rings longer.
    brief = np.sqrt(bubble_t60_s(fine) / bubble_t60_s(coarse))
    size = np.where(small, 1.0, np.where(large, 2.5 * brief, 0.0))
    size *= 10 ** (rng.normal(0, 4, count) / 20)
    return bank * size[:, np.newaxis].astype(np.float32)
