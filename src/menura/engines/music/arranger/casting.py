"""Casting: who plays which role, from the genre's band and the wishes of the brief."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
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
_ASKED_DB = 3.0
"""By how much a part is louder that was asked for by the name of its player."""
SPARSE = 4
"""Players of a sparse band, if no more are asked for."""
_FEW = 4
"""So many players or fewer, of whom nobody waits for another section."""
_HARMONY = frozenset({"chords", "pad", "arp", "drone"})
_CORE = ("melody", "chords", "bass", "drums", "arp", "counter", "pad")
"""Roles of a small band, the one that is missed most first."""
_BEATS = {"drums", "percussion"}
_LEFT, _RIGHT = "left hand", "right hand"
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
        usually = _swapped(slot.instruments, slot.role, seats.palette)
        able = [name for name in usually if _allowed(name, slot.role, exclude)]
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
            if _allowed(name, role, exclude) and (role or _open_roles(name, exclude))
        )
        if not choices:
            notes.append(f"{wish.instrument} is both asked for and excluded: it does not play")
            continue
        if wish.open:
            choices = tuple(sorted(choices, key=lambda name: name not in usual))
        seated = replace(wish, role=role, choices=choices)
        before = set(taken)
        slots = _seated(slots, seated, taken, exclude)
        touches.update(dict.fromkeys(taken - before, wish.touch))
        single |= taken - before if wish.single else set()
    slots = _aside(slots, taken)
    if seats.size is not None:
        slots = _fewer(slots, taken, seats)
    if (seats.only and taken) or seats.size is not None:
        slots = _alone(slots, taken, {*exclude} if not single else {*exclude, *_HARMONY})
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


def _swapped(names: Sequence[str], role: str, palette: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns who may play a part, by the palette where that player has the role."""
    able = ([n for n in palette.get(name, ()) if role in players()[n].roles] for name in names)
    return list(dict.fromkeys(n[0] if n else name for n, name in zip(able, names, strict=True)))


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
        role = wish.role or (fit_role if fit_role in roles else _free_role(wish, roles, slots))
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


def _aside(slots: list[Slot], taken: set[str]) -> list[Slot]:
    """Returns the band with other players for the parts whose usual one was wished elsewhere."""
    busy = {slot.instruments[0] for slot in slots if slot.name in taken}
    found = []
    for slot in slots:
        if slot.name in taken or slot.instruments[0] not in busy:
            found.append(slot)
        elif free := tuple(name for name in slot.instruments if name not in busy):
            found.append(replace(slot, instruments=free))
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
    name = f"{who} {_LEFT if keys else 'accompaniment'}"
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
        if slot.role == "melody" and f"{player} {_LEFT}" in {other.name for other in slots}:
            named[slot.name] = f"{player} {_RIGHT}"
    for slot in slots:
        if not named[slot.name]:
            named[slot.name] = _free(
                slot.instruments[0], {*named.values(), *(other.name for other in slots)}
            )
    return named


def _words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in name.split()}


def _unused(name: str, slots: Sequence[Slot]) -> str:
    return _free(name, {slot.name for slot in slots})


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {i}" for i in range(2, 1000) if f"{name} {i}" not in taken)
