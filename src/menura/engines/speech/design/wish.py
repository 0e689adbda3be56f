"""`Wish`: what a description adds up to, once its words have outweighed each other."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.engines.speech.design.vocabulary import CHARACTER, anatomy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.engines.speech.design.description import Hit


@dataclass(slots=True, kw_only=True)
class Wish:
    """What a voice should be.

    Attributes:
        facts: `age` (a stage), `gender`, `language`, as far as they are named.
        denied_facts: (which, value) that it should not be.
        step: by how many stages of life it should move.
        effects: axis -> amount.
        addressed: the axes that the description speaks of.
        denied: (axis, direction) that should not be heard: 1 = none above plain, -1 = none below.
        traits: word -> how much of it was taken; 0 = kept away.
        notes: one line each for what was set aside or can only be suggested.
    """

    facts: dict[str, str] = field(default_factory=dict)
    denied_facts: list[tuple[str, str]] = field(default_factory=list)
    step: int = 0
    effects: dict[str, float] = field(default_factory=dict)
    addressed: set[str] = field(default_factory=set)
    denied: list[tuple[str, int]] = field(default_factory=list)
    traits: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def weigh(hits: Sequence[Hit]) -> Wish:
    """Returns what the words of a description add up to.

    Of words that contradict each other the later wins. What characters bring gives way to every
    other word. What is denied is taken away last.
    """
    wish = Wish()
    denied = [hit for hit in hits if hit.denied]
    wanted = [hit for hit in hits if not hit.denied]
    plain = _agreeing([hit for hit in wanted if hit.entry.table != CHARACTER], wish)
    characters = [hit for hit in wanted if hit.entry.table == CHARACTER]
    said = _total(plain)
    brought = _total(characters)
    for axis in said.keys() | brought.keys():
        explicit, usual = said.get(axis, 0.0), brought.get(axis, 0.0)
        wish.effects[axis] = explicit if explicit * usual < 0 else explicit + usual
    _name_facts([*characters, *plain], wish)
    for hit in [*characters, *plain]:
        wish.step += _steps(hit)
        wish.traits[hit.entry.name] = round(hit.weight, 2)
        if hit.entry.only:
            wish.notes.append(f"{hit.entry.name}: only {hit.entry.only}")
    wish.addressed |= wish.effects.keys()
    for hit in denied:
        _deny(hit, wish)
    return wish


def _agreeing(hits: Sequence[Hit], wish: Wish) -> list[Hit]:
    """Returns the hits that no later one contradicts, and notes the others."""
    kept: list[Hit] = []
    for i, hit in enumerate(hits):
        against = next((later for later in hits[i + 1 :] if _contradict(hit, later)), None)
        if against is None:
            kept.append(hit)
        else:
            wish.notes.append(
                f"{hit.entry.name} and {against.entry.name} contradict each other: "
                f"{against.entry.name}, which comes later, was taken"
            )
    return kept


def _contradict(first: Hit, later: Hit) -> bool:
    if {first.entry.facts.get("age"), later.entry.facts.get("age")} == {"young", "child"}:
        return False  # a young girl is a child
    for which in ("age", "gender", "language"):
        values = first.entry.facts.get(which), later.entry.facts.get(which)
        if None not in values and values[0] != values[1]:
            return True
    if first.entry.step * later.entry.step < 0:
        return True
    main = first.entry.main
    if main is None or main != later.entry.main:
        return False
    amounts = [hit.entry.effects[main] * hit.weight for hit in (first, later)]
    return amounts[0] * amounts[1] < 0


def _total(hits: Iterable[Hit]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for hit in hits:
        for axis, amount in hit.entry.effects.items():
            total[axis] += amount * hit.weight
    return dict(total)


def _name_facts(hits: Iterable[Hit], wish: Wish) -> None:
    """Takes the facts of each hit; a later one has the last word, and plain words come later."""
    for hit in hits:
        if hit.weight > 0:
            facts = dict(hit.entry.facts)
            if (wish.facts.get("age"), facts.get("age")) == ("child", "young"):
                del facts["age"]
            wish.facts |= facts
        elif hit.entry.table != "age":
            wish.denied_facts += hit.entry.facts.items()


def _steps(hit: Hit) -> int:
    """Returns by how many stages of life a hit moves a voice; "less old" is younger."""
    if hit.weight > 0:
        return hit.entry.step
    names = list(anatomy().stages)
    age = hit.entry.facts.get("age")
    if hit.entry.table != "age" or age is None:
        return -hit.entry.step
    return -1 if names.index(age) >= names.index("adult") else 1


def _deny(hit: Hit, wish: Wish) -> None:
    entry = hit.entry
    wish.traits[entry.name] = 0.0
    if entry.facts:
        wish.denied_facts += entry.facts.items()
        for which, value in entry.facts.items():
            if wish.facts.get(which) == value:
                del wish.facts[which]
    elif entry.main is not None:
        direction = 1 if entry.effects[entry.main] > 0 else -1
        wish.denied.append((entry.main, direction))
        wish.addressed.add(entry.main)
        if wish.effects.get(entry.main, 0.0) * direction > 0:
            wish.effects[entry.main] = 0.0
