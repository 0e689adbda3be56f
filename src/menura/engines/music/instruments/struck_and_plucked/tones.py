"""A tone: what an instrument sounds like at one pitch and force, without noise or release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB, MAX_HZ, ring
from menura.engines.music.instruments.base import REFERENCE_DBFS
from menura.engines.music.instruments.struck_and_plucked.bending import glide
from menura.engines.music.instruments.struck_and_plucked.electrics import (
    OVERSAMPLING,
    amplified,
    decimated,
    driven,
    modulated,
    picked_up,
)
from menura.engines.music.instruments.struck_and_plucked.partials import (
    MEZZO_FORTE,
    body_knock,
    partials,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.instruments.struck_and_plucked.facts import Facts
    from menura.engines.music.instruments.struck_and_plucked.partials import Stroke

LOUDEST_S = 0.4
INAUDIBLE_DB = -66.0
_MAX_HZ = 20_000.0
_COMPRESSED_DB = 20.0
_EASED_FRAMES = 12
_MOST_PALMED = 0.35


def make_tone(facts: Facts, stroke: Stroke, frames: int, rate: int) -> NDArray[np.float32]:
    """Returns a tone from its onset on, shape (frames,).

    Its rms over the first 400 ms is REFERENCE_DBFS at mezzo-forte, and follows the force by the
    instrument's dynamics; under the palm it is less, by what the palm takes. `frames` must cover
    those 400 ms.
    """
    wave = _sounding(facts, stroke, frames, rate)
    if facts.motion.glide_cents:
        cents = facts.motion.glide_cents * stroke.force
        wave = glide(wave, cents, facts.motion.glide_ms / 1000, rate)
    gain = level(facts, stroke.force) / _loudest(wave, rate)
    return wave * np.float32(gain * _palm_gain(facts, stroke, rate) if stroke.muted else gain)


def level(facts: Facts, force: float) -> float:
    """Returns the rms that a note of this force has over its first 400 ms."""
    return float(10 ** (REFERENCE_DBFS / 20) * (force / MEZZO_FORTE) ** facts.strike.dynamics)


def lasting_s(facts: Facts, stroke: Stroke) -> float:
    """Returns when a tone has fallen below -60 dB, and no more than the longest it is held."""
    floor_db = INAUDIBLE_DB - (_COMPRESSED_DB if facts.model == "amp" else 0.0)
    modes = partials(facts, stroke, _MAX_HZ)
    return float(np.clip(modes.lasting_s(floor_db), 0.05, facts.decay.longest_s))


def _top_hz(facts: Facts, rate: int) -> float:
    """Returns how high partials are made: at most as high as anyone hears."""
    return min(MAX_HZ * rate, _MAX_HZ if facts.model == "linear" else _MAX_HZ / 2)


def _sounding(facts: Facts, stroke: Stroke, frames: int, rate: int) -> NDArray[np.float32]:
    drive = facts.drive
    modes = partials(facts, stroke, _top_hz(facts, rate))
    loudness = max(float(np.sqrt(np.sum(modes.amplitude**2))), 1e-9)
    if drive is None:
        return _rising(facts, ring(modes + body_knock(facts, loudness), frames, rate), rate)
    over = rate * OVERSAMPLING
    if facts.model == "fm":
        wave = _rising(facts, modulated(facts, drive, stroke, frames, rate), over)
        return decimated(wave, frames, rate, lambda hz: np.ones(hz.size))
    wave = _rising(facts, ring(modes, frames * OVERSAMPLING, over), over)
    wave *= np.float32(driven(drive, stroke) / loudness)
    sound = (amplified if facts.model == "amp" else picked_up)(wave, drive, frames, rate)
    # What the band's edge lets ring ahead of the onset would begin with a jump.
    sound[:_EASED_FRAMES] *= np.linspace(0, 1, _EASED_FRAMES, endpoint=False, dtype=np.float32)
    return sound


def _rising(facts: Facts, wave: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Returns the wave with its attack: what a contact of some length begins cannot jump."""
    rise = max(2, round(facts.strike.attack_ms / 1000 * rate))
    wave[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, endpoint=False, dtype=np.float32)) ** 2
    return wave


def _palm_gain(facts: Facts, stroke: Stroke, rate: int) -> float:
    """Returns how much less a damped note's rms is than an open one's, of the same pluck."""
    energy = []
    for one in (stroke, replace(stroke, muted=False)):
        modes = partials(facts, one, _top_hz(facts, rate))
        fall = 2 * DECAY_60_DB / modes.t60_s
        energy.append(float(np.sum(modes.amplitude**2 * -np.expm1(-fall * LOUDEST_S) / fall)))
    return max(_MOST_PALMED, float(np.sqrt(energy[0] / max(energy[1], 1e-12))))


def _loudest(wave: NDArray[np.float32], rate: int) -> float:
    first = wave[: round(LOUDEST_S * rate)]
    return max(float(np.sqrt(np.mean(first * first))), 1e-9)
