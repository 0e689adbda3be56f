"""The expressive engine: checks a text, and says it with voices and emotions of a vocoder."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from menura.archive import DATABASE, Archive, VoiceShelf
from menura.engines.base import Performance, reblock
from menura.engines.crew import Crew
from menura.engines.speech.expressive.audition import audition, make, measured, settle_design
from menura.engines.speech.expressive.character import read_voices
from menura.engines.speech.expressive.delivery import Delivery, rate_wpm
from menura.engines.speech.expressive.expression import Expression, emotions
from menura.engines.speech.expressive.lineup import line_up
from menura.engines.speech.passage import Passage
from menura.engines.speech.speaking import check_audible
from menura.engines.speech.spoken import expect_spoken, open_performance, read_items, settle
from menura.espeak.pool import Pool
from menura.tasks import VoiceDesign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card
    from menura.engines.speech.spoken import Items, SpokenTask
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

DEFAULT_VOICE = "nora"
CREW = "menura.engines.speech.expressive.vocoding"


def create(card: Card, settings: Settings) -> Expressive:
    """Returns the engine; its processes start with the first utterance."""
    return Expressive(card, settings)


class Expressive:
    """Speaks any text in any language of espeak-ng, with emotions and voices of a vocoder."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._rate = card.rate
        self._max_chars = settings.max_text_chars
        self._pool = Pool(settings.workers)
        self._crew = Crew(CREW, settings.workers)
        self._name = card.name
        self._own = read_voices(card.name)
        self._shelf = VoiceShelf(Archive(settings.home / DATABASE))

    @property
    def voices(self) -> Mapping[str, Voice]:
        """The engine's own voices, and those that were designed and kept, as they are now."""
        return line_up(self._own, self._shelf, self._name)

    def check(self, task: Task) -> Task:
        """Returns the task with its voices and language named.

        Raises:
            NotFound: if there is no such voice or language.
            InvalidInput: if speed, emotion, style, stability or pitch is out of range.
            InvalidText: if the text cannot be spoken, or not in this language.
        """
        voices = self.voices
        self._crew.prepare()
        if isinstance(task, VoiceDesign):
            design = settle_design(task, voices)
            check_pace(audition(design, voices, self._max_chars).items, 1.0)
            return design
        settled, items = settle(task, voices, DEFAULT_VOICE, self._max_chars)
        check_audible(self._pool, items)
        read_expression(settled)
        check_pace(items, settled.speed)
        return settled

    def perform(self, task: Task) -> Performance:
        """Returns the spoken text; its blocks come as the parts are made."""
        voices = self.voices
        if isinstance(task, VoiceDesign):
            return self._preview(task, voices)
        asked = expect_spoken(task)
        items = read_items(asked, voices, self._max_chars)
        expression = read_expression(asked)
        performance = open_performance(asked, items, voices, self._rate, emotions())
        performance.understood |= dataclasses.asdict(expression)
        performance.intended_db = 20 * math.log10(expression.preset().energy)
        delivery = Delivery(
            items=items,
            speed=asked.speed,
            expression=expression,
            seed=asked.seed or 0,
            rate=self._rate,
            performance=performance,
        )
        performance.blocks = reblock(delivery.blocks(self._pool, self._crew))
        return performance

    def design(self, task: VoiceDesign) -> Voice:
        """Returns the voice that a task designs, without a sound of it.

        Raises:
            NotFound, InvalidText: as `check`.
        """
        return make(task, self.voices).voice

    def _preview(self, task: VoiceDesign, voices: Mapping[str, Voice]) -> Performance:
        heard = audition(task, voices, self._max_chars)
        performance = heard.open(self._rate, voices)
        delivery = Delivery(
            items=heard.items,
            speed=1.0,
            expression=Expression(),
            seed=task.seed or 0,
            rate=self._rate,
            performance=performance,
        )
        blocks = reblock(delivery.blocks(self._pool, self._crew))
        performance.blocks = measured(blocks, performance)
        return performance

    def close(self) -> None:
        """Ends the worker processes."""
        self._pool.close()
        self._crew.close()


def check_pace(items: Items, speed: float) -> None:
    """Refuses a text that no synthesiser could keep up with, wherever in it that is asked.

    Args:
        items: the text.
        speed: factor on every voice's pace.

    Raises:
        InvalidInput: if a voice cannot speak as fast or slow as a passage asks.
    """
    for item in items:
        if isinstance(item, Passage):
            for rate in {piece.style.rate for piece in item.pieces}:
                rate_wpm(item.voice, speed * rate)


def read_expression(task: SpokenTask) -> Expression:
    """Returns how a task is to be said; what it leaves open is the default.

    Raises:
        InvalidInput: if it asks for an emotion that does not exist, or a number out of range.
    """
    asked: dict[str, Any] = {
        "emotion": getattr(task, "emotion", None),
        "style": getattr(task, "style", None),
        "stability": getattr(task, "stability", None),
        "pitch_semitones": getattr(task, "pitch", None),
        "pauses": getattr(task, "pauses", None),
        "breaths": getattr(task, "breaths", None),
    }
    return Expression(**{name: value for name, value in asked.items() if value is not None})
