"""The engine of neural speech: checks a text, and has a network that others have trained say it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from menura.catalog.store import Store
from menura.engines.base import Performance, reblock
from menura.engines.speech.neural.blending import Blendable, is_blend
from menura.engines.speech.neural.delivery import Delivery
from menura.engines.speech.neural.families import read_network
from menura.engines.speech.neural.trials import trials
from menura.engines.speech.passage import Passage
from menura.engines.speech.speaking import check_audible
from menura.engines.speech.spoken import expect_spoken, open_performance, read_items, settle
from menura.errors import InvalidInput, InvalidText
from menura.espeak import languages
from menura.espeak.pool import Pool
from menura.runtime.levels import FILE, Levels, loudness_of
from menura.runtime.noise import Noise
from menura.runtime.pool import Pool as Models
from menura.runtime.session import Machine
from menura.runtime.speech_graph import SpeechGraph
from menura.tasks import Dialogue, Speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.catalog import Card
    from menura.engines.speech.spoken import Items, SpokenTask
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.text.prosody import Style
    from menura.voice import Voice

MADE = "speech-1"
"""Where a graph that was rewritten is kept; another number if it were rewritten in another way."""


def create(card: Card, settings: Settings) -> Neural:
    """Returns the engine; its network is loaded with the first task.

    Raises:
        NotInstalled: if the model is not installed.
        EngineFailed, StorageFailed: if its files cannot be used.
    """
    return Neural(card, settings)


class Neural:
    """Speaks with one installed model."""

    def __init__(self, card: Card, settings: Settings) -> None:
        self._store = Store(settings.home, settings.offline)
        self._installed = self._store.get(card.name)
        self._network = read_network(self._installed)
        self._memory_mb = card.memory_mb
        self._max_chars = settings.max_text_chars
        self._machine = Machine(provider=settings.model_provider)
        self._pool = Pool(settings.workers)
        self._models = Models(settings.model_memory_mb, settings.model_idle_s)
        self.voices: Mapping[str, Voice] = self._network.voices

    def suits(self, task: Task) -> bool:
        """Whether a task that names neither engine nor voice is for this model: its language."""
        language = getattr(task, "language", None)
        if language is None:
            return True
        wanted = _family(languages.find(language).tag)
        return any(_family(voice.language) == wanted for voice in self.voices.values())

    def check(self, task: Task) -> Task:
        """Returns the task with its voices and language named.

        Raises:
            NotFound: if there is no such voice or language.
            InvalidInput: if a blend is none, the speed is beyond the network, or the graph is of
                another kind than its files say.
            InvalidText: if the text cannot be spoken, or not in this language.
            StorageFailed: if a file of the model is missing, or not what was installed.
        """
        spoken = expect_spoken(task)
        self._check_blends(spoken)
        language = None if spoken.language is None else languages.find(spoken.language).tag
        default = self._network.default(language)
        settled, items = settle(task, self.voices, default, self._max_chars)
        check_audible(self._pool, items)
        with self._lend() as graph:
            speeds = self._network.check(graph)
        _check_pace(settled, items, speeds)
        return settled

    def perform(self, task: Task) -> Performance:
        """Returns the spoken text; its blocks come as the sentences are made."""
        asked = expect_spoken(task)
        items = read_items(asked, self.voices, self._max_chars)
        performance = open_performance(asked, items, self.voices, self._network.rate)
        performance.ignored += _ignored(items)
        heard = {item.language for item in items if isinstance(item, Passage)}
        performance.ignored += filter(None, map(self._network.lacking, sorted(heard)))
        with self._lend() as graph:
            speeds = self._network.check(graph)
        delivery = Delivery(
            network=self._network,
            lend=self._lend,
            items=items,
            speed=asked.speed,
            speeds=speeds,
            pauses=1.0 if asked.pauses is None else asked.pauses,
            noise=Noise(asked.seed or 0),
            performance=performance,
        )
        performance.blocks = reblock(delivery.blocks(self._pool))
        leader = next(item.voice for item in items if isinstance(item, Passage))
        performance.calibrate = lambda: self._level(leader)
        return performance

    def lodge(self, models: Models) -> None:
        """Has the network kept in the pool that all engines of a studio share."""
        self._models = models

    def close(self) -> None:
        """Ends the worker processes and lets go of the network."""
        self._pool.close()
        self._models.close()

    @contextmanager
    def _lend(self) -> Iterator[SpeechGraph]:
        """Lends the graph, loaded."""
        with self._models.lease(self._installed.folder, self._open, self._memory_mb) as graph:
            yield graph

    def _open(self) -> SpeechGraph:
        installed = self._store.check(self._installed)
        made = self._store.cache(installed, MADE)
        return SpeechGraph.open(self._network.path, made, self._machine)

    @cached_property
    def _levels(self) -> Levels:
        return Levels(self._store.cache(self._installed, FILE))

    def _level(self, voice: Voice) -> float:
        """Returns how loud a voice speaks, LUFS: it has to be heard once."""
        return self._levels.figure(voice.name, lambda: self._heard(voice), voice.loudness_lufs)

    def _heard(self, voice: Voice) -> float:
        """Returns the loudness of a sentence or two in a voice's own language."""
        for text in trials(voice.language):
            try:
                settled = self.check(Speech(text, voice=voice.name, seed=0))
            except InvalidText:  # letters that need an extra, such as kanji
                continue
            return loudness_of(self.perform(settled).blocks)
        return voice.loudness_lufs

    def _check_blends(self, task: SpokenTask) -> None:
        asked = [v for _, v in task.voices] if isinstance(task, Dialogue) else [task.voice]
        for name in filter(None, asked):
            if is_blend(name) and isinstance(self.voices, Blendable):
                self.voices.blend(name)


def _check_pace(task: SpokenTask, items: Items, speeds: tuple[float, float]) -> None:
    """Refuses a speed that the network does not have; what has one only leaves out markup."""
    low, high = speeds
    asked = {task.speed}
    if low < high:
        passages = [item for item in items if isinstance(item, Passage)]
        asked |= {task.speed * p.style.rate for each in passages for p in each.pieces}
    for speed in asked:
        if not low <= speed <= high:
            name = getattr(task, "voice", None) or task.engine
            pace = f"speeds {low:g} to {high:g}" if low < high else "its own pace only"
            raise InvalidInput(f"{name} speaks at {pace}, not {speed:g}")


def _ignored(items: Items) -> list[str]:
    """Returns what the text asks for and a network has no input for, one line each."""
    lines: dict[str, None] = {}
    for item in items:
        if not isinstance(item, Passage):
            continue
        if _family(item.language) != _family(item.voice.language):
            own = item.voice.language
            lines[f"{item.voice.name} was trained on {own}: {item.language} has its accent"] = None
        if any(_pitched(piece.style) for piece in item.pieces):
            lines["the pitch that the text asks for: the network has its own"] = None
    return list(lines)


def _pitched(style: Style) -> bool:
    own = style.pitch_hz is None and not style.pitch_shift_hz and style.pitch_range == 1
    return not own or (style.emphasis is None and style.pitch_semitones != 0)


def _family(language: str) -> str:
    return language.partition("-")[0]
