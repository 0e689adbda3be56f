"""`Delivery`: one performance from its first utterance to its last, part by part and in order."""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.engines.speech.conversation import speaker_times
from menura.engines.speech.emphasis import accent_semitones
from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.inflection import Shade
from menura.engines.speech.expressive.order import map_ahead
from menura.engines.speech.expressive.planning import plan
from menura.engines.speech.expressive.resynthesis import make
from menura.engines.speech.expressive.segments import LONGEST_S
from menura.engines.speech.formant.timing import reached, words
from menura.engines.speech.speaking import said_chars, speak
from menura.errors import InvalidInput
from menura.espeak.utterance import MAX_RATE_WPM, MIN_RATE_WPM, Utterance
from menura.text.script import Mark, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from menura.engines.base import Performance
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.expressive.planning import Plan
    from menura.engines.speech.passage import Passage
    from menura.engines.speech.pieces import Piece
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
        progress: how much of the text is done with it, 0 to 1.
    """

    plan: Plan | None
    index: int
    progress: float

    def samples(self) -> NDArray[np.float32]:
        """Makes it: shape (frames,), float32."""
        if self.plan is None:
            return np.zeros(self.index, np.float32)
        return make(self.plan, self.index)


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
                yield Part(None, length, done / total)
            else:
                passage, chunk = item.passage, item.chunk
                planned = plan(
                    item.rendering,
                    text=chunk.text,
                    language=passage.language,
                    character=Character.of(passage.voice.timbre),
                    expression=self._expression(passage),
                    rng=np.random.default_rng([self.seed, count]),
                    first_s=LONGEST_S if count else FIRST_S,
                    shades=_shades(passage, chunk),
                )
                timed = planned.timed()
                captions += words(timed, chunk, passage, frames)
                for name, time_s in reached(timed, chunk, passage, frames).items():
                    measured.setdefault("marks", {})[name] = time_s
                frames += planned.frames
                count, done = count + 1, done + len(chunk.text)
                for index in range(len(planned.segments)):
                    yield Part(planned, index, done / total)

    def _expression(self, passage: Passage) -> Expression:
        """Returns how a passage is said: as all of it, or as its direction asks."""
        if passage.emotion is None:
            return self.expression
        return dataclasses.replace(self.expression, emotion=passage.emotion)

    def _utterance(self, passage: Passage, chunk: Chunk) -> Utterance:
        timbre = passage.voice.timbre
        return Utterance(
            text=chunk.text,
            phonemes=passage.phonemes(chunk.start_char, chunk.start_char + len(chunk.text)),
            language=passage.language,
            variant=str(timbre["variant"]),
            rate_wpm=rate_wpm(passage.voice, self.speed * _usual_rate(passage, chunk)),
            pitch=int(timbre["pitch"]),
            pitch_range=int(timbre["pitch_range"]),
            end_pause=chunk.pause_after_s > 0,
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


def _pieces(passage: Passage, chunk: Chunk) -> list[Piece]:
    """Returns the pieces that a chunk has a part in."""
    start, stop = chunk.start_char, chunk.start_char + len(chunk.text)
    first = bisect_right(passage.pieces, start, key=lambda piece: piece.stop_char)
    last = bisect_left(passage.pieces, stop, key=lambda piece: piece.start_char)
    return list(passage.pieces[first:last])


def _usual_rate(passage: Passage, chunk: Chunk) -> float:
    """Returns the pace that most of a chunk is to have: espeak-ng keeps one best by itself."""
    chars: dict[float, int] = {}
    for piece in _pieces(passage, chunk):
        chars[piece.style.rate] = chars.get(piece.style.rate, 0) + len(piece.said)
    return max(chars, key=lambda rate: chars[rate], default=1.0)


def _shades(passage: Passage, chunk: Chunk) -> list[Shade]:
    """Returns the manners of a chunk's pieces, against the voice and the chunk's pace."""
    base_hz = float(passage.voice.timbre["base_hz"])
    usual = _usual_rate(passage, chunk)
    return [
        Shade(
            start_char=max(0, piece.start_char - chunk.start_char),
            semitones=12 * math.log2(piece.style.base_hz(base_hz) / base_hz),
            range_factor=piece.style.pitch_range,
            gain=10 ** (piece.style.volume_db / 20),
            rate=piece.style.rate / usual,
            accent_semitones=accent_semitones(piece.style),
        )
        for piece in _pieces(passage, chunk)
    ]


def _made(part: Part) -> tuple[Part, NDArray[np.float32]]:
    return part, part.samples()
