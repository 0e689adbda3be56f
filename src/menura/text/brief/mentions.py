"""`Mention`: a phrase of a prompt and what it was read as."""

from __future__ import annotations

from dataclasses import dataclass

PLAYERS = ("instrument", "generic", "piece", "group")
"""Kinds of mentions that name who plays."""


@dataclass(slots=True)
class Mention:
    """A phrase of a prompt and what it was read as.

    Attributes:
        kind: of the vocabulary, or `bpm`, `meter`, `duration`, `bars`, `key`, `tonic`.
        id: its name in the vocabulary; a key as text.
        start: first token.
        end: token behind the last.
        text: as written.
        numbers: of a quantity.
        is_tinge: whether it only colours another genre.
        is_negated: whether it was turned down.
        is_spent: whether it only describes the player it stands beside.
        instead: name of the instrument in whose place this one plays, or "".
    """

    kind: str
    id: str
    start: int
    end: int
    text: str = ""
    numbers: tuple[float, ...] = ()
    is_tinge: bool = False
    is_negated: bool = False
    is_spent: bool = False
    instead: str = ""
