"""Casting: who plays which role, from the genre's band and the wishes of the brief."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.genres import Slot
from menura.engines.music.arranger.naming import LEFT, name_parts
from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.seating import PLUCKED, is_allowed, open_roles, seat, swapped
from menura.engines.music.plan import ROLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from menura.engines.music.arranger.genres import Genre
    from menura.engines.music.arranger.seating import Wish

MAX_PARTS = 32
_USUAL = 0.6
"""Share of pieces in which the usual player of a part plays it, not one of its others."""
SPARSE = 4
"""Players of a sparse band, if no more are asked for."""
_FEW = 4
"""So many players or fewer, of whom nobody waits for another section."""
_HARMONY = frozenset({"chords", "pad", "arp", "drone"})
_CORE = ("melody", "chords", "bass", "drums", "arp", "counter", "pad")
"""Roles of a small band, the one that is missed most first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """For whom a band has room.

    Attributes:
        only: whether nobody may play besides those wished.
        size: how many may play, those wished among them; None = all.
        hands: whether `size` counts parts, of which one player may have two, and not players.
        palette: usual player -> who may play instead, unless he was wished.
    """

    only: bool = False
    size: int | None = None
    hands: bool = False
    palette: Mapping[str, Sequence[str]] = field(default_factory=dict)


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
    seats: Seats | None = None,
) -> Cast:
    """Returns the band: the genre's, with every wished instrument in it and no excluded one.

    Args:
        genre: whose band it is.
        wishes: instruments that must play; a role that is not named is inferred.
        exclude: instruments, roles and families that must not be heard.
        rng: draws players and styles where there is a choice.
        seats: for whom there is room; None = for all.
    """
    seats = seats or Seats()
    notes: list[str] = []
    slots: list[Slot] = []
    for slot in genre.slots:
        draws = rng.random(3)
        usually = swapped(slot.instruments, slot.role, seats.palette)
        able = [name for name in usually if is_allowed(name, slot.role, exclude)]
        if not able:
            continue
        player = able[0] if draws[0] < _USUAL else able[int(draws[1] * len(able))]
        style = slot.styles[int(draws[2] * len(slot.styles))] if slot.styles else ""
        slots.append(replace(slot, instruments=(player, *able), styles=(style,)))
    taken: set[str] = set()
    single: set[str] = set()
    usual = {name for slot in genre.slots for name in slot.instruments}
    touches: dict[str, tuple[str, ...]] = {}
    for wish in wishes:
        role = wish.role if wish.role in ROLES else ""
        choices = tuple(
            name
            for name in wish.choices
            if is_allowed(name, role, exclude) and (role or open_roles(name, exclude))
        )
        if not choices:
            notes.append(f"{wish.instrument} is both asked for and excluded: it does not play")
            continue
        if wish.open:
            choices = tuple(sorted(choices, key=lambda name: name not in usual))
        seated = replace(wish, role=role, choices=choices)
        before = set(taken)
        slots = seat(slots, seated, taken, exclude)
        touches.update(dict.fromkeys(taken - before, wish.touch))
        single |= taken - before if wish.single else set()
    slots = _aside(slots, taken)
    if seats.size is not None:
        slots = _fewer(slots, taken, seats)
    if (seats.only and taken) or seats.size is not None:
        slots = _alone(slots, taken, {*exclude} if not single else {*exclude, *_HARMONY})
        taken |= {slot.name for slot in slots}
    slots = _plucked(slots, wishes, touches, exclude)
    if not slots:
        notes.append("every instrument of the genre is excluded: a piano plays")
        slots = [Slot(name="piano", role="chords", instruments=("piano",), styles=("broken",))]
    if len(slots) > MAX_PARTS:
        notes.append(f"a band has up to {MAX_PARTS} parts: the others do not play")
    chosen = tuple(replace(slot, instruments=slot.instruments[:1]) for slot in slots[:MAX_PARTS])
    named = name_parts(chosen, genre)
    return Cast(
        slots=tuple(replace(slot, name=named[slot.name]) for slot in chosen),
        wished=frozenset(named.get(name, name) for name in taken),
        notes=tuple(notes),
        touches={named.get(name, name): words for name, words in touches.items()},
    )


