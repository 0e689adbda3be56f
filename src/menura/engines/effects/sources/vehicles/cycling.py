"""A bicycle: its bell, and the pawls of its freewheel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import Modes, ring
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.machines.responses import respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_GRAIN = 2048


def ride(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the bell rung, or the wheel running free, shape (frames,), float32."""
    low_s, high_s = table["length_s"]
    length_s = None if wish.length_s is None else float(np.clip(wish.length_s, low_s, high_s))
    voice = table[wish.variant]
    if wish.variant == "bell":
        return _ring(voice, wish, length_s, rng)
    return _coast(voice, wish, length_s, rng)


def _ring(
    voice: Mapping[str, Any], wish: Wish, length_s: float | None, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Rings: each push of the lever spins two loose discs, that strike as the gear turns."""
    pushes = 2 if length_s is None else max(1, round(length_s / 0.65))
    at, size = [], []
    start = 0.0
    for _ in range(pushes):
        strokes = int(rng.integers(*voice["strokes"])) + round(4 * (wish.intensity - 0.5))
        gaps = rng.uniform(voice["gear_s"][0], voice["gear_s"][1], max(strokes, 2)) * np.linspace(
            0.85, 1.3, max(strokes, 2)
        )
        at.append(start + np.cumsum(gaps) - gaps[0])
        size.append(np.hanning(gaps.size + 2)[1:-1] ** 0.5 * rng.uniform(0.75, 1.1, gaps.size))
        start += float(rng.uniform(*voice["push_s"]))
    times, sizes = np.concatenate(at), np.concatenate(size)
    t60 = np.array(voice["t60_s"])
    end_s = max(times[-1] + 0.9, length_s or 0.0)
    if length_s is not None:
        t60 = t60 * min(1.0, 0.5 + 0.2 * length_s)
    frames = int(end_s * RATE)
    hz = float(voice["hz"]) * 2 ** (0.8 * (0.5 - wish.size)) * rng.uniform(0.95, 1.06)
    frequencies = hz * np.array(voice["ratios"])
    amplitude = 10 ** (np.array(voice["amplitude_db"]) / 20)
    amplitude *= np.array(voice["ratios"]) ** (0.8 * (wish.intensity - 0.5))
    sound = np.zeros(frames, np.float32)
    for time, blow in zip(times, sizes, strict=True):
        first = int(time * RATE)
        modes = Modes(
            hz=frequencies,
            amplitude=amplitude * blow * rng.uniform(0.7, 1.3, amplitude.size),
            t60_s=t60,
            phase=np.full(amplitude.size, -np.pi / 2),
        )
        sound[first:] += ring(modes, frames - first, RATE)
    return _ended(sound, 0.25)


def _coast(
    voice: Mapping[str, Any], wish: Wish, length_s: float | None, rng: np.random.Generator
) -> NDArray[np.float32]:
    seconds = length_s or float(voice["usual_s"]) * float(rng.uniform(0.8, 1.25))
    per_s = float(np.interp(wish.intensity, [0, 0.5, 1], voice["per_s"]))
    share = np.linspace(0, 1, 200)
    passed = np.cumsum(per_s * (1 - float(voice["slows"]) * share)) * seconds / 200
    teeth = np.arange(0, passed[-1]) + 0.06 * rng.standard_normal(int(np.ceil(passed[-1])))
    times = np.interp(teeth, passed - passed[0], share * seconds)
    hits = np.zeros((3, int(seconds * RATE) + _GRAIN), np.float32)
    kind = rng.integers(0, 3, times.size)
    # A wheel is not quite round: every turn of 24 teeth swells and fades.
    level = (
        1
        + 0.2 * np.sin(2 * np.pi * np.arange(times.size) / 24)
        + 0.15 * rng.standard_normal(times.size)
    )
    np.add.at(hits, (kind, (times * RATE).astype(np.int64)), level.astype(np.float32))
    scale = 2 ** (0.6 * (0.5 - wish.size))
    grains = np.stack([respond(voice, scale, rng, 1024) for _ in range(3)])
    size = 1 << (hits.shape[1] + 1024).bit_length()
    spectra = np.fft.rfft(hits, size) * np.fft.rfft(grains, size)
    sound = np.fft.irfft(spectra.sum(axis=0))[: hits.shape[1]]
    return _ended(np.asarray(sound, np.float32), 0.02)


def _ended(sound: NDArray[np.float32], fade_s: float) -> NDArray[np.float32]:
    """Returns sound that fades out at its end, shape as given, without DC."""
    last = min(sound.size, int(fade_s * RATE) + 480)
    fade = np.cos(np.linspace(0, np.pi / 2, last - 480)) ** 2
    sound[sound.size - last : sound.size - 480] *= fade.astype(np.float32)
    sound[-480:] = 0.0
    return sound
