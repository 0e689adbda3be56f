"""`Manner`: how one utterance is said, once voice, expression and chance have had their say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.changes import MAX_SEMITONES
from menura.engines.speech.expressive.breaths import LEVEL_DB

if TYPE_CHECKING:
    from menura.engines.speech.expressive.character import Character
    from menura.engines.speech.expressive.expression import Expression

PITCH_SPREAD_SEMITONES = 0.8
PACE_SPREAD = 0.05
PAUSE_SPREAD = 0.25
WANDER_SEMITONES = 0.7
"""Standard deviations at stability 0, from utterance to utterance and, the last, within one."""
RANGE_SPREAD = 0.35
"""How much further the melody moves at stability 0 than at 1, as a natural logarithm."""
HEADROOM = 0.55
"""Against the rendering: emotions get louder."""
_MOST = 2.0  # standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The numbers of one utterance.

    Attributes:
        formant_ratio: of the formants.
        tilt_db_per_octave: slope above 500 Hz.
        warmth_db: how much more there is below 500 Hz against what lies above 1,200.
        breath: 0 to 1.
        roughness: 0 to 1.
        tension: -1 to 1.
        whisper: 0 to 1.
        pitch_semitones: shift of the melody.
        range_factor: how far it moves, 0 to 4.
        wander_semitones: standard deviation of a slow movement of the pitch.
        gain: factor of the amplitude.
        pace: factor on the speed of what sounds.
        pause: factor on the length of pauses.
        creak: of the ends of statements, 0 to 1.
        inhale: amplitude of breaths against the rendering of the speech; 0 draws none.
    """

    formant_ratio: float
    tilt_db_per_octave: float
    warmth_db: float
    breath: float
    roughness: float
    tension: float
    whisper: float
    pitch_semitones: float
    range_factor: float
    wander_semitones: float
    gain: float
    pace: float
    pause: float
    creak: float
    inhale: float


def settle(character: Character, expression: Expression, rng: np.random.Generator) -> Manner:
    """Returns how one utterance is said.

    Args:
        character: the voice's.
        expression: what was asked.
        rng: draws what differs from utterance to utterance; the same number of draws whatever
            is asked, so that with one seed two emotions differ by their presets alone.
    """
    preset = expression.preset()
    loose = 1.0 - expression.stability
    pitch, pace, pause = np.clip(rng.standard_normal(3), -_MOST, _MOST) * loose
    shift = character.pitch_semitones + preset.pitch_semitones + expression.pitch_semitones
    shift += PITCH_SPREAD_SEMITONES * float(pitch)
    wander = (character.drift_semitones, preset.tremble_semitones, WANDER_SEMITONES * loose)
    evenness = math.exp(RANGE_SPREAD * (0.5 - expression.stability))
    return Manner(
        formant_ratio=character.formant_ratio,
        tilt_db_per_octave=character.tilt_db_per_octave + preset.tilt_db_per_octave,
        warmth_db=character.warmth_db,
        breath=min(1.0, character.breath + preset.breath),
        roughness=min(1.0, character.roughness + preset.roughness),
        tension=float(np.clip(character.tension + preset.tension, -1, 1)),
        whisper=preset.whisper,
        pitch_semitones=float(np.clip(shift, -MAX_SEMITONES, MAX_SEMITONES)),
        range_factor=min(4.0, character.range_factor * preset.range_factor * evenness),
        wander_semitones=math.hypot(*wander),
        gain=HEADROOM * preset.energy,
        pace=preset.rate_factor * math.exp(PACE_SPREAD * float(pace)),
        pause=expression.pauses * preset.pause_factor * math.exp(PAUSE_SPREAD * float(pause)),
        creak=character.creak * (1 - preset.whisper),
        inhale=HEADROOM * 2 * expression.breaths * 10 ** ((LEVEL_DB + preset.inhale_db) / 20),
    )
