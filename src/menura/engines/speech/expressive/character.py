"""`Character`: what makes one voice differ from the next, on top of espeak-ng's variants."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What the vocoder does to a voice.

    Attributes:
        formant_ratio: of the formants; above 1 the vocal tract is shorter.
        tilt_db_per_octave: slope above 500 Hz; below 0 is darker.
        warmth_db: how much more there is below 500 Hz against what lies above 1,200.
        breath: added noise, 0 to 1.
        roughness: irregularity of the pulses, 0 to 1.
        tension: -1 (lax) to 1 (pressed).
        pitch_semitones: shift of the melody.
        range_factor: how far the melody moves, in semitones.
        drift_semitones: slow wander of the pitch, standard deviation.
        creak: how much the ends of statements creak, 0 to 1.
    """

    formant_ratio: float = 1.0
    tilt_db_per_octave: float = 0.0
    warmth_db: float = 0.0
    breath: float = 0.0
    roughness: float = 0.0
    tension: float = 0.0
    pitch_semitones: float = 0.0
    range_factor: float = 1.0
    drift_semitones: float = 0.0
    creak: float = 0.0

    @classmethod
    def of(cls, timbre: Mapping[str, float | str]) -> Character:
        """Returns the character that a voice's timbre describes; what it leaves open is plain."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: float(timbre[name]) for name in names if name in timbre})


def read_voices(engine: str) -> dict[str, Voice]:
    """Returns the voices of voices.toml by name, owned by the engine's card."""
    text = (resources.files(__package__) / "voices.toml").read_text(encoding="utf-8")
    return {
        name: Voice(name=name, engine=engine, **values)
        for name, values in tomllib.loads(text).items()
    }
