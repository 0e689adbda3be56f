"""From tokens to mentions: at each place the longest phrase that means something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.scene.mentions import Mention
from menura.text.scene.quantities import read_quantity
from menura.text.scene.spelling import find_near
from menura.text.scene.stems import find_singulars, find_verbs
from menura.text.scene.vocabulary import Node, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.vocabulary import Entry

MAX_SLIPS = 256
_PLURALS = frozenset({"thing", "music", "set", "space"})
_RANK = {kind: at for at, kind in enumerate(("set", "thing", "act", "music", "space", "quality"))}


@dataclass(slots=True)
class _Match:
    end: int
    entries: Sequence[Entry] = ()


def find_mentions(
    tokens: Sequence[Token], quotes: Mapping[int, str], slips: dict[str, str]
) -> list[Mention]:
    """Returns what tokens mention, in order.

    Args:
        tokens: of the prompt.
        quotes: words that are spoken, by token.
        slips: misspelt word -> the word it was taken for: what is found is added.
    """
    mentions: list[Mention] = []
    at = 0
    while at < len(tokens):
        if at in quotes:
            mentions.append(Mention("speech", at, at + 1, text=quotes[at]))
            at += 1
            continue
        phrase = _match(tokens, at, slips)
        exact = read_quantity(tokens, at)
        if exact is not None and exact.end >= phrase.end:
            mentions.append(exact)
            at = exact.end
        elif phrase.entries:
            mentions.append(_mention(at, phrase))
            at = phrase.end
        else:
            at += 1
    return mentions


def _mention(at: int, phrase: _Match) -> Mention:
    ranked = sorted(phrase.entries, key=lambda entry: _RANK.get(entry.kind, len(_RANK)))
    first = ranked[0]
    return Mention(
        first.kind,
        at,
        phrase.end,
        entry=first,
        others=tuple(ranked[1:]),
        effects=dict(first.effects),
        is_after=first.is_after,
    )


def _match(tokens: Sequence[Token], at: int, slips: dict[str, str]) -> _Match:
    """Returns the longest phrase from a token on: nouns also in the plural, verbs in any form.

    A phrase found under a plural or an ending yields to one as long that stands there as written.
    """
    best = _Match(at)
    paths: list[tuple[Node, str]] = [(vocabulary().root, "")]
    for place in range(at, len(tokens)):
        if place > at and tokens[place].gap:
            break
        paths = [
            (child, form)
            for node, form in paths
            for child, form in _steps(node, form, tokens[place].word, slips, first=place == at)
        ]
        if not paths:
            break
        # What something does is told as it is written: "builds up" is no plural of a build up.
        is_told = any(e.is_after for node, form in paths if not form for e in node.entries)
        found = {
            entry: None
            for node, form in paths
            if not (is_told and form == "plural")
            for entry in node.entries
            if not form or (entry.kind in _PLURALS if form == "plural" else entry.kind == "act")
        }
        if found:
            best = _Match(place + 1, tuple(found))
    return best


def _steps(
    node: Node, form: str, word: str, slips: dict[str, str], *, first: bool
) -> Iterator[tuple[Node, str]]:
    """Yields where a word leads: as written, as a plural, as a form of a verb, or corrected."""
    children = node.children
    child = children.get(word)
    if child is not None:
        yield child, form
    if not form or form == "plural":
        for stem in find_singulars(word):
            if stem in children:
                yield children[stem], "plural"
    if first:
        for stem in find_verbs(word):
            if stem in children:
                yield children[stem], "verb"
    if child is None:
        near = _near(word, slips)
        if near and near in children:
            yield children[near], form


def _near(word: str, slips: dict[str, str]) -> str:
    if word not in slips:
        if len(slips) >= MAX_SLIPS:
            return ""
        slips[word] = find_near(word)
    return slips[word]
