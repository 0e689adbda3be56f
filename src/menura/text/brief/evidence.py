"""`Evidence`: what a prompt mentions, and what each field of the brief was taken from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.text.brief.mentions import Mention
    from menura.text.brief.tokens import Token

MAX_NOTES = 64
MAX_CREDITS = 32


@dataclass(slots=True)
class Evidence:
    """What a prompt mentions, and what each field of the brief was taken from.

    Attributes:
        text: the prompt in normal form.
        tokens: of the prompt.
        mentions: in order.
        credits: field of the brief -> phrases that led to it, in order.
        notes: contradictions and how they were settled.
        refused: phrases that were read, and cannot be meant: the brief lists them as ignored.
    """

    text: str
    tokens: Sequence[Token]
    mentions: list[Mention]
    credits: dict[str, dict[str, None]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)

    def asked(self, *kinds: str) -> list[Mention]:
        """Returns what is asked for the whole piece, of some kinds, in order."""
        return [
            mention
            for mention in self.mentions
            if mention.kind in kinds and not mention.is_negated and not mention.is_spent
        ]

    def sounds(self) -> list[Mention]:
        """Returns words for the sound of the whole: adjectives count if they say nothing else."""
        told = {mention.start for mention in self.mentions if mention.kind != "quality"}
        return [
            mention
            for mention in self.asked("mix", "quality")
            if mention.kind == "mix" or mention.start not in told
        ]

    def declined(self, *kinds: str) -> list[Mention]:
        """Returns what was turned down, of some kinds, in order."""
        return [
            mention
            for mention in self.mentions
            if mention.kind in kinds and mention.is_negated and not mention.is_spent
        ]

    def credit(self, name: str, mentions: Iterable[Mention]) -> None:
        """Records what a field of the brief was taken from."""
        phrases = self.credits.setdefault(name, {})
        for mention in mentions:
            if len(phrases) < MAX_CREDITS:
                phrases[mention.text] = None
        if not phrases:
            del self.credits[name]

    def note(self, text: str) -> None:
        """Records how a contradiction was settled."""
        if len(self.notes) < MAX_NOTES:
            self.notes[text] = None

    def refuse(self, mention: Mention, why: str) -> None:
        """Records that a phrase cannot be meant."""
        if len(self.refused) < MAX_NOTES:
            self.refused[mention.text] = None
        self.note(f"{mention.text!r:.60}: {why}")


def names(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """Returns the ids of mentions, each once, in order."""
    return tuple(dict.fromkeys(mention.id for mention in mentions))
