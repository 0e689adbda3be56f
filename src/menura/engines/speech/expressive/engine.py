"""The expressive engine: checks a text, and says it with voices and emotions of a vocoder."""

from __future__ import annotations

import dataclasses
import os
import threading
from typing import TYPE_CHECKING, Any

from menura.engines.base import Performance, reblock
from menura.engines.speech.expressive.character import read_voices
from menura.engines.speech.expressive.delivery import Delivery, rate_wpm
from menura.engines.speech.expressive.expression import Expression
from menura.engines.speech.passages import Passage
from menura.engines.speech.spoken import expect_spoken, open_performance, read_items, settle
from menura.espeak.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import ThreadPoolExecutor

    from menura.catalog import Card
    from menura.engines.speech.spoken import SpokenTask
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice

DEFAULT_VOICE = "nora"


def create(card: Card, settings: Settings) -> Expressive:
    """Returns the engine; its processes and threads start with the first utterance."""
    return Expressive(card, settings)


class Expressive:
    """Speaks any text in any language of espeak-ng, with emotions and voices of a vocoder."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._rate = card.rate
        self._max_chars = settings.max_text_chars
        self._threads = settings.workers if settings.workers > 0 else _cores()
        self._lock = threading.Lock()
        self._pool = Pool(settings.workers)
        self._executor: ThreadPoolExecutor | None = None
        self.voices: Mapping[str, Voice] = read_voices(card.name)

    def check(self, task: Task) -> Task:
        """Returns the task with its voices and language named.

        Raises:
            NotFound: if there is no such voice or language.
            InvalidInput: if speed, emotion, style, stability or pitch is out of range.
            InvalidText: if the text cannot be spoken, or not in this language.
        """
        settled = settle(task, self.voices, DEFAULT_VOICE)
        read_expression(settled)
        for item in read_items(settled, self.voices, self._max_chars):
            if isinstance(item, Passage):
                rate_wpm(item.voice, settled.speed * item.style.rate)
        return settled

    def perform(self, task: Task) -> Performance:
        """Returns the spoken text; its blocks come as the parts are made."""
        asked = expect_spoken(task)
        items = read_items(asked, self.voices, self._max_chars)
        expression = read_expression(asked)
        performance = open_performance(asked, items, self.voices, self._rate)
        performance.understood |= dataclasses.asdict(expression)
        delivery = Delivery(
            items=items,
            speed=asked.speed,
            expression=expression,
            seed=asked.seed or 0,
            rate=self._rate,
            performance=performance,
        )
        performance.blocks = reblock(delivery.blocks(self._pool, self._ahead))
        return performance

    def close(self) -> None:
        """Ends the worker processes and the threads."""
        self._pool.close()
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)

    def _ahead(self) -> ThreadPoolExecutor | None:
        """Returns threads that make parts ahead, where more than one may work."""
        if self._threads == 1:
            return None
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(self._threads, "expressive")
            return self._executor


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


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
