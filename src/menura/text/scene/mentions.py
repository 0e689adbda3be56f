"""`Mention`: a phrase of a prompt and what it was read as."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.vocabulary import Entry

HEADS = ("thing", "act", "music", "speech")
"""Kinds of mentions that may become a layer."""


@dataclass(slots=True)
class Mention:
    """A phrase of a prompt and what it was read as.

    Attributes:
        kind: of the vocabulary, or `speech`, `count`, `duration`.
        start: first token.
        end: token behind the last.
        entry: what the vocabulary says; None = a quantity or a quotation.
        others: what else the phrase may mean.
        effects: fields of a layer that it sets.
        is_after: whether it belongs to what was named before it.
        number: of a quantity.
        text: words of a quotation.
        is_negated: whether it was turned down.
        is_used: whether something was made of it.
    """

    kind: str
    start: int
    end: int
    entry: Entry | None = None
    others: tuple[Entry, ...] = ()
    effects: dict[str, Any] = field(default_factory=dict)
    is_after: bool = False
    number: float = 0.0
    text: str = ""
    is_negated: bool = False
    is_used: bool = False

    @property
    def id(self) -> str:
        """Its name in the vocabulary."""
        return self.entry.id if self.entry else ""

    def find(self, kind: str) -> Entry | None:
        """Returns its meaning of a kind, or None."""
        entries = (self.entry, *self.others) if self.entry else self.others
        return next((entry for entry in entries if entry and entry.kind == kind), None)


def cut(text: str, tokens: Sequence[Token], start: int, end: int) -> str:
    """Returns the words of some tokens as they were written."""
    return " ".join(text[tokens[start].start : tokens[end - 1].end].split())
