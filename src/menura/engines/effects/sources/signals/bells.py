"""Bells and gongs: struck, and left to ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.modes import DECAY_60_DB, Modes, ring
from menura.dsp.solids import contact_gain
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.machines.parts import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_SILENT_FRAMES = 600


def toll(table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a bell struck, as often as its kind is, shape (frames,), float32.

    Args:
        table: of the source. A voice has `partials`, (ratio to the strike note, t60 in s, dB).
        wish: intensity: harder, so brighter; size lowers it by `octaves` from 0 to 1.
        rng: draws the bell's own tuning and where the clapper hits.
    """
    voice = table["voices"][wish.variant]
    scale = 2 ** (float(voice["octaves"]) * (0.5 - wish.size))
    hz = float(voice["hz"]) * scale * float(rng.uniform(0.97, 1.03))
    ratio, t60, db = np.array(voice["partials"], float).T
    tuned = ratio * (1 + 0.003 * rng.standard_normal(ratio.size))
    t60 = t60 * scale**-0.6 * rng.uniform(0.85, 1.15, ratio.size)
    contact_s = at_share(voice["contact_ms"], wish.intensity) / 1000
    frames = int(float(voice["longest_s"]) * RATE)
    sound = np.zeros(frames, np.float32)
    for start_s, note, size in _strokes(voice, wish, rng):
        first = int(start_s * RATE)
        touch_s = contact_s * float(rng.uniform(0.85, 1.2))
        level = db + rng.normal(0, 1.2, ratio.size)
        amplitude = size * 10 ** (level / 20) * contact_gain(hz * note * ratio, touch_s)
        modes = _modes(hz * note * tuned, amplitude, t60)
        split = float(voice["doublets"])
        if split:
            # Not quite round: each partial is two, which beat slowly (Rossing & Perrin).
            other = _modes(
                hz * note * tuned * (1 + split / ratio**0.5), 0.6 * amplitude, t60 * 0.95
            )
            modes += other
        rung = ring(modes, frames - first, RATE)
        rung[: RATE // 8] += _clank(voice, touch_s, rung, rng)
        sound[first:] += rung
    return _ended(sound)


def _modes(
    hz: NDArray[np.float64], amplitude: NDArray[np.float64], t60: NDArray[np.float64]
) -> Modes:
    return Modes(hz=hz, amplitude=amplitude, t60_s=t60, phase=np.full(hz.size, -np.pi / 2))


def _strokes(
    voice: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> list[tuple[float, float, float]]:
    """Returns when it is struck, s, with the ratio of its note and how hard."""
    if "notes" in voice:
        return [
            (at_s * rng.uniform(0.94, 1.06), note, float(rng.uniform(0.85, 1.0)))
            for at_s, note, _ in voice["notes"]
        ]
    if "clapper_hz" in voice:
        count = int(float(voice["rings_s"]) * float(voice["clapper_hz"]))
        gaps = rng.normal(1, 0.03, count) / float(voice["clapper_hz"])
        hard = rng.uniform(0.75, 1.0, count)
        return [
            (float(s), 1.0, float(h)) for s, h in zip(np.cumsum(gaps) - gaps[0], hard, strict=True)
        ]
    if "shaken" in voice:
        count = int(voice["shaken"]) + round(6 * (wish.intensity - 0.5))
        gaps = rng.uniform(0.06, 0.14, count)
        hard = rng.uniform(0.5, 1.0, count) * np.linspace(1.0, 0.25, count)
        return [
            (float(s), 1.0, float(h)) for s, h in zip(np.cumsum(gaps) - gaps[0], hard, strict=True)
        ]
    return [(0.0, 1.0, 1.0)]


def _clank(
    voice: Mapping[str, Any],
    contact_s: float,
    rung: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns the noise of clapper on metal, an eighth of a second, re the ringing."""
    frames = RATE // 8
    t = np.arange(frames) / RATE
    noise = np.fft.rfft(rng.standard_normal(frames) * np.exp(-DECAY_60_DB * t / 0.06))
    hz = np.asarray(np.fft.rfftfreq(frames, 1 / RATE), np.float64)
    click = np.fft.irfft(noise * contact_gain(hz, contact_s) * hz / (hz + 300.0), frames)
    level = 10 ** (float(voice["clank_db"]) / 20)
    click *= level * np.sqrt(np.mean(rung[:frames] ** 2) / np.mean(click**2))
    return np.asarray(click * np.hanning(2 * frames)[frames:], np.float32)


def sound_gong(
    table: Mapping[str, Any], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a gong struck once, shape (frames,), float32.

    A plate has its modes evenly spread; a hard blow bends it so far that energy moves to high
    ones: partial k, struck with little, gains as 1 - exp(-t / builds), the later the higher, and
    the harder the blow the more (Chaigne, Touzé & Thomas 2005).
    """
    voice = table[wish.variant]
    count = int(voice["partials"])
    scale = 2 ** (1.6 * (0.5 - wish.size))
    low, high = float(voice["lowest_hz"]) * scale, float(voice["highest_hz"])
    hz = low + (high - low) * np.sort(rng.random(count)) ** 1.4
    hz[:3] = low * np.array([1.0, 1.53, 2.02]) * rng.uniform(0.99, 1.01, 3)
    share = np.log(hz / low) / np.log(high / low)
    t60 = np.exp(np.interp(share, [0, 1], np.log(voice["t60_s"]))) * rng.uniform(0.8, 1.2, count)
    level_db = -3 - (24 - 14 * wish.intensity) * share + rng.normal(0, 3.5, count)
    level_db[0] = 0.0
    amplitude = 10 ** (level_db / 20)
    builds = np.exp(np.interp(share, [0, 1], np.log(voice["builds_s"]))) * rng.uniform(
        0.7, 1.4, count
    )
    builds *= 1.5 - wish.intensity
    # a (1 - exp(-t / b)) exp(-d t) is one damped partial less another that dies sooner.
    quick = 1 / (1 / t60 + 1 / (builds * DECAY_60_DB))
    phase = rng.uniform(-np.pi, np.pi, count)
    swelling = np.where(share > 0.12, 0.93, 0.35)
    modes = Modes(hz=hz, amplitude=amplitude, t60_s=t60, phase=phase)
    modes += Modes(hz=hz, amplitude=-swelling * amplitude, t60_s=quick, phase=phase)
    sound = ring(modes, int(float(voice["length_s"]) * RATE), RATE)
    # The mallet is soft: the onset takes some milliseconds.
    onset = int(0.004 * RATE)
    sound[:onset] *= np.linspace(0.03, 1, onset, dtype=np.float32)
    return _ended(sound)


def _ended(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns sound that fades over its last two fifths and has no DC."""
    sound -= sound.mean()
    last = sound.size * 2 // 5
    fade = np.cos(np.linspace(0, np.pi / 2, last - _SILENT_FRAMES)) ** 2
    sound[sound.size - last : sound.size - _SILENT_FRAMES] *= fade.astype(np.float32)
    sound[-_SILENT_FRAMES:] = 0.0
    return sound
