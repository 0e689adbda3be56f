"""The formant engine: checks a text, has it spoken chunk by chunk, and times its words."""

from __future__ import annotations

import functools
import math
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.edit import fade
from menura.engines.base import Performance, reblock
from menura.engines.speech.formant.timing import reached, words
from menura.engines.speech.landmarks import Landmarks
from menura.engines.speech.passage import Passage
from menura.engines.speech.speaking import check_audible, said_chars, speak
from menura.engines.speech.spoken import expect_spoken, open_performance, read_items, settle
from menura.errors import InvalidInput
from menura.espeak.pool import Pool
from menura.espeak.utterance import MAX_RATE_WPM, MIN_RATE_WPM, Utterance
from menura.text.script import Mark, Pause
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.catalog import Card
    from menura.engines.speech.spoken import Items
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.text.chunks import Chunk
    from menura.text.prosody import Style

DEFAULT_VOICE = "plain-nora"
LEAD_S = 0.02
TAIL_S = 0.08
SEMITONES_PER_PITCH = 0.155
"""What one step of espeak-ng's 0 to 100 changes, as measured on two of its voices."""
FADE_S = 0.002
"""Silence before and after, and the fade at the edges of each utterance: the synthesiser starts
and stops mid-wave, up to 0.15 of full scale within a millisecond."""


def create(card: Card, settings: Settings) -> Formant:
    """Returns the engine; its worker processes start with the first utterance."""
    return Formant(card, settings)


class Formant:
    """Speaks any text in any language of espeak-ng."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._rate = card.rate
        self._max_chars = settings.max_text_chars
        self._pool = Pool(settings.workers)
        self.voices: Mapping[str, Voice] = _read_voices(card.name)
        self._checked: tuple[Task, Items] | None = None

    def check(self, task: Task) -> Task:
        """Returns the task with its voices and language named.

        Raises:
            NotFound: if there is no such voice or language.
            InvalidInput: if the speed is beyond what a voice can do.
            InvalidText: if the text cannot be spoken, or not in this language.
        """
        settled, items = settle(task, self.voices, DEFAULT_VOICE, self._max_chars)
        check_audible(self._pool, items)
        for item in items:
            if isinstance(item, Passage):
                for rate in {piece.style.rate for piece in item.pieces}:
                    _rate_wpm(item.voice, settled.speed * rate)
        # A long text takes seconds to read, and `perform` is called next, as a rule. What is made
        # must follow from the settled task alone: with rules left out, it is read again.
        self._checked = (settled, items) if settled.lexicon == expect_spoken(task).lexicon else None
        return settled

    def perform(self, task: Task) -> Performance:
        """Returns the spoken text; its blocks come as the chunks are made."""
        spoken = expect_spoken(task)
        checked, self._checked = self._checked, None
        if checked is not None and checked[0] is task:
            items = checked[1]
        else:
            items = read_items(spoken, self.voices, self._max_chars)
        performance = open_performance(spoken, items, self.voices, self._rate)
        performance.blocks = reblock(self._speak(spoken.speed, items, performance))
        return performance

    def close(self) -> None:
        """Ends the worker processes."""
        self._pool.close()

    def _speak(
        self, speed: float, items: Sequence[Passage | Pause | Mark], performance: Performance
    ) -> Iterator[Audio]:
        landmarks = Landmarks(performance, self._rate)
        total, done = said_chars(items), 0
        sound = Audio.silence(LEAD_S, self._rate)
        frames = sound.frames
        yield sound
        for item in speak(self._pool, items, functools.partial(_utterance, speed), apart=True):
            if isinstance(item, Mark):
                landmarks.reach(item, frames)
                continue
            if isinstance(item, Pause):
                sound = Audio.silence(item.seconds, self._rate)
            else:
                rendering, chunk, passage = item.rendering, item.chunk, item.passage
                performance.captions += words(rendering, chunk, passage, frames)
                landmarks.note(reached(rendering, chunk, passage, frames))
                done += len(item.chunk.text)
                performance.progress = done / total
                sound = Audio(item.rendering.samples[np.newaxis], self._rate)
                edge_s = min(FADE_S, sound.duration_s / 2)
                sound = fade(sound.scaled(_style(passage, chunk).volume_db), edge_s, edge_s)
            frames += sound.frames
            yield sound
        sound = Audio.silence(TAIL_S, self._rate)
        yield sound
        landmarks.finish(frames + sound.frames)


def _style(passage: Passage, chunk: Chunk) -> Style:
    """Returns the manner of a chunk that is all said in one."""
    first = len(chunk.text) - len(chunk.text.lstrip())
    return passage.piece_at(chunk.start_char + first).style


def _utterance(speed: float, passage: Passage, chunk: Chunk) -> Utterance:
    voice, style = passage.voice, _style(passage, chunk)
    base_hz = float(voice.timbre["base_hz"])
    asked_hz = style.base_hz(base_hz)
    units = 12 * math.log2(max(asked_hz, 1.0) / base_hz) / SEMITONES_PER_PITCH
    return Utterance(
        text=chunk.worded,
        phonemes=passage.phonemes(chunk.start_char, chunk.start_char + len(chunk.text)),
        language=passage.language,
        variant=str(voice.timbre["variant"]),
        rate_wpm=_rate_wpm(voice, speed * style.rate),
        pitch=min(100, max(0, round(float(voice.timbre["pitch"]) + units))),
        pitch_range=min(100, max(0, round(float(voice.timbre["pitch_range"]) * style.pitch_range))),
        end_pause=chunk.pause_after_s > 0,
    )


def _rate_wpm(voice: Voice, speed: float) -> int:
    """Returns the pace in words per minute, if the synthesiser can keep it."""
    usual = float(voice.timbre["rate_wpm"])
    rate = round(usual * speed)
    if not MIN_RATE_WPM <= rate <= MAX_RATE_WPM:
        low, high = MIN_RATE_WPM / usual, MAX_RATE_WPM / usual
        raise InvalidInput(f"{voice.name} speaks at speeds {low:.2f} to {high:.2f}, not {speed:g}")
    return rate


def _read_voices(engine: str) -> dict[str, Voice]:
    text = (resources.files(__package__) / "voices.toml").read_text(encoding="utf-8")
    return {
        name: Voice(name=name, engine=engine, **values)
        for name, values in tomllib.loads(text).items()
    }
