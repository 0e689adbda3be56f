"""Turns: when each of what is told in one go happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.effects.behaviour import behaviour
from menura.engines.effects.counting import UNEVEN
from menura.engines.effects.lengths import event_main_s
from menura.engines.effects.scene import MUSIC, SPEECH
from menura.engines.effects.sources import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.fitting import Placed
    from menura.engines.effects.lasting import Draft


@dataclass(slots=True)
class Turns:
    """When what is told in one go happens, counted from the first of it.

    What happens "and" happens is heard one by one, each when the main part of the one before it is
    over; what is told to sound with it ("as", "with") comes at once, if only just later.
    """

    timing: Mapping[str, float]
    told: int = 0
    last_s: float = 0.0
    over_s: float = 0.0

    def next_s(self, draft: Draft, *, lasting: bool) -> float:
        """Returns when the next one begins."""
        if lasting:
            return self.told * self.timing["apart_lasting_s"]
        if not self.told:
            return 0.0
        soon_s = self.last_s + self.timing["apart_s"]
        return soon_s if draft.wanted.together else max(soon_s, self.over_s)

    def take(self, placed: Placed, first_s: float) -> None:
        """Takes note of one that was placed, unless it sounds on around what comes next."""
        if placed.draft.wanted.stop_s is not None and not _is_doing(placed.draft):
            return
        self.told += 1
        self.last_s = placed.start_s - first_s
        source = placed.draft.wanted.source
        main_s, gap_s = placed.length_s, self.timing["turn_gap_s"]
        if placed.times_s and source not in {MUSIC, SPEECH} and find(source).kind == "event":
            main_s = placed.times_s[-1] - placed.start_s + event_main_s(placed.draft.layer)
            gap_s = behaviour()["gap_s"].get(source, gap_s)
        self.over_s = max(self.over_s, self.last_s + main_s + gap_s)


def turns_into(draft: Draft) -> bool:
    """Returns whether a sound turns into another one of its source, with no gap: an engine."""
    is_one = draft.wanted.count is not None
    return draft.wanted.source != SPEECH and not is_one and not _is_event(draft)


def is_key(draft: Draft) -> bool:
    """Returns whether a sound is of keys that are struck one by one: what was typed is over."""
    return draft.wanted.source in UNEVEN and draft.wanted.count is not None


def _is_doing(draft: Draft) -> bool:
    return draft.wanted.source in behaviour()["doings"]


def _is_event(draft: Draft) -> bool:
    source = draft.wanted.source
    return source not in {MUSIC, SPEECH} and find(source).kind == "event"
