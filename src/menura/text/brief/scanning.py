"""From tokens to mentions: at each place the longest phrase that means something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.quantities import read_quantity
from menura.text.brief.spelling import find_near, is_known, is_sure
from menura.text.brief.tonality import read_key
from menura.text.brief.vocabulary import Node, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.brief.vocabulary import Entry

MAX_IGNORED = 64
MAX_IGNORED_CHARS = 80


@dataclass(slots=True)
class _Match:
    """The longest phrase found so far: where it ends, its meanings, and whether it was misspelt."""

    end: int
    entries: Sequence[Entry] = ()
    is_slip: bool = False


def find_mentions(text: str, tokens: Sequence[Token]) -> list[Mention]:
    """Returns what the tokens of a text mention, in order; several may share a phrase."""
    mentions: list[Mention] = []
    near: dict[str, tuple[str, ...]] = {}
    at = 0
    while at < len(tokens):
        phrase = _match(tokens, at, near)
        exact = [found for found in (read_key(tokens, at), read_quantity(tokens, at)) if found]
        longest = max(exact, key=lambda found: found.end, default=None)
        if longest is not None and longest.end >= phrase.end:
            mentions.append(longest)
            at = longest.end
        elif phrase.entries:
            mentions.extend(
                Mention(
                    entry.kind,
                    entry.id,
                    at,
                    phrase.end,
                    is_tinge=entry.is_tinge,
                    instead=entry.instead,
                )
                for entry in phrase.entries
            )
            mentions.extend(_imply_genre(tokens, at, phrase))
            at = phrase.end
        else:
            at += 1
    for mention in mentions:
        mention.text = cut(text, tokens, mention.start, mention.end)
    return mentions


def _imply_genre(tokens: Sequence[Token], at: int, phrase: _Match) -> list[Mention]:
    """Returns the genre within a player's name ("jazz guitar"): it counts if no other is named."""
    kinds = {entry.kind for entry in phrase.entries}
    if phrase.end == at + 1 or kinds.isdisjoint(PLAYERS) or "genre" in kinds:
        return []
    root = vocabulary().root
    inner = [root.children.get(token.word, Node()).entries for token in tokens[at : phrase.end]]
    return [
        Mention("genre", entry.id, at, phrase.end, is_spent=True)
        for entries in inner
        for entry in entries
        if entry.kind == "genre" and not entry.is_tinge
    ]


def cut(text: str, tokens: Sequence[Token], start: int, end: int) -> str:
    """Returns the words of some tokens as they were written."""
    return " ".join(text[tokens[start].start : tokens[end - 1].end].split())


def find_ignored(
    text: str, tokens: Sequence[Token], mentions: Sequence[Mention]
) -> tuple[str, ...]:
    """Returns the phrases that nothing was read from: neighbours joined, plain words left out."""
    taken = bytearray(len(tokens))
    for mention in mentions:
        taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
    stop = vocabulary().stop
    spans: list[list[int]] = []
    bridge = 0  # how many plain words may still stand between two parts of a phrase
    for at, token in enumerate(tokens):
        if taken[at] or token.gap:
            bridge = 0
        if taken[at]:
            continue
        if token.word in stop:
            bridge -= 1
        elif bridge > 0:
            spans[-1][1] = token.end
            bridge = 2
        else:
            spans.append([token.start, token.end])
            bridge = 2
    phrases = list(dict.fromkeys(_shorten(text[start:end]) for start, end in spans))
    if len(phrases) > MAX_IGNORED:
        phrases[MAX_IGNORED:] = [f"... and {len(phrases) - MAX_IGNORED} more"]
    return tuple(phrases)


def _match(tokens: Sequence[Token], at: int, near: dict[str, tuple[str, ...]]) -> _Match:
    """Returns the longest phrase of the vocabulary from a token on; one word may be misspelt."""
    best = _Match(at)
    paths: list[tuple[Node, bool]] = [(vocabulary().root, False)]
    for place in range(at, len(tokens)):
        token = tokens[place]
        if place > at and token.gap:
            break
        ahead: list[tuple[Node, bool]] = []
        for node, slipped in paths:
            child = node.children.get(token.word)
            if child is not None:
                ahead.append((child, slipped))
            elif not slipped:
                ahead.extend(
                    (node.children[word], True)
                    for word in _near(token.word, near)
                    if word in node.children
                )
        if not ahead:
            break
        paths = ahead
        for node, slipped in ahead:
            alone = place == at and slipped
            if node.entries and not (alone and not _is_sure(node, token, near)):
                better = place + 1 > best.end or (best.is_slip and not slipped)
                if better:
                    best = _Match(place + 1, node.entries, slipped)
    return best


def _is_sure(node: Node, token: Token, near: dict[str, tuple[str, ...]]) -> bool:
    root = vocabulary().root
    kinds = frozenset(entry.kind for entry in node.entries)
    return any(
        root.children.get(word) is node and is_sure(word, token.word, kinds)
        for word in _near(token.word, near)
    )


def _near(word: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if word not in known:
        known[word] = () if is_known(word) else find_near(word)
    return known[word]


def _shorten(phrase: str) -> str:
    words = " ".join(phrase.split())
    return words if len(words) <= MAX_IGNORED_CHARS else words[: MAX_IGNORED_CHARS - 3] + "..."
