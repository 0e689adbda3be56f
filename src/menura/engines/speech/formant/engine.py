"""The formant engine: checks a text, has it spoken chunk by chunk, and times its words."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections import deque
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.edit import fade
from menura.engines.base import Performance, expect, reblock
from menura.engines.speech.formant.timing import words
from menura.errors import InvalidInput, InvalidText, NotFound
from menura.espeak import languages
from menura.espeak.pool import Pool
from menura.espeak.utterance import MAX_RATE_WPM, MIN_RATE_WPM, Utterance
from menura.tasks import Speech
from menura.text.chunks import chunks
from menura.text.reading import read
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.catalog import Card
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.text.chunks import Chunk
    from menura.text.reading import Reading

DEFAULT_VOICE = "nora"
LEAD_S = 0.02
TAIL_S = 0.08
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

    def check(self, task: Task) -> Speech:
        """Returns the task with its voice and language named.

        Raises:
            NotFound: if there is no such voice or language.
            InvalidInput: if the speed is beyond what the voice can do.
            InvalidText: if the text cannot be spoken, or not in this language.
        """
        speech = expect(task, Speech)
        voice = self._voice(speech.voice)
        language = languages.find(speech.language or voice.language)
        _rate_wpm(voice, speech.speed)
        reading = read(speech.text, language.tag, self._max_chars)
        unreadable = languages.unreadable(reading.said, language.tag)
        if unreadable and language.tag == "ja":
            raise InvalidText(
                f"the built-in voice reads kana only, and this text has kanji ({unreadable[:8]}): "
                "write it in kana, or install the `ja` extra: pip install 'menura[ja]'"
            )
        if unreadable and not any(c.isalnum() and c not in unreadable for c in reading.said):
            raise InvalidText(
                f"{language.name} cannot read this script ({unreadable[:8]}): name the language "
                "of the text"
            )
        return dataclasses.replace(speech, voice=voice.name, language=language.tag)

    def perform(self, task: Task) -> Performance:
        """Returns the spoken text; its blocks come as the chunks are made."""
        speech = expect(task, Speech)
        voice = self._voice(speech.voice)
        reading = read(speech.text, str(speech.language), self._max_chars)
        performance = Performance(
            rate=self._rate, channels=1, blocks=iter(()), loudness_lufs=voice.loudness_lufs
        )
        performance.understood = {
            "voice": voice.name,
            "language": speech.language,
            "rate_wpm": _rate_wpm(voice, speech.speed),
        }
        dropped = reading.cleaned.dropped
        performance.ignored += [f"not speakable, left out: {name}" for name in dropped]
        if unreadable := languages.unreadable(reading.said, str(speech.language)):
            performance.ignored.append(
                f"letters that {speech.language} cannot read, only spell: {unreadable[:40]}"
            )
        performance.blocks = reblock(self._speak(speech, voice, reading, performance))
        return performance

    def close(self) -> None:
        """Ends the worker processes."""
        self._pool.close()

    def _voice(self, name: str | None) -> Voice:
        wanted = DEFAULT_VOICE if name is None else name
        try:
            return self.voices[wanted]
        except KeyError:
            near = difflib.get_close_matches(wanted, self.voices, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "see `menura voices`"
            raise NotFound(f"no voice is called {wanted!r:.80}; {hint}") from None

    def _speak(
        self, speech: Speech, voice: Voice, reading: Reading, performance: Performance
    ) -> Iterator[Audio]:
        said: deque[Chunk] = deque()

        def utterances() -> Iterator[Utterance]:
            for chunk in chunks(reading.said):
                said.append(chunk)
                yield _utterance(chunk, speech, voice)

        yield Audio.silence(LEAD_S, self._rate)
        frames = round(LEAD_S * self._rate)
        for rendering in self._pool.speak_many(utterances()):
            chunk = said.popleft()
            performance.captions += words(rendering, chunk, reading, frames)
            performance.progress = (chunk.start_char + len(chunk.text)) / len(reading.said)
            spoken = Audio(rendering.samples[np.newaxis], self._rate)
            frames += spoken.frames
            edge_s = min(FADE_S, spoken.duration_s / 2)
            yield fade(spoken, edge_s, edge_s)
        yield Audio.silence(TAIL_S, self._rate)
        performance.measured["words"] = len(performance.captions)


def _utterance(chunk: Chunk, speech: Speech, voice: Voice) -> Utterance:
    return Utterance(
        text=chunk.text,
        language=str(speech.language),
        variant=str(voice.timbre["variant"]),
        rate_wpm=_rate_wpm(voice, speech.speed),
        pitch=int(voice.timbre["pitch"]),
        pitch_range=int(voice.timbre["pitch_range"]),
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
