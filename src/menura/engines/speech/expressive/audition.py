"""Auditions: a designed voice, heard in a preview."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.audio.loudness import measure
from menura.engines.speech.design import Design, design, find_preview
from menura.engines.speech.passages import find_voice
from menura.engines.speech.spoken import open_performance, read_items
from menura.tasks import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from menura.engines.base import Performance
    from menura.engines.speech.spoken import Items
    from menura.tasks import VoiceDesign
    from menura.voice import Voice

MEASURED = "voice_loudness_lufs"
"""Name of the fact, in a performance, that tells how loud the plain voice is."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Audition:
    """A designed voice and what it is to say.

    Attributes:
        design: the voice, and how its description was read.
        speech: what it says.
        items: the same, read.
    """

    design: Design
    speech: Speech
    items: Items

    def open(self, rate: int, voices: Mapping[str, Voice]) -> Performance:
        """Returns its performance, without blocks yet.

        Args:
            rate: Hz.
            voices: the engine's.
        """
        made, name = self.design, self.design.voice.name
        known = {**voices, name: made.voice}
        performance = open_performance(self.speech, self.items, known, rate)
        # The new voice has no consent of its own to ask for: what it was made from has.
        performance.voices = (performance.voices - {name}) | {made.source.name}
        performance.understood |= {**made.understood, "voice_id": name}
        performance.ignored += [f"not understood: {word}" for word in made.unknown]
        performance.ignored += made.notes
        return performance


def settle_design(task: VoiceDesign, voices: Mapping[str, Voice]) -> VoiceDesign:
    """Returns the task with its text and language named, and the voice it remixes by its id.

    Raises:
        NotFound: if there is no such voice or language.
        InvalidText: if the description is not understood at all, or there is no text for a
            preview in its language.
    """
    made = make(task, voices)
    base = None if task.voice is None else find_voice(voices, task.voice)
    return dataclasses.replace(
        task,
        voice=None if base is None else base.id or base.name,
        language=made.voice.language,
        text=task.text if task.text.strip() else find_preview(made.voice.language),
    )


def make(task: VoiceDesign, voices: Mapping[str, Voice]) -> Design:
    """Returns the design that a task asks for.

    Raises:
        NotFound, InvalidText: as `settle_design`.
    """
    return design(
        task.description,
        voices,
        base=None if task.voice is None else find_voice(voices, task.voice),
        language=task.language,
        variation=task.variation,
    )


def audition(task: VoiceDesign, voices: Mapping[str, Voice], max_chars: int) -> Audition:
    """Returns what a settled task lets us hear.

    Raises:
        NotFound, InvalidText: as `settle_design`, or if the text cannot be spoken.
    """
    made = make(task, voices)
    speech = Speech(task.text, voice=made.voice.name, language=task.language, seed=task.seed)
    known = {**voices, made.voice.name: made.voice}
    return Audition(design=made, speech=speech, items=read_items(speech, known, max_chars))


def measured(blocks: Iterable[Audio], performance: Performance) -> Iterator[Audio]:
    """Yields the blocks; after the last one the performance knows how loud the voice is."""
    heard = []
    for block in blocks:
        heard.append(block.samples)
        yield block
    whole = Audio(np.concatenate(heard, axis=1), performance.rate)
    loudness = measure(whole).integrated_lufs
    if np.isfinite(loudness):
        performance.measured[MEASURED] = round(loudness, 1)
