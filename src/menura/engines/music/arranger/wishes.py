"""Wishes: the players that a brief asks for, as casting takes them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.seating import PLUCKED, Wish
from menura.engines.music.arranger.writing.styles import ONLY, style_of_qualities, touched
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre
    from menura.text.brief import MusicBrief
    from menura.text.brief.brief import InstrumentWish

_ACTIONS = frozenset({"swell", "answer"})
"""What a player does that is a part of its own and no tune."""
_REGISTERS = frozenset({"low", "high", "lower", "higher", "shrill"})
_UNTUNED = frozenset({"drums", "basses", "percussion", "orchestral percussion"})
_BOWED = frozenset({"strings"})


def read_wishes(brief: MusicBrief) -> tuple[list[Wish], list[str]]:
    """Returns the instruments of the brief that exist here, the lead first, and the others."""
    wishes: list[Wish] = []
    notes: list[str] = []
    lead = brief.lead
    for wish in brief.instruments:
        choices = tuple(name for name in (wish.choices or (wish.name,)) if name in players())
        if not choices:
            notes.append(f"there is no instrument {wish.name!r:.60}: it does not play")
            continue
        if _is_register_lost(wish, choices[0]):
            notes.append(f"{wish.phrase!r:.60}: {wish.name} plays as high as it always does")
        action = next((a for a in wish.actions if a in _ACTIONS), "")
        role = wish.role or ("melody" if wish.name == lead and not action else "")
        lead = None if wish.name == lead else lead
        apart = bool(wish.keys) and players()[choices[0]].roles[0] == "percussion"
        exact = wish.name == choices[0] or _is_chosen(wish) or apart
        style = wish.name if apart else _style(wish)
        if wish.keys and not apart:  # kick or hats are in every kit and groove
            style = f"{ONLY} {wish.name}" if brief.only_named else ""
        touch = tuple(touched((*wish.qualities, *wish.actions)))
        if players()[choices[0]].family not in _BOWED:  # all others that can be are plucked anyway
            touch = tuple(word for word in touch if word != PLUCKED)
        wishes.append(
            Wish(
                choices=choices,
                role=role,
                action=action,
                style=style,
                touch=touch,
                open=not exact,
                stands_in=wish.stands_in,
                inferred=role != (wish.role or ""),
            )
        )
    if not brief.only_named:
        wishes = _one_kit(wishes, {w.choices[0] for w in brief.instruments if w.keys})
    wishes.sort(key=lambda wish: (wish.role != "melody", wish.open))
    return wishes, notes


def in_place(wishes: Sequence[Wish], genre: Genre, *, only: bool) -> list[Wish]:
    """Returns the wishes without the tune for who has a part of his own in the genre.

    An organ in reggae bubbles, and a clavinet in funk comps, unless nobody else plays.
    """
    home = {slot.instruments[0] for slot in genre.slots if slot.keeps}
    return [
        replace(wish, role="") if wish.inferred and wish.instrument in home and not only else wish
        for wish in wishes
    ]


def further_wishes(
    brief: MusicBrief, genre: Genre, wishes: Sequence[Wish], *, only: bool
) -> list[Wish]:
    """Returns who else should play: what moods suggest, and a player for each role asked for.

    Of a role that nobody has, one of the genre's players gets it if he can. If `only` those named
    play, these are roles that were named, such as the drone of "drone only".
    """
    named = {name for wish in wishes for name in wish.choices[:1]}
    suggested = [] if only else [name for name in brief.suggested if name in players()]
    found = [Wish(choices=(name,)) for name in suggested if name not in named]
    taken = {wish.role for wish in (*wishes, *found)}
    if not only:
        taken |= {slot.role for slot in genre.slots}
    elif wishes:
        return found
    band = {name for slot in genre.slots for name in slot.instruments}
    for role in dict.fromkeys(brief.roles):
        able = [name for name, player in players().items() if role in player.roles]
        able.sort(key=lambda name: (name not in band, players()[name].roles.index(role)))
        if able and role not in taken:
            found.append(Wish(choices=tuple(able), role=role, open=True, single=only))
    return found


def _is_chosen(wish: InstrumentWish) -> bool:
    """Returns whether what was said of a player's sound chose the first of those who would do."""
    choosing = vocabulary().players["generic"].get(wish.name, {}).get("by_quality", {})
    return any(quality in choosing for quality in wish.qualities)


def _is_register_lost(wish: InstrumentWish, player: str) -> bool:
    """Returns whether a word for how high somebody plays changes nothing: "low flute"."""
    words = set(wish.phrase.casefold().split())
    beats = players()[player].family in _UNTUNED
    return not (wish.keys or beats or _is_chosen(wish)) and bool(words & _REGISTERS)


def _one_kit(wishes: list[Wish], kits: set[str]) -> list[Wish]:
    """Returns the wishes with one for the drummer, however many pieces of the kit were named."""
    drummers = [w for w in wishes if w.role == "drums" and w.instrument in kits]
    named = [w for w in wishes if w.role == "drums" and w not in drummers]
    spare = drummers if named else drummers[1:]
    return [wish for wish in wishes if not any(wish is other for other in spare)]


def _style(wish: InstrumentWish) -> str:
    return style_of_qualities(wish.role or "", (*wish.qualities, *wish.actions))
