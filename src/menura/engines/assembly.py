"""The engine of `Work`: makes no sound of its own, only names the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.base import Performance, expect
from menura.tasks import Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import Card
    from menura.settings import Settings
    from menura.tasks import Task
    from menura.voice import Voice


def create(card: Card, settings: Settings) -> Assembly:  # noqa: ARG001 - the contract
    """Returns the engine."""
    return Assembly()


class Assembly:
    """Hands a work's parts to the studio."""

    voices: Mapping[str, Voice] = {}

    def check(self, task: Task) -> Task:
        """Returns the work; the studio checks each of its parts with the part's own engine."""
        return expect(task, Work)

    def perform(self, task: Task) -> Performance:
        """Returns a performance that is nothing but its parts."""
        return Performance(rate=0, channels=1, blocks=iter(()), parts=expect(task, Work).parts)

    def close(self) -> None:
        """Has nothing to free."""
