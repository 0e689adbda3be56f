"""Seating: a player who was asked for gets the part of a band that suits him, or a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.genres import Slot
from menura.engines.music.arranger.naming import unused
from menura.engines.music.arranger.players import players

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ASKED_DB = 3.0
"""By how much a part is louder that was asked for by the name of its player."""
PLUCKED = "plucked"
"""Word for the touch of bowed strings that are plucked."""
_BEATS = {"drums", "percussion"}
_ADDED_STYLES = {"swell": ("pad", "swell"), "answer": ("counter", "answer")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An instrument that must be heard.

    Attributes:
        choices: names of players.toml that would do, the best first; at least one.
        role: that it is to play, or "".
        action: such as `swell` or `answer`, or "".
        style: how it is to play, or "".
        touch: words for its touch, such as `soft` or `lazy`.
        open: whether any of the choices is as good.
        single: whether he plays this role and nothing besides.
        stands_in: whether he plays for one that is not to be had.
        inferred: whether nobody said that he has the tune: he was named first, or sings best.
    """

    choices: tuple[str, ...]
    role: str = ""
    action: str = ""
    style: str = ""
    touch: tuple[str, ...] = ()
    open: bool = False
    single: bool = False
    stands_in: bool = False
    inferred: bool = False

    @property
    def instrument(self) -> str:
        """The best choice."""
        return self.choices[0]


def swapped(names: Sequence[str], role: str, palette: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns who may play a part, by the palette where that player has the role."""
    able = ([n for n in palette.get(name, ()) if role in players()[n].roles] for name in names)
    return list(dict.fromkeys(n[0] if n else name for n, name in zip(able, names, strict=True)))


def is_allowed(instrument: str, role: str, exclude: Sequence[str]) -> bool:
    """Returns whether a player may have a role: nothing that he is or does is excluded."""
    family = players()[instrument].family
    shut = {instrument, role, family, instrument.rpartition(" ")[2]}
    return shut.isdisjoint(exclude)


def open_roles(instrument: str, exclude: Sequence[str]) -> list[str]:
    """Returns the roles of a player that are not excluded."""
    return [role for role in players()[instrument].roles if role not in exclude]


def seat(slots: list[Slot], wish: Wish, taken: set[str], exclude: Sequence[str]) -> list[Slot]:
    """Returns the band with the wished player in the part that suits it, or in a new one."""
    fit_role, fit_style = _ADDED_STYLES.get(wish.action, ("", ""))
    best = max(slots, key=lambda slot: _suits(slot, wish, taken), default=None)
    if best is None or not _suits(best, wish, taken):
        player = players()[wish.instrument]
        roles = open_roles(wish.instrument, exclude)
        role = wish.role or (fit_role if fit_role in roles else _free_role(wish, roles, slots))
        style = wish.style or (fit_style if role == fit_role else "")
        new = Slot(
            name=unused(wish.instrument, slots),
            role=role,
            instruments=(wish.instrument,),
            styles=(style,),
            gain_db=0.0 if role in {"melody", "drums"} else -2.0,
            pan=player.pan,
        )
        taken.add(new.name)
        return [*slots, new]
    kept = wish.open and best.instruments[0] in wish.choices
    style = wish.style or (fit_style if best.role == fit_role else "") or best.styles[0]
    seated = replace(
        best,
        instruments=best.instruments if kept else (wish.instrument, *best.instruments),
        styles=(style,),
        gain_db=_asked_db(best),
        above=0.0 if "push" in wish.touch else min(best.above, 0.3),
        below=1.0,
        inside=best.inside if wish.open else (),
    )
    taken.add(best.name)
    return [seated if slot is best else slot for slot in slots]


def _asked_db(slot: Slot) -> float:
    """Returns the gain of a part whose player was asked for; tune and beat are loud anyway."""
    if slot.role in {"melody", "bass", "drums"}:
        return slot.gain_db
    return max(slot.gain_db, min(slot.gain_db + _ASKED_DB, 0.0))


def _free_role(wish: Wish, roles: Sequence[str], slots: Sequence[Slot]) -> str:
    """Returns the role of a new part: the second of two on one instrument breaks the chords."""
    alike = {slot.role for slot in slots if slot.instruments[0] == wish.instrument}
    doubled = roles[0] == "chords" and {"chords", "arp"} & alike == {"chords"}
    return "arp" if doubled and "arp" in roles else roles[0]


def _suits(slot: Slot, wish: Wish, taken: set[str]) -> int:
    """Returns how well a part suits a wish, 0 = not at all."""
    player = players()[wish.instrument]
    fit_role, _ = _ADDED_STYLES.get(wish.action, ("", ""))
    beats = {slot.role, wish.role} == _BEATS and wish.instrument in slot.instruments
    if slot.name in taken or (wish.role and slot.role != wish.role and not beats):
        return 0
    bonus = 4 if slot.role == fit_role else 0
    if slot.instruments[0] == wish.instrument:
        return 8 + bonus
    if wish.open and slot.instruments[0] in wish.choices:
        return 7 + bonus
    if wish.instrument in slot.instruments:
        return 5 + bonus
    if slot.role == (wish.role or player.roles[0]):
        return 3 + bonus
    same = players()[slot.instruments[0]].family == player.family
    return 1 if same and slot.role in player.roles else 0
