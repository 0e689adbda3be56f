"""`Player`: what an arranger knows of an instrument: its range, its roles, its place."""

from __future__ import annotations

import difflib
import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

from menura.errors import NotFound

MAX_SHOWN_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """What an arranger knows of an instrument.

    Attributes:
        name: of the instrument.
        family: such as `strings` or `drums`.
        low: lowest MIDI pitch written for it.
        high: highest MIDI pitch written for it.
        roles: what it can play, the most usual first.
        pan: its usual place, -1 (left) to 1 (right).
        hand: role that one player takes beside the tune, such as `chords`; "" = none.
    """

    name: str
    family: str
    low: int
    high: int
    roles: tuple[str, ...]
    pan: float
    hand: str = ""


@functools.cache
def players() -> dict[str, Player]:
    """Returns every instrument and kit by name."""
    text = (resources.files(__package__) / "players.toml").read_text(encoding="utf-8")
    return {
        name: Player(name=name, **{**facts, "roles": tuple(facts["roles"])})
        for name, facts in tomllib.loads(text).items()
    }


def find_player(name: str) -> Player:
    """Returns an instrument or kit.

    Raises:
        NotFound: if there is none of this name; the nearest names are given.
    """
    found = players().get(name)
    if found is None:
        near = difflib.get_close_matches(name[:MAX_SHOWN_CHARS].lower(), players(), 3, 0.4)
        meant = ", ".join(near or list(players())[:6])
        raise NotFound(f"no instrument is called {name[:MAX_SHOWN_CHARS]!r}; near it: {meant}")
    return found
