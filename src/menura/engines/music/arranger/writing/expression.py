"""`Expression`: how the moods of a plan want it played, whoever plays."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.engines.music.plan import MusicPlan

_KINDS = ("purpose", "density", "mix", "quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """How a piece is played, each -1 to 1; 0 = as its genre is.

    Attributes:
        register: low to high.
        density: few notes to many.
        dynamics: soft to forceful.
        legato: detached to bound.
    """

    register: float = 0.0
    density: float = 0.0
    dynamics: float = 0.0
    legato: float = 0.0


def expression_of(plan: MusicPlan) -> Expression:
    """Returns what the plan's moods and words for the mix come to: the mean of what each changes.

    Sizes are those of moods.toml (after Gabrielsson and Lindstroem, 2010); words that are not
    known there change nothing.
    """
    return _expression(plan.moods, plan.mix)


@functools.lru_cache(maxsize=64)
def _expression(moods: tuple[str, ...], mix: tuple[str, ...]) -> Expression:
    changes = [change for word in (*moods, *mix) if (change := _change(word))]
    means = {}
    for name in (spec.name for spec in fields(Expression)):
        moved = [change[name] for change in changes if change.get(name)]
        means[name] = sum(moved) / len(moved) if moved else 0.0
    return Expression(**means)


def _change(word: str) -> dict[str, Any]:
    """Returns what a word changes; nothing if it is not known."""
    facts = vocabulary()
    if word in facts.moods:
        return dict(facts.moods[word]["change"])
    tables = (facts.other["change"][kind] for kind in _KINDS)
    return next((dict(table[word]) for table in tables if word in table), {})
