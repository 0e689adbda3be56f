"""Voices whose truth is known: harmonics at an exact pitch, under known formants."""

from __future__ import annotations

import numpy as np

RATE = 22_050
AH = ((700.0, 80.0), (1200.0, 90.0), (2600.0, 120.0), (3500.0, 200.0))
EE = ((300.0, 60.0), (2300.0, 100.0), (3000.0, 120.0), (3700.0, 200.0))


def seconds(duration_s: float, rate: int = RATE) -> np.ndarray:
    return np.arange(int(duration_s * rate)) / rate


def sing(f0_hz: np.ndarray, formants=AH, rate: int = RATE, level: float = 0.1) -> np.ndarray:
    """Returns the voice at a pitch given for each sample; `level` is its standard deviation.

    Phases stand still, so the pitch of the sound is f0_hz exactly, with no delay of a filter.
    """
    phase = 2 * np.pi * np.cumsum(f0_hz) / rate
    total = np.zeros(f0_hz.size)
    for k in range(1, int(rate / 2 / f0_hz.min()) + 1):
        gain = np.abs(_response(k * f0_hz, formants)) * (k * f0_hz < 0.49 * rate)
        total += gain * np.cos(k * phase + 0.05 * k * k)
    return (level * total / total.std()).astype(np.float32)


def _response(hz: np.ndarray, formants) -> np.ndarray:
    s = 2j * np.pi * hz
    response = 1 / (1 + hz / 100) + 0j
    for centre, width in formants:
        pole = np.pi * width + 2j * np.pi * centre
        response *= abs(pole) ** 2 / ((s + pole) * (s + pole.conjugate()))
    return response


def hiss(duration_s: float, level: float = 0.1, seed: int = 0, rate: int = RATE) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(int(duration_s * rate))).astype(np.float32)


def db(ratio: float) -> float:
    return 20 * float(np.log10(ratio))


def noise_share(sound: np.ndarray, f0_hz: float, low_hz: float, high_hz: float) -> float:
    """Returns the share of noise in a band of a voice at a constant pitch, from one long FFT."""
    size = 1 << (sound.size.bit_length() - 1)
    window = np.hanning(size)
    power = np.abs(np.fft.rfft(sound[:size] * window)) ** 2
    hz = np.fft.rfftfreq(size, 1 / RATE)
    off = np.abs((hz / f0_hz + 0.5) % 1 - 0.5)
    band = (hz > low_hz) & (hz < high_hz)
    between = power[band & (off > 0.25)].mean()
    return float(between / power[band].mean())
