"""Unison: the oscillators of a patch together, a block at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp import oscillators
from menura.engines.music.instruments.synths import curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.synths.bank import Tone
    from menura.engines.music.instruments.synths.patch import Patch, Voice

_BLOCK_POINTS = 128
"""Points of the curves in a block: what one reads and adds up stays in a core's own memory."""


@dataclass(frozen=True, slots=True)
class _Tuned:
    """An oscillator as chance has set it for one note."""

    voice: Voice
    ratio: float
    start: float
    width: NDArray[np.float64] | None


def sound_together(
    patch: Patch,
    tone: Tone,
    turns: NDArray[np.float64],
    place: NDArray[np.float64],
    *,
    time_s: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Returns all oscillators at full level, shape (frames,), or (2, frames) if any is panned.

    Args:
        patch: whose.
        tone: their tables.
        turns: phase of the note in cycles, shape (frames,).
        place: which layer of the tables is heard at each point of the curves, shape (points,).
        time_s: of the points.
        rng: tunes the oscillators and sets them in motion.
    """
    wide = any(voice.pan for voice in patch.voices)
    total = np.zeros((2 if wide else 1, turns.size), np.float32)
    tuned = [_tune(patch, voice, time_s, rng) for voice in patch.voices]
    for first in range(0, place.size - 1, _BLOCK_POINTS):
        points = slice(first, first + _BLOCK_POINTS + 1)
        block = slice(first * curves.CONTROL_FRAMES, points.stop * curves.CONTROL_FRAMES)
        here = turns[block][: _BLOCK_POINTS * curves.CONTROL_FRAMES]
        layer, share = _split(place[points], tone.power.size, here.size)
        sides = total[:, block.start : block.start + here.size]
        for one in tuned:
            voice = one.voice
            at = here * one.ratio
            at += one.start
            tables = tone.tables[voice.wave, voice.octave]
            wave = oscillators.read(tables, at, layer, share)
            if one.width is not None:
                at -= curves.expand(one.width[points], here.size)
                wave -= oscillators.read(tables, at, layer, share)
            if wide:
                sides[0] += wave * np.float32(voice.level * np.sqrt(1 - voice.pan))
                sides[1] += wave * np.float32(voice.level * np.sqrt(1 + voice.pan))
            else:
                sides[0] += wave * np.float32(voice.level)
    return total if wide else total[0]


def _tune(
    patch: Patch, voice: Voice, time_s: NDArray[np.float64], rng: np.random.Generator
) -> _Tuned:
    cents = voice.cents + patch.motion.drift_cents * rng.standard_normal()
    # A cycle ahead, so that a pulse's second saw, which comes later, has a phase as well.
    start = rng.random() + 1.0 if patch.free else 1.0
    width = None
    if voice.wave == "pulse" and patch.filter.axis != "width":
        swing = np.sin(2 * np.pi * (voice.width_hz * time_s + rng.random()))
        width = voice.width + voice.width_depth * swing
    ratio = float(2 ** (voice.octave + cents / 1200))
    return _Tuned(voice, ratio, start, width)


def _split(
    place: NDArray[np.float64], layers: int, frames: int
) -> tuple[NDArray[np.int32] | None, NDArray[np.float32] | None]:
    """Returns the layer heard at each frame, and how much of the next one."""
    if layers == 1:
        return None, None
    if np.ptp(place) == 0 and place[0] == round(place[0]):
        return np.full(1, round(place[0]), np.int32), None
    where = curves.expand(np.minimum(place, layers - 1.001), frames)
    layer = where.astype(np.int32)
    return layer, where - layer.astype(np.float32)
