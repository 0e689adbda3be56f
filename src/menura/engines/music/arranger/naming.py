"""Naming: what the parts of a band are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.music.arranger.players import players
from menura.engines.music.plan import ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre, Slot

LEFT, RIGHT = "left hand", "right hand"


def name_parts(slots: Sequence[Slot], genre: Genre) -> dict[str, str]:
    """Returns each part's name -> what it is called by who plays it.

    A part that is called by its role stays, and one that its usual player has, or one of the kind
    that its name says: a `guitar` may be a steel guitar, but no flute.
    """
    usual = {slot.name: slot.instruments[0] for slot in genre.slots}
    named: dict[str, str] = {}
    for slot in slots:
        player = slot.instruments[0]
        fits = slot.name in ROLES or usual.get(slot.name, player) == player
        kin = slot.name not in players() and _words(slot.name) & _words(player)
        named[slot.name] = slot.name if fits or kin else ""
        if slot.role == "melody" and f"{player} {LEFT}" in {other.name for other in slots}:
            named[slot.name] = f"{player} {RIGHT}"
    for slot in slots:
        if not named[slot.name]:
            named[slot.name] = _free(
                slot.instruments[0], {*named.values(), *(other.name for other in slots)}
            )
    return named


def _words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in name.split()}


def unused(name: str, slots: Sequence[Slot]) -> str:
    """Returns a name, with a number if a part has it."""
    return _free(name, {slot.name for slot in slots})


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {i}" for i in range(2, 1000) if f"{name} {i}" not in taken)
