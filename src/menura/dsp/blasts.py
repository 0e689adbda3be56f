"""Blasts: waves of pressure that are sent out at once, and the rumble of what follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.convolution import minimum_phase
from menura.dsp.moving import HOP_FRAMES, MovingNoise, make_shapes
from menura.dsp.solids.response import respond

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OVERSAMPLED = 8
_AIR_DB_KM = 5.0
_AIR_POWER = 1.6
_DEEPEST_DB = -120.0
_TAPS = 1024


def friedlander(positive_s: float, frames: int, rate: int) -> NDArray[np.float32]:
    """Returns the pressure of a blast, (1 - t / T) exp(-t / T), shape (frames,), peak near 1.

    F. Friedlander, "The diffraction of sound pulses", Proceedings of the Royal Society A 186
    (1946): a shock, overpressure for T, and a longer, shallower suction. Its sum is zero. It is
    sampled from its mean over each frame, so that the shock does not fold back.

    Args:
        positive_s: T, how long there is overpressure.
        frames: how many; twelve T hold nearly all.
        rate: Hz.
    """
    t = np.arange(frames + 1) / (rate * positive_s)
    summed = t * np.exp(-t)  # the integral of the wave over t / T
    wave = np.diff(summed) * (rate * positive_s)
    return np.asarray(wave, np.float32)


def n_wave(length_s: float, rise_s: float, rate: int) -> NDArray[np.float32]:
    """Returns the wave of a body faster than sound: up, straight down and up, shape (frames,).

    G. Whitham, "The flow pattern of a supersonic projectile", Communications on Pure and Applied
    Mathematics 5 (1952). A bullet's lasts 0.1 to 0.3 ms.

    Args:
        length_s: between both shocks.
        rise_s: of each shock.
        rate: Hz.
    """
    fine = rate * _OVERSAMPLED
    body, rise = max(2, round(length_s * fine)), max(1, round(rise_s * fine))
    wave = np.concatenate([np.linspace(1, -1, body), np.zeros(4 * _OVERSAMPLED)])
    kernel = np.hanning(rise + 2 * _OVERSAMPLED)
    wave = np.convolve(wave, kernel / kernel.sum())
    wave = wave[: wave.size // _OVERSAMPLED * _OVERSAMPLED]
    return np.asarray(wave.reshape(-1, _OVERSAMPLED).mean(axis=1), np.float32)


def travelled(
    sound: NDArray[np.float32], distance_m: float, rate: int, corner_hz: float = 0.0
) -> NDArray[np.float32]:
    """Returns a sound after its way through open air, shape (frames + 1023,).

    Absorption of 5 dB per km at 1 kHz and as f^1.6, a fit to ISO 9613-1 at 20 degrees and 70 %.

    Args:
        sound: what was sent out, shape (frames,).
        distance_m: the way.
        rate: Hz.
        corner_hz: of a further fall by 12 dB per octave, as soft ground takes; 0 = none.
    """
    hz = np.geomspace(15, rate / 2, 96)
    gain_db = -_AIR_DB_KM * distance_m / 1000 * (hz / 1000) ** _AIR_POWER
    if corner_hz:
        gain_db = gain_db - 20 * np.log10(1 + (hz / corner_hz) ** 2)
    # What comes first must not ring before it comes: minimum phase.
    response = minimum_phase(hz, np.maximum(gain_db, _DEEPEST_DB), rate, _TAPS)
    return respond((sound, response))


def rumble(
    bands: list[tuple[float, float, float, float]],
    length_s: float,
    rise_s: float,
    rate: int,
    rng: np.random.Generator,
    *,
    uneven_db: float = 0.0,
) -> NDArray[np.float32]:
    """Returns noise of which each band dies away in its own time, shape (frames,), peak rms near 1.

    Args:
        bands: (lowest Hz, highest Hz, dB, seconds in which it falls by 60 dB).
        length_s: it is faded out over the last fifth.
        rise_s: until it is there.
        rate: Hz.
        rng: draws it.
        uneven_db: standard deviation of the levels of the bands, 10 times a second: lumps.
    """
    count = max(2, -(-round(length_s * rate) // HOP_FRAMES))
    shapes = make_shapes([[(low, 0.0), (high, 0.0)] for low, high, _, _ in bands], rate)
    t = np.arange(count) * (HOP_FRAMES / rate)
    level_db = np.array([b[2] for b in bands]) - 60 * t[:, np.newaxis] / [b[3] for b in bands]
    if uneven_db:
        knots = max(2, round(10 * length_s))
        at, own = np.linspace(0, t[-1], knots), rng.standard_normal((knots, len(bands)))
        level_db += uneven_db * np.stack([np.interp(t, at, o) for o in own.T], axis=1)
    levels = np.asarray(10 ** (level_db / 20), np.float64)
    levels *= 1 / np.sqrt((10 ** (np.array([b[2] for b in bands]) / 10)).sum())
    sound = MovingNoise(shapes, count * HOP_FRAMES, 1, rng).next(levels)[0]
    sound = sound[: max(2, round(length_s * rate))]
    rise = min(sound.size, max(4, round(rise_s * rate)))
    sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    fall = max(1, sound.size // 5)
    sound[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return np.asarray(sound, np.float32)
