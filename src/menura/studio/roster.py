"""The roster: which engines are installed, and the ones already running."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from menura.catalog import Catalog, builtin_cards
from menura.errors import NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from menura.catalog import Card
    from menura.engines.base import Engine, EngineModule
    from menura.settings import Settings
    from menura.voice import Voice

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
        self._plugins = {plugin.card.name: plugin for plugin in _plugins()}
        self._running: dict[str, Engine] = {}
        self._lock = threading.Lock()
        cards = [*builtin_cards(), *(plugin.card for plugin in self._plugins.values())]
        self.catalog = Catalog(cards, commercial_only=settings.commercial_only)

    def engine(self, card: Card) -> Engine:
        """Returns the engine the card describes, started if it was not running."""
        with self._lock:
            if card.name not in self._running:
                if card.name in self._plugins:
                    module = self._plugins[card.name].module
                else:
                    module = cast("EngineModule", import_module(f"menura.engines.{card.engine}"))
                self._running[card.name] = module.create(card, self._settings)
            return self._running[card.name]

    def voices(self) -> Iterator[Voice]:
        """Yields every voice of every engine."""
        for card in self.catalog:
            yield from self.engine(card).voices.values()

    def close(self) -> None:
        """Ends every running engine."""
        with self._lock:
            for engine in self._running.values():
                engine.close()
            self._running.clear()


def _plugins() -> Iterator[_Plugin]:
    for point in entry_points(group=ENTRY_POINTS):
        try:
            module = point.load()
            yield _Plugin(module.card(), module)
        except (ImportError, AttributeError) as error:
            raise NotInstalled(
                f"the engine {point.name!r} is installed but does not load ({error}); "
                "update or uninstall it"
            ) from error
