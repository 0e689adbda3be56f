"""Casting: who plays which role, from the genre's band and the wishes of the brief."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.genres import Slot
from menura.engines.music.arranger.players import players
from menura.engines.music.plan import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from menura.engines.music.arranger.genres import Genre

MAX_PARTS = 32
_USUAL = 0.6
"""Share of pieces in which the usual player of a part plays it, not one of its others."""
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
    """

    choices: tuple[str, ...]
    role: str = ""
    action: str = ""
    style: str = ""
    touch: tuple[str, ...] = ()
    open: bool = False

    @property
    def instrument(self) -> str:
        """The best choice."""
        return self.choices[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """A band.

    Attributes:
        slots: its parts, each with one instrument and one style.
        wished: names of the parts that the brief asked for.
        notes: wishes that could not be met.
        touches: name of a part -> words for its touch.
    """

    slots: tuple[Slot, ...]
    wished: frozenset[str]
    notes: tuple[str, ...]
    touches: Mapping[str, tuple[str, ...]]


def cast(
    genre: Genre,
    wishes: Sequence[Wish],
    exclude: Sequence[str],
    rng: np.random.Generator,
    *,
    only: bool = False,
) -> Cast:
    """Returns the band: the genre's, with every wished instrument in it and no excluded one.

    Args:
        genre: whose band it is.
        wishes: instruments that must play; a role that is not named is inferred.
        exclude: instruments, roles and families that must not be heard.
        rng: draws players and styles where there is a choice.
        only: whether nobody else may play.
    """
    notes: list[str] = []
    slots: list[Slot] = []
    for slot in genre.slots:
        draws = rng.random(3)
        able = [name for name in slot.instruments if _allowed(name, slot.role, exclude)]
        if not able:
            continue
        player = able[0] if draws[0] < _USUAL else able[int(draws[1] * len(able))]
        style = slot.styles[int(draws[2] * len(slot.styles))] if slot.styles else ""
        slots.append(replace(slot, instruments=(player, *able), styles=(style,)))
    taken: set[str] = set()
    names: list[str] = []
    touches: dict[str, tuple[str, ...]] = {}
    for wish in wishes:
        role = wish.role if wish.role in ROLES else ""
        choices = tuple(
            name
            for name in wish.choices
            if _allowed(name, role, exclude) and (role or _open_roles(name, exclude))
        )
        if not choices:
            notes.append(f"{wish.instrument} is both asked for and excluded: it does not play")
            continue
        seated = replace(wish, role=role, choices=choices)
        before = set(taken)
        slots = _seated(slots, seated, taken, exclude)
        touches.update(dict.fromkeys(taken - before, wish.touch))
        names.append(seated.instrument)
    slots = _aside(slots, taken)
    if only and taken:
        slots = _alone(slots, taken, names)
        taken |= {slot.name for slot in slots}
    if not slots:
        notes.append("every instrument of the genre is excluded: a piano plays")
        slots = [Slot(name="piano", role="chords", instruments=("piano",), styles=("broken",))]
    if len(slots) > MAX_PARTS:
        notes.append(f"a band has up to {MAX_PARTS} parts: the others do not play")
    chosen = tuple(replace(slot, instruments=slot.instruments[:1]) for slot in slots[:MAX_PARTS])
    named = _named(chosen, genre)
    return Cast(
        slots=tuple(replace(slot, name=named[slot.name]) for slot in chosen),
        wished=frozenset(named.get(name, name) for name in taken),
        notes=tuple(notes),
        touches={named.get(name, name): words for name, words in touches.items()},
    )


def _allowed(instrument: str, role: str, exclude: Sequence[str]) -> bool:
    family = players()[instrument].family
    shut = {instrument, role, family, instrument.rpartition(" ")[2]}
    return shut.isdisjoint(exclude)


def _open_roles(instrument: str, exclude: Sequence[str]) -> list[str]:
    return [role for role in players()[instrument].roles if role not in exclude]


def _seated(slots: list[Slot], wish: Wish, taken: set[str], exclude: Sequence[str]) -> list[Slot]:
    """Returns the band with the wished player in the part that suits it, or in a new one."""
    fit_role, fit_style = _ADDED_STYLES.get(wish.action, ("", ""))
    best = max(slots, key=lambda slot: _suits(slot, wish, taken), default=None)
    if best is None or not _suits(best, wish, taken):
        player = players()[wish.instrument]
        roles = _open_roles(wish.instrument, exclude)
        role = wish.role or (fit_role if fit_role in roles else roles[0])
        style = wish.style or (fit_style if role == fit_role else "")
        new = Slot(
            name=_unused(wish.instrument, slots),
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
        above=0.0 if "push" in wish.touch else min(best.above, 0.3),
        below=1.0,
        inside=best.inside if wish.open else (),
    )
    taken.add(best.name)
    return [seated if slot is best else slot for slot in slots]


def _suits(slot: Slot, wish: Wish, taken: set[str]) -> int:
    """Returns how well a part suits a wish, 0 = not at all."""
    player = players()[wish.instrument]
    fit_role, _ = _ADDED_STYLES.get(wish.action, ("", ""))
    if slot.name in taken or (wish.role and slot.role != wish.role):
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


def _aside(slots: list[Slot], taken: set[str]) -> list[Slot]:
    """Returns the band with other players for the lines whose usual one was wished elsewhere."""
    busy = {slot.instruments[0] for slot in slots if slot.name in taken}
    found = []
    for slot in slots:
        if slot.name in taken or slot.role != "counter" or slot.instruments[0] not in busy:
            found.append(slot)
        elif free := tuple(name for name in slot.instruments if name not in busy):
            found.append(replace(slot, instruments=free))
    return found


def _alone(slots: list[Slot], taken: set[str], names: Sequence[str]) -> list[Slot]:
    """Returns the band without anyone who was not named; those named take over what they can."""
    kept = []
    for slot in slots:
        if slot.name in taken:
            kept.append(slot)
            continue
        able = [name for name in names if slot.role in players()[name].roles[:3]]
        if able and not any(slot.role == other.role for other in slots if other.name in taken):
            kept.append(replace(slot, instruments=(able[0],), below=1.0))
    return kept


def _named(slots: Sequence[Slot], genre: Genre) -> dict[str, str]:
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
    for slot in slots:
        if not named[slot.name]:
            named[slot.name] = _free(slot.instruments[0], {*named.values(), *usual})
    return named


def _words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in name.split()}


def _unused(name: str, slots: Sequence[Slot]) -> str:
    return _free(name, {slot.name for slot in slots})


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {i}" for i in range(2, 1000) if f"{name} {i}" not in taken)
