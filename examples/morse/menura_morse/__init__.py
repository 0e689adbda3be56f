"""Morse code: an engine of menura in a package of its own."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.catalog import Card
from menura.engines.base import Performance, expect, reblock
from menura.errors import InvalidText, NotFound
from menura.tasks import Speech, Task
from menura.text.captions import Word
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from menura.settings import Settings

DOT_S = 1 / 15
"""18 words a minute of PARIS, which has 50 dots with the gap behind it."""
TONE_HZ, LEVEL, RAMP_S = 600.0, 0.25, 0.005
LOUDNESS_LUFS = -18.5
"""Measured (tests/test_morse.py): a stream is levelled with it."""
LENGTHS = {".": 1, "-": 3}


def card() -> Card:
    """Returns what the catalog says about the engine."""
    return Card.parse(_read("card.toml"), "morse")


def create(card: Card, settings: Settings) -> Morse:
    """Returns the engine."""
    return Morse(card.rate, settings.max_text_chars)


class Morse:
    """Says a text in Morse code.

    Args:
        rate: frames per second, Hz.
        max_chars: the most characters a text may have.
    """

    def __init__(self, rate: int, max_chars: int) -> None:
        self._rate = rate
        self._max_chars = max_chars
        self._signs: Mapping[str, str] = tomllib.loads(_read("signs.toml"))["signs"]
        key = Voice(name="key", engine="morse", language="en", loudness_lufs=LOUDNESS_LUFS)
        self.voices: Mapping[str, Voice] = {key.name: key}

    def check(self, task: Task) -> Task:
        """Returns the task with its voice and its pauses named.

        Raises:
            InvalidText: if there is nothing in it that can be keyed, or too much.
            NotFound: if it asks for another voice.
        """
        speech = expect(task, Speech)
        if len(speech.text) > self._max_chars:
            raise InvalidText(f"the text has more than {self._max_chars:,} characters: cut it")
        if speech.text.lstrip().startswith("<speak"):
            raise InvalidText("Morse code has no markup: give a plain text")
        if not self._signs.keys() & set(speech.text.casefold()):
            raise InvalidText("nothing in this text has a sign in Morse code")
        if speech.voice not in {None, *self.voices}:
            raise NotFound(f"morse has one voice, key, and none called {speech.voice!r:.80}")
        pauses = 1.0 if speech.pauses is None else speech.pauses
        return dataclasses.replace(speech, voice="key", pauses=pauses)

    def perform(self, task: Task) -> Performance:
        """Returns the keyed text; its blocks are made while they are taken."""
        speech = expect(task, Speech)
        performance = Performance(
            rate=self._rate,
            channels=1,
            blocks=iter(()),
            voices=frozenset({"key"}),
            transcript=speech.text,
            loudness_lufs=LOUDNESS_LUFS,
            understood={"words_per_minute": round(60 / (50 * DOT_S) * speech.speed, 1)},
        )
        lost = sorted(set(speech.text.casefold()) - self._signs.keys() - set(" \t\r\n"))
        if lost:
            performance.ignored.append(f"no sign in Morse code, left out: {' '.join(lost)[:80]}")
        if speech.language or speech.lexicon:
            performance.ignored.append("language and pronunciations: Morse code spells")
        performance.blocks = reblock(self._blocks(speech, performance))
        return performance

    def close(self) -> None:
        """Has nothing to end."""

    def _blocks(self, speech: Speech, performance: Performance) -> Iterator[Audio]:
        """Yields a word at a time, with the gap behind it, and notes when it was heard."""
        dot_s, frames = DOT_S / speech.speed, 0
        gap = speech.pauses or 1.0
        words = list(re.finditer(r"\S+", speech.text))
        for i, found in enumerate(words):
            signs = [self._signs[char] for char in found[0].casefold() if char in self._signs]
            if signs:
                units, heard = self._keyed(signs, gap)
                samples = self._tone(units, dot_s)
                end = frames + round(heard * dot_s * self._rate)
                times = frames / self._rate, end / self._rate
                last = i == len(words) - 1 or found[0].endswith((".", "?"))
                performance.captions.append(Word(found[0], *times, *found.span(), last))
                frames += samples.size
                yield Audio(samples[np.newaxis], self._rate)
            performance.progress = (i + 1) / len(words)

    def _keyed(self, signs: list[str], gap: float) -> tuple[list[float], float]:
        """Returns lengths of tone and silence in turn, in dots, and how long the word is heard."""
        units: list[float] = []
        for sign in signs:
            for part in sign:
                units += [LENGTHS[part], 1]
            units[-1] = 3 * gap
        heard = sum(units[:-1])
        units[-1] = 7 * gap
        return units, heard

    def _tone(self, units: list[float], dot_s: float) -> NDArray[np.float32]:
        """Returns the tone, on and off, with soft edges so that it does not click."""
        ends = np.rint(np.cumsum(units) * dot_s * self._rate).astype(int)
        on = np.repeat(np.arange(len(units)) % 2 == 0, np.diff(ends, prepend=0))
        ramp = np.hanning(2 * round(RAMP_S * self._rate) + 1)
        envelope = np.convolve(on, ramp / ramp.sum())[: on.size]
        wave = np.sin(2 * np.pi * TONE_HZ / self._rate * np.arange(on.size))
        return np.asarray(LEVEL * envelope * wave, np.float32)


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
