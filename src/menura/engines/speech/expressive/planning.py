"""`Plan`: how one rendering will be said, before a sample of it is made."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.pitch import track_pitch
from menura.engines.speech.expressive.intonation import intone
from menura.engines.speech.expressive.manner import settle
from menura.engines.speech.expressive.pacing import pace
from menura.engines.speech.expressive.phones import read_phones
from menura.engines.speech.expressive.segments import LONGEST_S, segment
from menura.espeak.utterance import Rendering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.speech.expressive.character import Character
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.intonation import Contour
    from menura.engines.speech.expressive.manner import Manner
    from menura.engines.speech.expressive.pacing import TimeMap
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
        wander: semitones of a slow random movement, one every WANDER_S of the rendering.
        middle_hz: median pitch of the rendering; 0 if it has no voice.
        tracked: shape (rows,), bool: where a voice was found in the rendering.
        times: from its frames to the new ones, both at its rate.
        segments: its parts.
        seeds: one for each part.
    """

    rendering: Rendering
    phones: Phones
    manner: Manner
    contour: Contour
    wander: NDArray[np.float64]
    middle_hz: float
    tracked: NDArray[np.bool_]
    times: TimeMap
    segments: list[Segment]
    seeds: list[np.random.SeedSequence]

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

    def timed(self) -> Rendering:
        """Returns the rendering with its events at their new times, and silence for samples.

        It has the new length: enough for captions, before anything is made.
        """
        events = (dataclasses.replace(e, frame=self.moved(e.frame)) for e in self.rendering.events)
        silence = np.broadcast_to(np.float32(0), (self.frames,))
        return Rendering(silence, self.rate, tuple(events))


def plan(
    rendering: Rendering,
    *,
    text: str,
    language: str,
    character: Character,
    expression: Expression,
    rng: np.random.Generator,
    first_s: float = LONGEST_S,
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
    return Plan(
        rendering=rendering,
        phones=phones,
        manner=manner,
        contour=intone(rendering, phones, text, language),
        wander=wander,
        middle_hz=float(np.median(pitch[voiced])) if voiced.any() else 0.0,
        tracked=voiced,
        times=pace(phones, samples.size, pace=manner.pace, pause=manner.pause),
        segments=segments,
        seeds=np.random.SeedSequence(int(rng.integers(2**63))).spawn(len(segments)),
    )


def _pitch(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Returns the pitch of a whole rendering, Hz, 0 without a voice, fast and roughly."""
    if not samples.size:
        return np.zeros(1)
    return track_pitch(np.ascontiguousarray(samples[::_MEDIAN_STEP]), rate // _MEDIAN_STEP)
