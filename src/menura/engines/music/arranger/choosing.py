"""Choosing: which genre a brief that names none is best served by."""

from __future__ import annotations

import functools
import math
import tomllib
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.engines.music.arranger.genres import DEFAULT_GENRE, genre_names, read_genre
from menura.engines.music.arranger.players import players

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre
    from menura.engines.music.arranger.seating import Wish

_ENSEMBLES = ("string quartet", "solo piano", "orchestral")
_SELDOM = (
    "waltz",
    "march",
    "lullaby",
    "celtic",
    "samba",
    "arabic",
    "indian",
    "medieval",
    "christmas",
)
_STANDS_FOR = 2.5
_CROWD = 4
"""Players of a band that can be full."""


def join_genres(names: Sequence[str]) -> Genre:
    """Returns the genre that several names come to: an ensemble plays in the style of another.

    A waltz for string quartet has the quartet's players and the waltz's form, meter, tempo and
    harmony. Of other pairs the first name stands.
    """
    ensembles = [name for name in names if name in _ENSEMBLES]
    others = [name for name in names if name not in _ENSEMBLES]
    if not ensembles or not others:
        return read_genre(names[0])
    band, style = read_genre(ensembles[0]), read_genre(others[0])
    return replace(
        band,
        tempo=style.tempo,
        meter=style.meter,
        swing=style.swing,
        modes=style.modes,
        forms=style.forms,
        harmony=style.harmony,
    )


def choose_genre(
    moods: Sequence[str],
    wishes: Sequence[Wish],
    exclude: Sequence[str],
    avoid: Sequence[str] = (),
    *,
    only: bool = False,
) -> str:
    """Returns the genre whose band and moods come nearest to what is wished; none of `avoid`.

    Each mood or use gives its genres 3, 2 and 1 points, an instrument that stands for a genre gives
    it 2.5, and each wished instrument 2 points to a genre in whose band it plays first and 1 where
    it may play, more if few genres have it, and up to one point goes to the band with the most
    players of the families wished; a drummer who is wished or excluded counts against genres that
    have the contrary, and dances and traditions of their own are rarely meant where nobody names
    them. With nothing to go by it is DEFAULT_GENRE; a piano or strings alone choose their own, and
    so does who plays alone (`only`) where no mood is named.
    """
    names = [wish.instrument for wish in wishes if not wish.open]
    solo = _choose_solo(wishes, names, only=only and not moods)
    if solo and solo not in avoid:
        return solo
    if not moods and not wishes and not exclude and DEFAULT_GENRE not in avoid:
        return DEFAULT_GENRE
    drums = any(players()[wish.instrument].family == "drums" for wish in wishes)
    scores = dict.fromkeys((name for name in genre_names() if name not in avoid), 0.0)
    for mood in moods:
        for at, name in enumerate(_facts()["moods"].get(mood, ())):
            if name in scores:
                scores[name] += 3 - at
    for instrument in dict.fromkeys(wish.instrument for wish in wishes):
        meant = _facts()["players"].get(instrument)
        if meant in scores:
            scores[meant] += _STANDS_FOR
    families = {players()[wish.instrument].family for wish in wishes} - {"drums"}
    for name in scores:
        slots = read_genre(name).slots
        alike = [players()[slot.instruments[0]].family in families for slot in slots]
        scores[name] += sum(alike) / len(alike)
        first = {slot.instruments[0] for slot in slots}
        others = {player for slot in slots for player in slot.instruments}
        has_drums = any(slot.role == "drums" for slot in slots)
        scores[name] += sum((2.0 * (n in first) or 1.0 * (n in others)) * _rarity(n) for n in names)
        scores[name] += (1.0 if has_drums else -2.0) * drums
        scores[name] -= 1.0 * (name in _SELDOM)
        scores[name] -= 1.0 * (has_drums and "drums" in exclude)
    if DEFAULT_GENRE in scores:
        scores[DEFAULT_GENRE] += 0.5
    return max(scores, key=lambda name: (scores[name], name))


@functools.cache
def small_bands() -> tuple[str, ...]:
    """Returns the genres whose band is no crowd: nobody means them who has all come in."""
    bands = ((name, read_genre(name).slots) for name in genre_names())
    return tuple(n for n, slots in bands if len({s.instruments[0] for s in slots}) < _CROWD)


def _choose_solo(wishes: Sequence[Wish], names: Sequence[str], *, only: bool) -> str:
    """Returns the genre that a lone player stands for, or "" if there is none or more play."""
    named = {wish.instrument for wish in wishes}
    usual = _facts()["alone"].get(names[0], "") if len(set(names)) == 1 else ""
    return str(_facts()["solo"].get(*named, usual) if only and len(named) == 1 else usual)


@functools.cache
def _rarity(instrument: str) -> float:
    """Returns 1 for an instrument that every genre has, up to 2 for one of a single genre."""
    bands = [read_genre(name).slots for name in genre_names()]
    having = sum(any(instrument in slot.instruments for slot in slots) for slots in bands)
    return 2 - math.log(max(having, 1)) / math.log(len(bands))


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "choosing.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
