"""`Plan`: how one rendering will be said, before a sample of it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.pitch import track_pitch
from menura.engines.speech.expressive.breaths import plan_breaths
from menura.engines.speech.expressive.clauses import read_clauses
from menura.engines.speech.expressive.inflection import inflect
from menura.engines.speech.expressive.intonation import intone
from menura.engines.speech.expressive.manner import settle
from menura.engines.speech.expressive.pacing import pace
from menura.engines.speech.expressive.phonation import phonate
from menura.engines.speech.expressive.phones import read_phones
from menura.engines.speech.expressive.segments import LONGEST_S, segment
from menura.espeak.utterance import Rendering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from menura.engines.speech.expressive.breaths import Breath
    from menura.engines.speech.expressive.character import Character
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.inflection import Inflection, Shade
    from menura.engines.speech.expressive.intonation import Contour
    from menura.engines.speech.expressive.manner import Manner
    from menura.engines.speech.expressive.pacing import TimeMap
    from menura.engines.speech.expressive.phonation import Phonation
    from menura.engines.speech.expressive.phones import Phones
    from menura.engines.speech.expressive.segments import Segment

OVERSAMPLING = 2
"""espeak-ng works at 22,050 Hz, the result has 44,100."""
WANDER_S = 0.3
_MEDIAN_STEP = 2  # every second sample does for a median of the pitch, in half the time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """How one rendering will be said: all that is known before a sample of it is made.

    Attributes:
        rendering: what espeak-ng said.
        phones: its sounds.
        manner: how it is said.
        contour: what is laid over its melody.
        inflection: what markup changes from word to word.
        phonation: how the glottis works along it.
        level: root mean square of what sounds in it.
        wander: semitones of a slow random movement, one every WANDER_S of the rendering.
        middle_hz: median pitch of the rendering; 0 if it has no voice.
        tracked: shape (rows,), bool: where a voice was found in the rendering.
        times: from its frames to the new ones, both at its rate.
        segments: its parts.
        seeds: one for each part.
        breaths: index of a silent part -> the breath that is drawn in it.
    """

    rendering: Rendering
    phones: Phones
    manner: Manner
    contour: Contour
    inflection: Inflection
    phonation: Phonation
    level: float
    wander: NDArray[np.float64]
    middle_hz: float
    tracked: NDArray[np.bool_]
    times: TimeMap
    segments: list[Segment]
    seeds: list[np.random.SeedSequence]
    breaths: dict[int, Breath]

    @property
    def rate(self) -> int:
        """Frames per second of what is made, Hz."""
        return OVERSAMPLING * self.rendering.rate

    @property
    def frames(self) -> int:
        """Length of what is made."""
        return self.moved(self.rendering.samples.size)

    def moved(self, frame: int) -> int:
        """Returns where a frame of the rendering is heard in what is made."""
        return OVERSAMPLING * self.times.forward(frame)

    def gain(self, start: int, stop: int) -> NDArray[np.float32]:
        """Returns the factor of the amplitude of what is made, shape (stop - start,), float32."""
        frames = self.times.backward(np.arange(start, stop) / OVERSAMPLING)
        return (self.manner.gain * self.inflection.gain(frames)).astype(np.float32)


def plan(
    rendering: Rendering,
    *,
    text: str,
    language: str,
    character: Character,
    expression: Expression,
    rng: np.random.Generator,
    first_s: float = LONGEST_S,
    shades: Sequence[Shade] = (),
    resumes: bool = False,
) -> Plan:
    """Returns how a rendering will be said; its parts can then be made in any order.

    Args:
        rendering: of espeak-ng, with its events.
        text: what it says.
        language: its tag.
        character: the voice's.
        expression: what was asked.
        rng: draws all that chance decides; it is advanced.
        first_s: how long the first part that sounds should be at most.
        shades: what markup asks of the words, in the order of the text.
        resumes: whether it goes on in a sentence that was begun before.

    Raises:
        InvalidAudio: if the samples are no mono float32 numbers.
    """
    samples, rate = rendering.samples, rendering.rate
    manner = settle(character, expression, rng)
    knots = math.ceil(samples.size / rate / WANDER_S) + 2
    wander = rng.standard_normal(knots)
    phones = read_phones(rendering) if samples.size else None
    if phones is None:
        phones = read_phones(Rendering(np.zeros(1, np.float32), rate, ()))
    segments = segment(samples, rate, first_s=first_s)
    pitch = _pitch(samples, rate)
    voiced = pitch > 0
    clauses = read_clauses(rendering, phones, text, language)
    inflection = inflect(rendering, phones, shades)
    speed = inflection.pace(phones.start_frame)
    times = pace(phones, samples.size, pace=manner.pace, pause=manner.pause, speed=speed)
    seeds = np.random.SeedSequence(int(rng.integers(2**63))).spawn(len(segments))
    breaths: dict[int, Breath] = {}
    if manner.inhale:
        breaths, times = plan_breaths(segments, times, rate, rng)
    return Plan(
        rendering=rendering,
        phones=phones,
        manner=manner,
        contour=intone(rendering, phones, clauses, text=text, language=language, resumes=resumes),
        inflection=inflection,
        phonation=phonate(phones, clauses),
        level=_level(samples, segments),
        wander=wander,
        middle_hz=float(np.median(pitch[voiced])) if voiced.any() else 0.0,
        tracked=voiced,
        times=times,
        segments=segments,
        seeds=seeds,
        breaths=breaths,
    )


def _level(samples: NDArray[np.float32], segments: list[Segment]) -> float:
    """Returns the root mean square of what sounds, 0 if nothing does."""
    sounding = [samples[part.start : part.stop] for part in segments if not part.silent]
    frames = sum(part.size for part in sounding)
    return math.sqrt(sum(float(np.dot(part, part)) for part in sounding) / max(frames, 1))


def _pitch(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Returns the pitch of a whole rendering, Hz, 0 without a voice, fast and roughly."""
    if not samples.size:
        return np.zeros(1)
    return track_pitch(np.ascontiguousarray(samples[::_MEDIAN_STEP]), rate // _MEDIAN_STEP)
