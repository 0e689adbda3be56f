"""The roster: which engines are installed, and the ones already running."""

from __future__ import annotations

import contextlib
import functools
import threading
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, cast

from menura.catalog import Card, Catalog, builtin_cards
from menura.catalog.store import Store
from menura.engines.base import Choosy, Lodger, Planner
from menura.errors import EngineFailed, InvalidInput, NotInstalled, StorageFailed
from menura.runtime.pool import Pool
from menura.studio.ensemble import guarded
from menura.tasks import Dialogue
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.engines.base import Engine, EngineModule
    from menura.settings import Settings
    from menura.tasks import Task

UNUSABLE = (EngineFailed, NotInstalled, StorageFailed)
"""What keeps an engine from starting and hinders no other."""

ENTRY_POINTS = "menura.engines"
"""Engines of others: an entry point in this group names a module with `card()` and `create`."""


@dataclass(frozen=True, slots=True)
class _Plugin:
    card: Card
    module: EngineModule


class Roster:
    """Finds, starts and keeps engines. Safe for several threads.

    Args:
        settings: handed to each engine.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: dict[str, Engine] = {}
        self._versions: dict[str, str] = {}
        self._retired: list[Engine] = []
        self._lock = threading.Lock()
        self._failed: dict[str, str] = {}
        self._closed = False
        self._store = Store(settings.home, settings.offline)
        # One budget for the models of all engines: each drives out those unused the longest.
        self.models = Pool(settings.model_memory_mb, settings.model_idle_s)

    @property
    def catalog(self) -> Catalog:
        """The cards of all that is installed at this moment and loads."""
        taken = {card.name for card in self._fixed}
        models = [each.card for each in self._store.installed().values() if each.name not in taken]
        return Catalog([*self._fixed, *models], commercial_only=self._settings.commercial_only)

    @functools.cached_property
    def _fixed(self) -> list[Card]:
        plugins = self._installed[0].values()
        return [*builtin_cards(), *(plugin.card for plugin in plugins)]

    @property
    def broken(self) -> Mapping[str, str]:
        """Engines and models that do not load or start: name -> reason. They hinder no other."""
        return {**self._installed[1], **self._store.broken(), **self._failed}

    @functools.cached_property
    def _installed(self) -> tuple[dict[str, _Plugin], dict[str, str]]:
        plugins: dict[str, _Plugin] = {}
        broken: dict[str, str] = {}
        taken = {card.name for card in builtin_cards()}
        for point in entry_points(group=ENTRY_POINTS):
            try:
                plugin = _load(point)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - reported, by name
                broken[point.name] = f"{error!r:.200}"
                continue
            if plugin.card.name in taken:
                broken[point.name] = f"another engine is called {plugin.card.name} too"
                continue
            taken.add(plugin.card.name)
            plugins[plugin.card.name] = plugin
        return plugins, broken

    def engine(self, card: Card) -> Engine:
        """Returns the engine the card describes, started if it was not running.

        Raises:
            InvalidInput: if the studio is closed.
            EngineFailed: if the engine does not start.
        """
        with self._lock, guarded(card.name):
            if self._closed:
                raise InvalidInput("this studio is closed: open another one")
            running = self._running.get(card.name)
            if running is not None and self._versions[card.name] != card.version:
                # Other files have come under its name; the old ones may still be performing.
                self._retired.append(self._running.pop(card.name))
            if card.name not in self._running:
                if card.name in self._installed[0]:
                    module = self._installed[0][card.name].module
                else:
                    module = cast("EngineModule", import_module(f"menura.engines.{card.engine}"))
                engine = module.create(card, self._settings)
                if isinstance(engine, Lodger):
                    engine.lodge(self.models)
                self._running[card.name] = engine
                self._versions[card.name] = card.version
            return self._running[card.name]

    def find(self, task: Task) -> Card:
        """Returns the card that will perform `task`: its own choice, its voice's, or the default.

        Raises:
            InvalidInput, NotFound, Refused: as `Catalog.find`, or if the engine of its voice has
                no control that it uses.
            NotInstalled: if the engine it names does not load.
        """
        if task.engine is not None and task.engine in self.broken:
            raise NotInstalled(
                f"the engine {task.engine!r} is installed but does not load "
                f"({self.broken[task.engine]}); update or uninstall it"
            )
        if task.engine is not None:
            return self.catalog.find(task)
        names = _voices(task)
        able = self.catalog.able(task)
        if not names:
            return next((card for card in able if self._suits(card, task)), able[0])
        for card in able:
            if self._has(card, names):
                return card
        for card in self.catalog.makers(task):
            missing = task.controls() - set(card.controls)
            if missing and self._has(card, names):
                raise InvalidInput(
                    f"{' and '.join(sorted(names))}: the engine {card.name} has no control of "
                    f"{' and '.join(sorted(missing))}; leave that out, or take a voice of "
                    f"{able[0].name}"
                )
        return able[0]

    def find_planner(self, task: Task) -> Card:
        """Returns the card that will plan `task`: as `find`, but engines without plans give way.

        Raises:
            InvalidInput: if none has plans, or not the one that the task names.
            NotFound, NotInstalled, Refused: as `find`.
        """
        found = self.find(task)
        if isinstance(self.engine(found), Planner):
            return found
        others = [card for card in self.catalog.makers(task) if card.family == "built-in"]
        planners = [card for card in others if isinstance(self.engine(card), Planner)]
        for card in planners:
            if task.engine is None and task.controls() <= set(card.controls):
                return card
        named = f"; the engine {planners[0].name} has them" if planners else ""
        raise InvalidInput(f"{found.name} makes {task.kind} without a plan, notes or stems{named}")

    def _has(self, card: Card, names: frozenset[str]) -> bool:
        """Whether an engine has these voices, blends included; one that does not start has none."""
        try:
            voices = self.engine(card).voices
        except UNUSABLE:
            return False
        return all(name in voices for name in names)

    def _suits(self, card: Card, task: Task) -> bool:
        """Whether an engine is for a task that names neither engine nor voice."""
        if card.family != "neural":
            return True
        try:
            engine = self.engine(card)
        except UNUSABLE:
            return False
        with guarded(card.name):
            return not isinstance(engine, Choosy) or engine.suits(task)

    def voices(self) -> Iterator[Voice]:
        """Yields every voice of every engine."""
        for card in self.catalog:
            if not card.tasks:  # it serves other engines
                continue
            try:
                engine = self.engine(card)
            except UNUSABLE as error:  # it hinders no other
                self._failed[card.name] = str(error)
                continue
            with guarded(card.name):
                # A kept voice goes by its name and its id: it is one voice.
                voices = list({id(voice): voice for voice in engine.voices.values()}.values())
                if not all(isinstance(voice, Voice) for voice in voices):
                    raise EngineFailed(f"the engine {card.name} lists what is no voice")
            yield from voices

    def close(self) -> None:
        """Ends every running engine; nothing can be started afterwards."""
        with self._lock, contextlib.ExitStack() as stack:
            self._closed = True
            for name, engine in self._running.items():
                stack.enter_context(guarded(name))
                stack.callback(engine.close)
            for engine in self._retired:
                stack.callback(engine.close)
            self._running.clear()
            self._retired.clear()
            stack.callback(self.models.close)


def _voices(task: Task) -> frozenset[str]:
    """Returns the names of the voices that a task asks for, outside its text."""
    if isinstance(task, Dialogue):
        return frozenset(name for _, name in task.voices)
    voice = getattr(task, "voice", None)
    return frozenset() if voice is None else frozenset({voice})


def _load(point: EntryPoint) -> _Plugin:
    module = point.load()
    card = module.card()
    if not isinstance(card, Card):
        raise TypeError("its card() gives no Card")
    return _Plugin(card, module)
