"""What of a prompt was understood, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.mentions import Mention, cut
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.text.brief.tokens import Token

MAX_PHRASES = 64
MAX_CHARS = 80
_QUIET = frozenset(
    {"filler", "ambient", "negator", "also", "then", "first", "before", "after", "closing"}
)


def report(
    text: str,
    tokens: Sequence[Token],
    mentions: Sequence[Mention],
    layers: Mapping[str, str],
    space: str,
) -> dict[str, str]:
    """Returns words as written -> what they led to, at most `MAX_PHRASES` of them.

    Args:
        text: the prompt in normal form.
        tokens: its tokens.
        mentions: what they mention.
        layers: words that led to layers -> what these are.
        space: the room that was chosen.
    """
    told = dict(layers)
    for mention in mentions:
        words = shorten(cut(text, tokens, mention.start, mention.end))
        found = mention.find("space")
        if mention.is_negated and mention.kind not in {"quality", "space"}:
            told.setdefault(words, "left out")
        elif found is not None and found.id == space and not mention.is_negated:
            told.setdefault(words, f"space: {space}")
        elif mention.kind == "loop":
            told.setdefault(words, "loop")
        elif mention.kind == "duration":
            told.setdefault(words, f"length: {mention.number:g} s")
        elif mention.kind == "pause":
            told.setdefault(words, "pause")
    return {shorten(words): what for words, what in list(told.items())[:MAX_PHRASES]}


def find_ignored(
    text: str, tokens: Sequence[Token], mentions: Sequence[Mention], covered: set[int]
) -> tuple[str, ...]:
    """Returns the phrases that led to nothing: neighbours joined, plain words left out."""
    taken = set(covered)
    for mention in mentions:
        if _leads_somewhere(mention):
            taken.update(range(mention.start, mention.end))
    facts = vocabulary()
    plain = facts.stop | facts.describing | facts.lists["article"]
    spans: list[list[int]] = []
    bridge = 0  # how many plain words may still stand between two parts of a phrase
    for at, token in enumerate(tokens):
        if at in taken or token.gap:
            bridge = 0
        if at in taken:
            continue
        if token.word in plain or not token.word:
            bridge -= 1
        elif bridge > 0:
            spans[-1][1] = token.end
            bridge = 2
        else:
            spans.append([token.start, token.end])
            bridge = 2
    phrases = list(dict.fromkeys(shorten(text[start:end]) for start, end in spans))
    if len(phrases) > MAX_PHRASES:
        phrases[MAX_PHRASES:] = [f"... and {len(phrases) - MAX_PHRASES} more"]
    return tuple(phrases)


def _leads_somewhere(mention: Mention) -> bool:
    if mention.is_used or mention.kind in _QUIET or mention.find("space"):
        return True
    return mention.kind in {"set", "loop", "noloop", "deserted", "duration", "pause", "like"}


def shorten(phrase: str) -> str:
    """Returns a phrase in one line, cut if it is long."""
    words = " ".join(phrase.split())
    return words if len(words) <= MAX_CHARS else words[: MAX_CHARS - 3] + "..."
