"""`Delivery`: one performance from its first utterance to its last, part by part and in order."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.engines.speech.conversation import speaker_times
from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.order import map_ahead
from menura.engines.speech.expressive.planning import plan
from menura.engines.speech.expressive.resynthesis import make
from menura.engines.speech.expressive.segments import LONGEST_S
from menura.engines.speech.formant.timing import words
from menura.engines.speech.speaking import said_chars, speak
from menura.errors import InvalidInput
from menura.espeak.utterance import MAX_RATE_WPM, MIN_RATE_WPM, Utterance
from menura.text.alphabets import to_espeak
from menura.text.script import Mark, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from menura.engines.base import Performance
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.planning import Plan
    from menura.engines.speech.passages import Passage
    from menura.espeak.pool import Pool
    from menura.text.chunks import Chunk
    from menura.voice import Voice

LEAD_S = 0.02
TAIL_S = 0.08
FIRST_S = 0.8
"""How long the first part of a performance should be at most: it is what a listener waits for."""
AHEAD = 4
"""Parts made ahead: with four of 2.5 s, two threads never wait, and memory stays flat."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A piece of the performance that is still to be made.

    Attributes:
        plan: of its utterance; None for a silence.
        index: which segment of the plan, or how many frames of silence.
        volume_db: level change.
        progress: how much of the text is done with it, 0 to 1.
    """

    plan: Plan | None
    index: int
    volume_db: float
    progress: float

    def samples(self) -> NDArray[np.float32]:
        """Makes it: shape (frames,), float32."""
        if self.plan is None:
            return np.zeros(self.index, np.float32)
        return make(self.plan, self.index) * np.float32(10 ** (self.volume_db / 20))


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """What is to be said, and how.

    Attributes:
        items: the text.
        speed: factor on every voice's pace.
        expression: of all of it.
        seed: of all that chance decides.
        rate: Hz.
        performance: gets captions, progress and measures while the blocks are taken.
    """

    items: Sequence[Passage | Pause | Mark]
    speed: float
    expression: Expression
    seed: int
    rate: int
    performance: Performance

    def blocks(self, pool: Pool, threads: Callable[[], Executor | None]) -> Iterator[Audio]:
        """Yields the sound. The samples are the same with and without threads.

        Args:
            pool: renders the utterances.
            threads: gives what makes parts ahead, or None; asked once the first part is made.
        """
        yield Audio.silence(LEAD_S, self.rate)
        parts = self._parts(pool)
        # Nothing may compete with the first part, which a listener waits for.
        first = next(parts, None)
        if first is not None:
            yield self._heard(first, first.samples())
            executor = threads()
            if executor is None:
                for part in parts:
                    yield self._heard(part, part.samples())
            else:
                for part, samples in map_ahead(executor, _made, parts, AHEAD):
                    yield self._heard(part, samples)
        yield Audio.silence(TAIL_S, self.rate)
        captions = self.performance.captions
        self.performance.measured["words"] = len(captions)
        if any(word.speaker for word in captions):
            self.performance.measured["turns"] = speaker_times(captions)

    def _heard(self, part: Part, samples: NDArray[np.float32]) -> Audio:
        self.performance.progress = part.progress
        return Audio(samples[np.newaxis], self.rate)

    def _parts(self, pool: Pool) -> Iterator[Part]:
        """Yields all parts in order, and fills in the captions of each utterance before them."""
        measured, captions = self.performance.measured, self.performance.captions
        total, done = said_chars(self.items), 0
        frames, count = round(LEAD_S * self.rate), 0
        for item in speak(pool, self.items, self._utterance):
            if isinstance(item, Mark):
                measured.setdefault("marks", {})[item.name] = round(frames / self.rate, 4)
            elif isinstance(item, Pause):
                length = round(item.seconds * self.rate)
                frames += length
                yield Part(None, length, 0.0, done / total)
            else:
                planned = plan(
                    item.rendering,
                    text=item.chunk.text,
                    language=item.passage.language,
                    character=_character(item.passage),
                    expression=self.expression,
                    rng=np.random.default_rng([self.seed, count]),
                    first_s=LONGEST_S if count else FIRST_S,
                )
                captions += words(planned.timed(), item.chunk, item.passage, frames)
                frames += planned.frames
                count, done = count + 1, done + len(item.chunk.text)
                for index in range(len(planned.segments)):
                    yield Part(planned, index, item.passage.style.volume_db, done / total)

    def _utterance(self, passage: Passage, chunk: Chunk) -> Utterance:
        timbre, phonemes = passage.voice.timbre, passage.style.phonemes
        text = chunk.text if phonemes is None else to_espeak(phonemes, passage.language).text
        return Utterance(
            text=text,
            language=passage.language,
            variant=str(timbre["variant"]),
            rate_wpm=rate_wpm(passage.voice, self.speed * passage.style.rate),
            pitch=int(timbre["pitch"]),
            pitch_range=int(timbre["pitch_range"]),
            end_pause=chunk.pause_after_s > 0,
            phonemes_input=phonemes is not None,
        )


def rate_wpm(voice: Voice, speed: float) -> int:
    """Returns the pace in words per minute.

    Raises:
        InvalidInput: if the synthesiser cannot keep it.
    """
    usual = float(voice.timbre["rate_wpm"])
    rate = round(usual * speed)
    if not MIN_RATE_WPM <= rate <= MAX_RATE_WPM:
        low, high = MIN_RATE_WPM / usual, MAX_RATE_WPM / usual
        raise InvalidInput(f"{voice.name} speaks at speeds {low:.2f} to {high:.2f}, not {speed:g}")
    return rate


def _character(passage: Passage) -> Character:
    """Returns the voice's character as the passage's style bends it."""
    character, style = Character.of(passage.voice.timbre), passage.style
    base_hz = float(passage.voice.timbre["base_hz"])
    shift = 12 * math.log2(style.base_hz(base_hz) / base_hz)
    return dataclasses.replace(
        character,
        pitch_semitones=character.pitch_semitones + shift,
        range_factor=character.range_factor * style.pitch_range,
    )


def _made(part: Part) -> tuple[Part, NDArray[np.float32]]:
    return part, part.samples()
