"""Dances that are no genre: whose band plays them, and in which rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.brief import InstrumentWish
    from menura.text.brief.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Dance:
    """What a dance asks of the band that plays it.

    Attributes:
        styles: (role, style), for those who have the role.
        shuts: roles that nobody has in it.
    """

    styles: tuple[tuple[str, str], ...] = ()
    shuts: tuple[str, ...] = ()


def settle_dance(
    evidence: Evidence, genres: Sequence[str], wishes: Sequence[InstrumentWish]
) -> Dance:
    """Returns the dance that was named, if the first genre only stands in for it, and notes that.

    Args:
        evidence: what the prompt mentions.
        genres: of the brief.
        wishes: who was asked for; nobody of them stays at home.
    """
    dances = vocabulary().genres[genres[0]].get("dances", {}) if genres else {}
    said = {mention.text.casefold() for mention in evidence.asked("genre")}
    name = next((name for name, facts in dances.items() if said & {*facts["words"]}), None)
    if name is None:
        return Dance()
    facts = dances[name]
    evidence.note(f"{name} -> {genres[0]}: {facts['why']}")
    named = {wish.role for wish in wishes}
    styles = (style.partition(":") for style in facts["styles"])
    return Dance(
        styles=tuple((role, style) for role, _, style in styles),
        shuts=tuple(role for role in facts["shuts"] if role not in named),
    )
