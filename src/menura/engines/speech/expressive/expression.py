"""`Expression`: how something is to be said, and what each emotion means in numbers."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from menura.errors import InvalidInput

MAX_PITCH_SEMITONES = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """What an emotion changes against neutral speech; see emotions.toml for the units."""

    pitch_semitones: float = 0.0
    range_factor: float = 1.0
    energy: float = 1.0
    rate_factor: float = 1.0
    pause_factor: float = 1.0
    breath: float = 0.0
    tension: float = 0.0
    roughness: float = 0.0
    tilt_db_per_octave: float = 0.0
    tremble_semitones: float = 0.0
    whisper: float = 0.0
    inhale_db: float = 0.0

    def scaled(self, style: float) -> Preset:
        """Returns the preset as strong as `style`, 0 (nothing) to 1 (as written)."""
        return Preset(
            pitch_semitones=self.pitch_semitones * style,
            range_factor=self.range_factor**style,
            energy=self.energy**style,
            rate_factor=self.rate_factor**style,
            pause_factor=self.pause_factor**style,
            breath=self.breath * style,
            tension=self.tension * style,
            roughness=self.roughness * style,
            tilt_db_per_octave=self.tilt_db_per_octave * style,
            tremble_semitones=self.tremble_semitones * style,
            whisper=self.whisper * style,
            inhale_db=self.inhale_db * style,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """How something is to be said.

    Attributes:
        emotion: a name of `emotions()`.
        style: how much of it, 0 (none) to 1 (as the presets say).
        stability: 1 is flat and even; towards 0 pitch, pace and pauses vary from utterance to
            utterance, as the seed has it.
        pitch_semitones: shift of the melody, -12 to 12.
        pauses: factor on the length of pauses, 0.25 to 4.
        breaths: how loud breath is drawn before sentences, 0 to 1.

    Raises:
        InvalidInput: if there is no such emotion, or a number is out of range.
    """

    emotion: str = "neutral"
    style: float = 1.0
    stability: float = 0.5
    pitch_semitones: float = 0.0
    pauses: float = 1.0
    breaths: float = 0.5

    def __post_init__(self) -> None:
        if self.emotion not in emotions():
            raise InvalidInput(
                f"no emotion is called {self.emotion!r:.80}: it is one of {', '.join(emotions())}"
            )
        for name, value, low, high in (
            ("style", self.style, 0.0, 1.0),
            ("stability", self.stability, 0.0, 1.0),
            ("pitch", self.pitch_semitones, -MAX_PITCH_SEMITONES, MAX_PITCH_SEMITONES),
            ("pauses", self.pauses, 0.25, 4.0),
            ("breaths", self.breaths, 0.0, 1.0),
        ):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not low <= value <= high:
                raise InvalidInput(f"{name} is a number from {low:g} to {high:g}, not {value!r}")

    def preset(self) -> Preset:
        """Returns the emotion's numbers at this style."""
        return emotions()[self.emotion].scaled(self.style)


@functools.cache
def emotions() -> dict[str, Preset]:
    """Returns every emotion by name, at full style."""
    text = (resources.files(__package__) / "emotions.toml").read_text(encoding="utf-8")
    return {name: Preset(**values) for name, values in tomllib.loads(text).items()}
