"""Negations: which mentions a `no` or `without` turns round, and how far it reaches."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.mentions import Mention
    from menura.text.brief.tokens import Token

MAX_DISTANCE = 4
_DESCRIBING = frozenset({"mood", "mix", "quality", "genre", "density", "tempo", "solo"})
_NEUTRAL = frozenset({"filler", "negator", "only"})


def mark_negated(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Marks the mentions that words such as `no`, `without` and `-free` turn down.

    A negation reaches the next mention in its clause, and those that `or`, `nor` or a bare `and`
    add to it; over commas only where `or` closes the list, or `and` after words like "without":
    "no drums, bass or piano", but "no drums, piano and strings". "Not too fast" turns down what is
    too fast, and "no guitar solo" the solo.
    """
    spans = [list(group) for _, group in groupby(mentions, key=lambda mention: mention.start)]
    for at, span in enumerate(spans):
        if any(mention.kind == "negator" for mention in span):
            for reached in _reach(tokens, spans, at):
                _negate(reached)
        behind = span[0].end
        follows = behind < len(tokens) and not tokens[behind].gap
        if follows and tokens[behind].word in vocabulary().sets["after"]:
            joined = tokens[behind].start - tokens[behind - 1].end == 1
            if joined and _is_player(span):
                _negate(span)


def _reach(tokens: Sequence[Token], spans: Sequence[list[Mention]], at: int) -> list[list[Mention]]:
    """Returns the spans that the negation at `spans[at]` turns round."""
    reached: list[list[Mention]] = []
    open_comma = len(spans)
    behind = spans[at][0].end
    words = spans[at][0].text.casefold()
    for span in spans[at + 1 :]:
        if any(mention.kind in _NEUTRAL for mention in span):
            break
        start = span[0].start
        joint = _joint(tokens, behind, start, first=not reached)
        if joint is None or not _goes_on(joint, span, reached, words):
            break
        if joint == "comma":
            open_comma = min(open_comma, len(reached))
        elif joint == "or" or (joint == "and" and words not in {"no", "not"}):
            open_comma = len(spans)
        elif joint == "and" and open_comma < len(spans):
            break
        reached.append(span)
        behind = span[0].end
    return reached[:open_comma]


def _goes_on(joint: str, span: Sequence[Mention], reached: list[list[Mention]], words: str) -> bool:
    """Returns whether a negation reaches one more mention; a player's solo takes its place."""
    if joint in {"and", "comma"}:
        return not _is_describing(span)
    if joint != "adjacent":
        return True
    if _is_describing(reached[-1]):
        return words != "not"
    if any(mention.kind == "section" for mention in span):
        for mention in reached[-1]:
            mention.is_spent = True  # whose it is neither asked for nor shut out
        reached[-1] = list(span)
    return False


def _joint(tokens: Sequence[Token], behind: int, start: int, *, first: bool) -> str | None:
    """Returns how a mention hangs on what was turned down before it; None = not at all."""
    between = [token.word for token in tokens[behind:start]]
    gaps = [token.gap for token in tokens[behind : start + 1]]
    if len(between) > MAX_DISTANCE or max(gaps, default=0) > 1:
        return None
    sets = vocabulary().sets
    if first:
        blocked = any(gaps) or any(word in sets["contrast"] for word in between)
        return None if blocked else "first"
    if any(word in sets["contrast"] or word in sets["article"] for word in between):
        return None
    joints = {
        "or": "or" in between or "nor" in between,
        "and": "and" in between,
        "comma": any(gaps),
        "adjacent": not between,
    }
    return next((joint for joint, holds in joints.items() if holds), None)


def _is_describing(span: Sequence[Mention]) -> bool:
    return all(mention.kind in _DESCRIBING for mention in span)


def _is_player(span: Sequence[Mention]) -> bool:
    return any(mention.kind in {"instrument", "generic", "piece", "voice"} for mention in span)


def _negate(span: Sequence[Mention]) -> None:
    for mention in span:
        mention.is_negated = True
