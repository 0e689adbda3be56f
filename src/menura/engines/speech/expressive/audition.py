"""Auditions: a designed voice, heard in a preview."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from menura.audio.loudness import Meter
from menura.engines.speech.design import Design, design, find_preview
from menura.engines.speech.passages import find_voice
from menura.engines.speech.spoken import open_performance, read_items
from menura.errors import InvalidText
from menura.tasks import Speech

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from menura.audio import Audio
    from menura.engines.base import Performance
    from menura.engines.speech.spoken import Items
    from menura.tasks import VoiceDesign
    from menura.voice import Voice

MEASURED = "voice_loudness_lufs"
"""Name of the fact, in a performance, that tells how loud the plain voice is in this preview. The
voice keeps the figure of what it was made from, whatever is said here."""
MAX_PREVIEW_CHARS = 2_000
"""Some two minutes: more than it takes to know a voice by ear."""


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
        InvalidText: if the description is not understood at all, the text is too long for a
            preview, or there is none in its language.
    """
    if len(task.text) > MAX_PREVIEW_CHARS:
        raise InvalidText(
            f"the text of a preview has {len(task.text):,} characters, over the limit of "
            f"{MAX_PREVIEW_CHARS:,}: save the voice, and say the rest with it"
        )
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
    meter = Meter(performance.rate, performance.channels)
    for block in blocks:
        meter.process(block)
        yield block
    loudness = meter.integrated_lufs
    if math.isfinite(loudness):
        performance.measured[MEASURED] = round(loudness, 1)
