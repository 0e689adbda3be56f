"""An engine of another package, as the entry point group would bring it: plain tones."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.engines.base import Performance, expect, reblock
from menura.tasks import Part, Speech
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE = 24_000

CARD = """
title = "Tones"
version = "3"
tasks = ["speech"]
varies = true
preference = 1
controls = []
engine = "tones"
family = "built-in"
source = "algorithmic"
how = "sines"
data = "none"
limits = "no words"
languages = "none"
rate = 24000
loudness_lufs = -16.0
profile = "music"
memory_mb = 1
sources = []
[licences]
code = "Apache-2.0"
weights = "none"
data = "none"
commercial = true
"""


class Tones:
    """Plays as long as its text, one tone a character; some texts make it misbehave."""

    voices = {
        "robot": Voice(name="robot", engine="tones", language="en"),
        "ann": Voice(name="ann", engine="tones", language="en", origin="human"),
        "bob": Voice(name="bob", engine="tones", language="en", origin="human", consent="c1"),
    }

    def check(self, task):
        speech = expect(task, Speech)
        if "unsettled" in speech.text or speech.voice == "ANN":
            return speech
        if "exits" in speech.text:
            raise SystemExit(0)
        if "raises" in speech.text:
            raise KeyError("oops")
        return dataclasses.replace(speech, voice=speech.voice or "robot")

    def perform(self, task) -> Performance:
        text = expect(task, Speech).text
        performance = Performance(rate=RATE, channels=2, blocks=iter(()))
        performance.blocks = reblock(self._blocks(text, performance))
        performance.understood = {"tones": len(text)}
        performance.ignored = ["words"]
        if "secretly" in text:
            performance.voices = frozenset({"robot", "ann"})
        if "part" in text:
            performance.parts = (Part(Speech("and a voice"), start_s=0.5, name="voice"),)
        return performance

    def _blocks(self, text: str, performance: Performance) -> Iterator[Audio]:
        if "nothing" in text:
            return
        stems: dict[str, list] = {"low": [], "high": []}
        rng = np.random.default_rng(0)
        for i, char in enumerate(text):
            if "break" in text and i == 3:
                raise RuntimeError("a string snapped")
            t = np.arange(RATE // 4) / RATE
            low = 0.2 * np.sin(2 * np.pi * (200 + ord(char)) * t)
            low[t.size // 2] += 3.0 if "loud" in text else 0.0
            high = 0.1 * rng.standard_normal(t.size)
            stems["low"].append(np.stack([low, low]).astype(np.float32))
            stems["high"].append(np.stack([high, -high]).astype(np.float32))
            if "shape" in text and i == 3:
                yield Audio(stems["low"][-1][:1], RATE)
            if "nan" in text and i == 3:
                stems["low"][-1][0, 7] = np.nan
            yield Audio(stems["low"][-1] + stems["high"][-1], RATE)
        if "stems" in text:
            performance.stems = {
                name: Audio(np.concatenate(pieces, axis=1), RATE) for name, pieces in stems.items()
            }
        performance.score = b"MThd"

    def close(self) -> None:
        pass