def _plucked(
    slots: list[Slot],
    wishes: Sequence[Wish],
    touches: dict[str, tuple[str, ...]],
    exclude: Sequence[str],
) -> list[Slot]:
    """Returns the band in which all parts of a player who plucks do so; held chords are broken."""
    who = {wish.instrument for wish in wishes if PLUCKED in wish.touch}
    found = []
    for slot in slots:
        if _who(slot) in who:
            touches[slot.name] = tuple(dict.fromkeys((*touches.get(slot.name, ()), PLUCKED)))
        breaks = slot.name in touches and PLUCKED in touches[slot.name] and slot.role == "pad"
        able = breaks and "arp" in open_roles(_who(slot), exclude)
        found.append(replace(slot, role="arp", styles=("broken",)) if able else slot)
    return found


def _aside(slots: list[Slot], taken: set[str]) -> list[Slot]:
    """Returns the band with other players for the parts whose usual one was wished elsewhere.

    Where nobody else can, he has that part too, unless it is a second line.
    """
    busy = {slot.instruments[0] for slot in slots if slot.name in taken}
    found = []
    for slot in slots:
        if slot.name in taken or slot.instruments[0] not in busy:
            found.append(slot)
        elif free := tuple(name for name in slot.instruments if name not in busy):
            found.append(replace(slot, instruments=free))
        elif slot.role != "counter":
            # Another line of his would not be his; what carries the tune is missed.
            found.append(slot)
    return found


def _alone(slots: list[Slot], taken: set[str], shut: set[str]) -> list[Slot]:
    """Returns the band without anyone who was not named.

    Who has the tune and a hand to spare accompanies himself where nobody else does and the role is
    not shut. Few players play all the time.
    """
    kept = [slot for slot in slots if slot.name in taken]
    few = len({slot.instruments[0] for slot in kept}) <= _FEW
    harmony = any(slot.role in _HARMONY for slot in kept)
    lead = next((slot for slot in kept if slot.role == "melody"), None)
    hand = players()[lead.instruments[0]].hand if lead and not harmony else ""
    if lead and hand and hand not in shut:
        kept[kept.index(lead) + 1 : 1] = [_second_hand(lead, hand, slots, kept)]
    if not few:
        return kept
    return [replace(slot, above=0.0, below=1.0, inside=(), outside=()) for slot in kept]


def _second_hand(lead: Slot, hand: str, slots: Sequence[Slot], kept: Sequence[Slot]) -> Slot:
    """Returns the part that a player of the tune has besides: in the genre's manner if any."""
    who = lead.instruments[0]
    usual = next((s for s in slots if s.role == hand and s not in kept), None)
    keys = players()[who].family == "keys"
    name = f"{who} {LEFT if keys else 'accompaniment'}"
    styles = usual.styles if usual else ("",)
    return replace(
        usual or lead,
        name=name,
        role=hand,
        instruments=(who,),
        styles=styles,
        pan=lead.pan,
        gain_db=-3.0,
    )


def _who(slot: Slot) -> str:
    return slot.instruments[0]


def _fewer(slots: list[Slot], taken: set[str], seats: Seats) -> list[Slot]:
    """Returns as many of the band as shall play: who was wished, then one for each role in turn."""
    free = [slot for slot in slots if slot.name not in taken]
    has = {slot.role for slot in slots if slot.name in taken}
    order = sorted(
        free,
        key=lambda slot: (
            slot.role in has or slot.role not in _CORE,
            _CORE.index(slot.role) if slot.role in _CORE else len(_CORE),
            slot.role in {"drums", "percussion"},
        ),
    )
    seated = [slot for slot in slots if slot.name in taken]
    chosen: list[Slot] = []
    for once, slot in itertools.product((True, False), order):
        band = [*seated, *chosen]
        spare = seats.hands and slot.role
        busy = {name for name in map(_who, band) if players()[name].hand != spare}
        who = next((name for name in slot.instruments if name not in busy), "")
        doubled = once and slot.role in {other.role for other in band}
        if (
            who
            and len(band) < (seats.size or 0)
            and slot.name not in {c.name for c in chosen}
            and not doubled
        ):
            chosen.append(replace(slot, instruments=(who,)))
    taken |= {slot.name for slot in chosen}
    found = {slot.name: slot for slot in chosen}
    return [found.get(slot.name, slot) for slot in slots]
