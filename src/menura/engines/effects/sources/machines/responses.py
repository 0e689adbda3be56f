"""What one blow inside a machine sounds like: resonances, a hiss, and how hard it hits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import fade_out, ring_grains
from menura.engines.effects.sources.base import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

TAPS = 4096
_LOWEST_HZ = 25.0


def respond(
    table: Mapping[str, Any], scale: float, rng: np.random.Generator, taps: int = TAPS
) -> NDArray[np.float32]:
    """Returns the response to a blow, shape (taps,), float32, of energy 1, without DC.

    Args:
        table: `rings`: (Hz, t60 in s, dB) of resonances; `hiss`: (lowest Hz, highest Hz, t60 in
            s, dB) of noise; `pulse_ms`: how long the blow itself lasts.
        scale: by which frequencies are multiplied.
        rng: draws phases, small deviations and the noise.
        taps: its length.
    """
    heard = np.zeros(taps)
    rings = np.array(table.get("rings", []), float).reshape(-1, 3)
    if rings.size:
        hz = rings[:, 0] * scale * (1 + 0.015 * rng.standard_normal(len(rings)))
        rows = ring_grains(hz, rings[:, 1], taps, RATE)
        size = 10 ** ((rings[:, 2] + rng.normal(0, 1, len(rings))) / 20)
        heard += size @ rows
    power = np.sum(heard**2) or 1.0
    bins = np.fft.rfftfreq(taps, 1 / RATE)
    t = np.arange(taps) / RATE
    for low_hz, high_hz, t60_s, db in table.get("hiss", []):
        spectrum = np.fft.rfft(rng.standard_normal(taps))
        low, high = low_hz * scale, high_hz * scale
        spectrum *= 1 / (1 + (low / np.maximum(bins, 1)) ** 4) / (1 + (bins / high) ** 4)
        burst = np.fft.irfft(spectrum, taps) * np.exp(-6.9 * t / t60_s)
        heard += burst * np.sqrt(power / np.sum(burst**2)) * 10 ** (db / 20)
    deviation_s = float(table.get("pulse_ms", 0.1)) / 1000 / 2.355
    spectrum = np.fft.rfft(heard, 2 * taps)
    wide = np.fft.rfftfreq(2 * taps, 1 / RATE)
    spectrum *= np.exp(-0.5 * (2 * np.pi * wide * deviation_s) ** 2)
    # Late enough that the pulse's own beginning is not cut off.
    spectrum *= np.exp(-2j * np.pi * wide * 2.5 * deviation_s)
    spectrum *= (wide / _LOWEST_HZ) ** 2 / (1 + (wide / _LOWEST_HZ) ** 2)
    heard = np.fft.irfft(spectrum)[:taps] * fade_out(taps)
    heard -= fade_out(taps) * (heard.sum() / fade_out(taps).sum())
    return np.asarray(heard / np.sqrt(np.sum(heard**2)), np.float32)
