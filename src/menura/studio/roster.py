"""The roster: which engines are installed, and the ones already running."""

from __future__ import annotations

import contextlib
import functools
import threading
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from menura.catalog import Card, Catalog, builtin_cards
from menura.errors import EngineFailed, InvalidInput, NotInstalled
from menura.studio.ensemble import guarded
from menura.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.engines.base import Engine, EngineModule
    from menura.settings import Settings
    from menura.tasks import Task

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
        self._lock = threading.Lock()
        self._closed = False

    @functools.cached_property
    def catalog(self) -> Catalog:
        """The cards of all that is installed; engines of others are loaded with the first look.

        Raises:
            NotInstalled: if one of them does not load.
        """
        own = list(builtin_cards())
        names = {card.name for card in own}
        for plugin in self._plugins.values():
            if plugin.card.name in names:
                raise NotInstalled(
                    f"an engine of another package is called {plugin.card.name!r} too: uninstall it"
                )
        cards = [*own, *(plugin.card for plugin in self._plugins.values())]
        return Catalog(cards, commercial_only=self._settings.commercial_only)

    @functools.cached_property
    def _plugins(self) -> dict[str, _Plugin]:
        return {plugin.card.name: plugin for plugin in _plugins()}

    def engine(self, card: Card) -> Engine:
        """Returns the engine the card describes, started if it was not running.

        Raises:
            InvalidInput: if the studio is closed.
            EngineFailed: if the engine does not start.
        """
        with self._lock, guarded(card.name):
            if self._closed:
                raise InvalidInput("this studio is closed: open another one")
            if card.name not in self._running:
                if card.name in self._plugins:
                    module = self._plugins[card.name].module
                else:
                    module = cast("EngineModule", import_module(f"menura.engines.{card.engine}"))
                self._running[card.name] = module.create(card, self._settings)
            return self._running[card.name]

    def find(self, task: Task) -> Card:
        """Returns the card that will perform `task`: its own choice, its voice's, or the default.

        Raises:
            InvalidInput, NotFound, Refused: as `Catalog.find`.
        """
        card = self.catalog.find(task)
        voice = getattr(task, "voice", None)
        if task.engine is not None or voice is None or voice in self.engine(card).voices:
            return card
        others = (c for c in self.catalog if task.kind in c.tasks and c.name != card.name)
        owner = next((c for c in others if voice in self.engine(c).voices), None)
        return card if owner is None else self.catalog.find(replace(task, engine=owner.name))

    def voices(self) -> Iterator[Voice]:
        """Yields every voice of every engine."""
        for card in self.catalog:
            engine = self.engine(card)
            with guarded(card.name):
                voices = list(engine.voices.values())
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
            self._running.clear()


def _plugins() -> Iterator[_Plugin]:
    for point in entry_points(group=ENTRY_POINTS):
        try:
            module = point.load()
            card = module.card()
            if not isinstance(card, Card):
                raise TypeError("its card() gives no Card")  # noqa: TRY301 - one way out
        except (Exception, SystemExit) as error:
            raise NotInstalled(
                f"the engine {point.name!r} is installed but does not load "
                f"({error!r:.200}); update or uninstall it"
            ) from error
        yield _Plugin(card, module)
