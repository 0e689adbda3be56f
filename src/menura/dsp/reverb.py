"""Responses of rooms and echoes, to be used with a `Convolver`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_EDGES_HZ = (250.0, 1000.0, 4000.0)
SPEED_OF_SOUND = 343.0
FLOOR_DB = 70.0
"""How far the tail falls before it is cut off (with a fade)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place that answers.

    Attributes:
        decay_s: time in which the sound falls by 60 dB, in four bands: below 250 Hz, to 1 kHz,
            to 4 kHz, and above. Air alone makes the highest the shortest.
        size_m: mean distance between walls; it spaces the first reflections.
        delay_s: before the first of them.
        diffusion: 0 (few clear echoes) to 1 (a smooth tail).
    """

    decay_s: tuple[float, float, float, float]
    size_m: float
    delay_s: float = 0.0
    diffusion: float = 1.0


def respond(room: Room, rate: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the response of a room at two ears, shape (2, taps), of energy 1 at each.

    First reflections at the times that a room of its size has (a Poisson process whose density
    grows with the square of time, Kuttruff, "Room Acoustics", 4.1), then independent Gaussian
    noise in each ear that falls exponentially in each band (Moorer, "About this reverberation
    business", Computer Music Journal 3(2), 1979).

    Args:
        room: the room.
        rate: Hz.
        rng: draws the reflections.
    """
    frames = round(max(room.decay_s) * FLOOR_DB / 60 * rate)
    time_s = np.arange(frames) / rate
    mix_s = min(0.1, 4 * room.size_m / SPEED_OF_SOUND)
    noise = rng.standard_normal((2, frames))
    # Before the reflections overlap there are few: most of the noise is left out.
    density = np.clip((time_s / mix_s) ** 2, 0.002, 1.0) ** (0.5 + 0.5 * room.diffusion)
    noise *= (rng.random((2, frames)) < density) / np.sqrt(density)
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(frames, 1 / rate).astype(np.float64)
    tail = np.zeros((2, frames))
    for share, decay_s in zip(_bands(hz), room.decay_s, strict=True):
        band = np.fft.irfft(spectrum * share, frames)
        tail += band * 10 ** (-3 * time_s / decay_s)
    fade = np.clip((time_s[-1] - time_s) / (0.1 * time_s[-1]), 0, 1)
    delay = np.zeros((2, round(room.delay_s * rate)))
    whole = np.concatenate([delay, tail * fade], axis=1)
    return np.asarray(whole / np.sqrt((whole**2).sum(axis=1, keepdims=True)), np.float32)


def echo(
    rate: int, step_s: float, feedback: float, *, darker: float = 0.5, wide: float = 0.7
) -> NDArray[np.float32]:
    """Returns the response of a feedback delay at two ears, shape (2, taps).

    The repeats fall from side to side; each is darker than the one before.

    Args:
        rate: Hz.
        step_s: from one repeat to the next.
        feedback: gain of each repeat against the one before, 0 to below 1.
        darker: pole of the one-pole low-pass in the loop, 0 (none) to below 1.
        wide: how far the repeats are from the middle, 0 to 1.
    """
    count = max(1, int(np.floor(-60 / (20 * np.log10(max(feedback, 1e-3))))) + 1)
    step = max(1, round(step_s * rate))
    tap = 256
    # k one-poles in a row: their response has the closed form of a negative binomial.
    n = np.arange(tap)
    low = (1 - darker) * darker**n
    shape = low.copy()
    result = np.zeros((2, count * step + tap))
    for k in range(count):
        side = wide if k % 2 else -wide
        gains = np.array([np.cos((side + 1) * np.pi / 4), np.sin((side + 1) * np.pi / 4)])
        start = (k + 1) * step - 1
        result[:, start : start + tap] += feedback**k * gains[:, None] * shape
        shape = np.convolve(shape, low)[:tap]
    return result.astype(np.float32)


def _bands(hz: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Returns four weights over frequency that sum to one, an octave of crossfade at each edge."""
    octave = np.log2(np.maximum(hz, 1.0))
    above = [np.ones_like(hz)]
    above += [np.clip(octave - np.log2(edge) + 0.5, 0, 1) for edge in BAND_EDGES_HZ]
    above.append(np.zeros_like(hz))
    return [low - high for low, high in itertools.pairwise(above)]
