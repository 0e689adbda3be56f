"""Plucking: what a bowed string sounds like under a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB, Modes, ring
from menura.engines.music.instruments.sustained.gesture import MIDDLE_C
from menura.engines.music.instruments.sustained.spectra import blend, loudness, radiate_db

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.sustained.facts import Facts, Pluck
    from menura.engines.music.instruments.sustained.gesture import Gesture

_LOUDEST_S = 0.4
_PARTIALS = 40
_PLACE = 0.22
_LONGEST_S = 2.5
_ATTACK_S = 0.002


def pluck(
    facts: Facts, string: Pluck, gesture: Gesture, rate: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a pizzicato note, shape (frames,), whose rms over 400 ms is that of its force.

    The player's finger lies at about a fifth of the string; partials lose energy the faster the
    higher they are, into the board and the fingertip that stops them.
    """
    share = loudness(gesture.force)
    hz = gesture.hz * 2 ** (rng.normal() / 1200)
    number = np.arange(1.0, _PARTIALS + 1)
    number = np.asarray(number[number * hz < facts.source.top_hz], np.float64)
    t60_s = string.t60_s * string.per_octave ** ((gesture.pitch - MIDDLE_C) / 12)
    t60 = t60_s / (1 + string.loss * (number - 1))
    place = _PLACE * (1 + 0.06 * rng.normal())
    size = np.maximum(np.abs(np.sin(np.pi * number * place)), 0.1)
    level_db = blend(string.slope_db, share) * np.log2(number)
    level_db += radiate_db(facts, number * hz, gesture.hz, share)
    size = size * 10 ** (level_db / 20)
    fall = 2 * DECAY_60_DB / t60
    energy = np.sum(size**2 / 2 * -np.expm1(-fall * _LOUDEST_S) / fall) / _LOUDEST_S
    size *= gesture.rms / np.sqrt(energy)
    modes = Modes(hz=number * hz, amplitude=size, t60_s=t60, phase=np.full(number.size, -np.pi / 2))
    frames = round(min(1.1 * t60_s, _LONGEST_S) * rate)
    sound = ring(modes, frames, rate)
    rise = max(2, round(_ATTACK_S * rate))
    sound[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)
    return sound
