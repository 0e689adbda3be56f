"""Casting: who performs a task and its parts, once each has passed every check."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from typing import TYPE_CHECKING

from menura.engines.base import PASSAGE_END, Performance
from menura.errors import EngineFailed, InvalidInput
from menura.safeguards import consent
from menura.studio import tongue
from menura.studio.ensemble import Ensemble, guarded
from menura.tasks import MAX_SEED, Task, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from menura.catalog import Card, SourceType
    from menura.engines.base import Engine
    from menura.safeguards.content import ContentPolicy
    from menura.studio.roster import Roster
    from menura.tasks import Part
    from menura.voice import Voice

SOURCE_ORDER: tuple[SourceType, ...] = ("algorithmic", "trained", "composite")
"""Digital source types, from rules alone to recorded sound."""


class Casting:
    """Finds who performs one task.

    Attributes:
        cards: of every engine that has been found, by name.

    Args:
        roster: finds and starts the engines.
        policy: reads every text before anything is made of it.
    """

    def __init__(self, roster: Roster, policy: ContentPolicy) -> None:
        self.cards: dict[str, Card] = {}
        self._roster = roster
        self._policy = policy

    def cast(
        self, task: Task, finder: Callable[[Task], Card], seed: int | None = None
    ) -> tuple[Task, Ensemble]:
        """Passes a task and its parts through every check, and has the engines take their places.

        Args:
            task: what to make.
            finder: which engine leads; parts go to whichever is for them.
            seed: for this task, if it names none; None = drawn, if its engine uses one. Parts get
                seeds made from it.

        Returns:
            The task with all that was open settled, and its performance, not yet begun.
        """
        self._policy.check(task.prompts())
        reading = tongue.read(task)
        card = finder(reading.task)
        engine = self._roster.engine(card)
        self.cards[card.name] = card
        own_seed = seed if task.seed is None and seed is not None else draw_seed(task, card)
        task = dataclasses.replace(reading.task, engine=card.name, seed=own_seed)
        with guarded(card.name):
            reading = reading.settle(task, engine.voices)
            task = engine.check(reading.task)
            consenting = dict(engine.voices)
        if not isinstance(task, Task):
            raise EngineFailed(f"the engine {card.name} settled no task")
        # A plan has been read and written anew: what its escapes hid can be seen now.
        self._policy.check(task.prompts())
        performance = self._open(task, engine, consenting, card.name)
        performance.understood |= reading.told(task)
        parts = self._cast_parts(performance, own_seed)
        if isinstance(task, Work):
            task = dataclasses.replace(task, parts=tuple(part for part, _ in parts))
        return task, Ensemble(performance, parts, card.name)

    def source(self, ensemble: Ensemble) -> SourceType:
        """Returns what a take's sound comes from: of all engines the one furthest from rules."""
        if ensemble.recordings():
            return "composite"
        return max((card.source for card in self.cards.values()), key=SOURCE_ORDER.index)

    def _open(
        self, task: Task, engine: Engine, consenting: dict[str, Voice], name: str
    ) -> Performance:
        """Returns a performance whose voices and words have been checked.

        Args:
            task: settled.
            engine: performs it.
            consenting: its voices; those that are made for this task are added.
            name: the engine's, for errors.
        """
        with guarded(name):
            performance = engine.perform(task)
            _check(performance)
            own = getattr(task, "voice", None)
            named = performance.voices | ({own} if own is not None else set())
            # What is made for a task, such as a blend of voices, is found, but not listed.
            voices = engine.voices
            consenting |= {each: voices[each] for each in named if each in voices}
        for each in [*named] or [None]:
            consent.check(each, consenting, lambda _: False)
        said = performance.transcript
        self._policy.check([said, said.replace(PASSAGE_END, "")])
        return performance

    def _cast_parts(self, performance: Performance, seed: int) -> list[tuple[Part, Ensemble]]:
        """Returns the parts that an engine has others make, each settled and ready."""
        parts: list[tuple[Part, Ensemble]] = []
        for i, part in enumerate(performance.parts):
            digest = hashlib.sha256(f"{seed}/{i}".encode()).digest()
            drawn = int.from_bytes(digest[:8], "big") & MAX_SEED
            settled, ensemble = self.cast(part.task, self._roster.find, drawn)
            if getattr(settled, "endless", False):
                raise InvalidInput("what never ends is part of nothing else: give it a length")
            parts.append((dataclasses.replace(part, task=settled), ensemble))
        return parts


def draw_seed(task: Task, card: Card) -> int:
    """Returns the seed that a task names, or one drawn for it, if its engine uses one."""
    if task.seed is not None:
        return task.seed
    return secrets.randbelow(MAX_SEED) if card.varies else 0


def _check(performance: object) -> None:
    """Refuses what an engine of others might call a performance."""
    if not isinstance(performance, Performance):
        raise EngineFailed(f"a performance is no {type(performance).__name__}")
    rate, channels = performance.rate, performance.channels
    if type(rate) is not int or type(channels) is not int or channels not in {1, 2}:
        raise EngineFailed(f"a performance has no {channels!r:.20} channels at {rate!r:.20} Hz")
    if rate == 0 and not performance.parts:
        raise EngineFailed("a performance without parts needs a rate of its own")
