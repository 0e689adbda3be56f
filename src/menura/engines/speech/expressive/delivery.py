"""`Delivery`: one performance from its first utterance to its last, part by part and in order."""

from __future__ import annotations

import dataclasses
import itertools
import math
from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from menura.audio import Audio
from menura.engines.speech.emphasis import accent_semitones
from menura.engines.speech.expressive.character import Character
from menura.engines.speech.expressive.inflection import Shade
from menura.engines.speech.expressive.vocoding import Wording, request, timed
from menura.engines.speech.formant.timing import reached, words
from menura.engines.speech.landmarks import Landmarks
from menura.engines.speech.speaking import said_chars, speak
from menura.errors import InvalidInput
from menura.espeak.utterance import MAX_RATE_WPM, MIN_RATE_WPM, Utterance
from menura.text.script import Mark, Pause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.engines.base import Performance
    from menura.engines.crew import Answer, Crew
    from menura.engines.speech.expressive.expression import Expression
    from menura.engines.speech.passage import Passage
    from menura.engines.speech.pieces import Piece
    from menura.engines.speech.speaking import Spoken
    from menura.espeak.pool import Pool
    from menura.text.chunks import Chunk
    from menura.voice import Voice

LEAD_S = 0.02
TAIL_S = 0.08
AHEAD = 3
"""Utterances under way for each worker: with fewer, one waits while another is heard."""

_Said: TypeAlias = "tuple[Spoken, Answer]"


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
    _frames: int = 0
    _done: int = 0
    _total: int = 1

    def blocks(self, pool: Pool, crew: Crew) -> Iterator[Audio]:
        """Yields the sound: the same samples with however many workers.

        Args:
            pool: renders the utterances.
            crew: says them anew.
        """
        sound = Audio.silence(LEAD_S, self.rate)
        yield sound
        landmarks = Landmarks(self.performance, self.rate)
        self._frames, self._done = sound.frames, 0
        self._total = said_chars(self.items)  # once: a text may have thousands of passages
        waiting: deque[tuple[Iterator[Audio], Answer | None]] = deque()
        begun = False
        try:
            for item in self._said(pool, crew):
                answer = item[1] if isinstance(item, tuple) else None
                waiting.append((self._told(item, landmarks), answer))
                if answer is not None and not begun:
                    # A listener waits for the first part: nothing is asked for before it is there.
                    begun = True
                    for sounds, _ in list(waiting)[:-1]:
                        yield from sounds
                    yield from itertools.islice(waiting[-1][0], 1)
                while len(waiting) > AHEAD * crew.workers:
                    yield from waiting[0][0]
                    waiting.popleft()
            while waiting:
                yield from waiting[0][0]
                waiting.popleft()
        finally:
            for _, answer in waiting:
                if answer is not None:
                    answer.close()
        sound = Audio.silence(TAIL_S, self.rate)
        yield sound
        landmarks.finish(self._frames + sound.frames)

    def _told(self, item: _Said | Pause | Mark, landmarks: Landmarks) -> Iterator[Audio]:
        """Yields the sound of one item when it is its turn, and notes what is in it."""
        if isinstance(item, Mark):
            landmarks.reach(item, self._frames)
            return
        if isinstance(item, Pause):
            silence = Audio.silence(item.seconds, self.rate)
            self._frames += silence.frames
            yield silence
            return
        spoken, answer = item
        messages = iter(answer)
        told, _ = next(messages)
        heard = timed(spoken.rendering, told)
        passage, chunk = spoken.passage, spoken.chunk
        self.performance.captions += words(heard, chunk, passage, self._frames)
        landmarks.note(reached(heard, chunk, passage, self._frames))
        self._done += len(chunk.text)
        self.performance.progress = self._done / self._total
        self._frames += int(told["length"])
        for _, samples in messages:
            yield Audio(samples[np.newaxis], self.rate)

    def _said(self, pool: Pool, crew: Crew) -> Iterator[_Said | Pause | Mark]:
        """Yields what is said with the job that says it anew, and pauses and marks."""
        count, resumes = 0, False
        for item in speak(pool, self.items, self._utterance):
            if isinstance(item, Pause | Mark):
                yield item
                continue
            passage, chunk = item.passage, item.chunk
            wording = Wording(
                text=chunk.worded,
                language=passage.language,
                character=Character.of(passage.voice.timbre),
                expression=self._expression(passage),
                shades=_shades(passage, chunk),
                seed=(self.seed, count),
                resumes=resumes,
            )
            count, resumes = count + 1, chunk.breathes
            yield item, crew.submit(request(item.rendering, wording), item.rendering.samples)

    def _expression(self, passage: Passage) -> Expression:
        """Returns how a passage is said: as all of it, or as its direction asks."""
        if passage.emotion is None:
            return self.expression
        return dataclasses.replace(self.expression, emotion=passage.emotion)

    def _utterance(self, passage: Passage, chunk: Chunk) -> Utterance:
        timbre = passage.voice.timbre
        return Utterance(
            text=chunk.worded,
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
