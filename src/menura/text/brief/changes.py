"""Changes: times in a piece at which nobody comes in or stops: they are no length, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.mentions import Mention
from menura.text.brief.moments import words_of
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import COMMA, peek

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.moments import Moment

_WHOLE = frozenset({"genre", "mood", "tempo", "bpm", "purpose", "mix", "key", "meter", "ending"})
"""Kinds of what describes a whole piece, so that "pop at 30 seconds" is its length."""


def refuse_time(evidence: Evidence, moment: Moment) -> None:
    """Notes a time at which something else happens: "after 20 s it gets louder" is no length."""
    tokens = evidence.tokens
    before = {token.word for token in tokens[max(moment.start - 3, 0) : moment.start]}
    behind = peek(tokens, moment.end)
    if before & words_of("departs"):
        refuse_lengths(evidence, moment, "the end of a part, and it is not said whose")
    elif tokens[moment.start].word == "after" and behind and not before & words_of("leaves"):
        refuse_lengths(evidence, moment, "a time in the piece, and no player is said to come in")
    else:
        refuse_change(evidence, moment)


def refuse_change(evidence: Evidence, moment: Moment) -> None:
    """Notes what changes at a time and is no player: "the key changes at 15 seconds".

    What only describes the piece, or says that it ends, leads to its length.
    """
    tokens = evidence.tokens
    first = moment.start
    if tokens[first].word not in words_of("within_time"):
        return
    while first and not tokens[first].gap:
        first -= 1
    told = {place for m in evidence.mentions if m.kind in _WHOLE for place in range(m.start, m.end)}
    free = {tokens[at].word for at in range(first, moment.start) if at not in told}
    last = _further(evidence, moment.end)
    while first == moment.start and peek(tokens, last):
        last += 1
    behind = {token.word for token in tokens[moment.end : last]}
    plain = free <= words_of("plain") and (first < moment.start or not behind)
    if plain or free & words_of("over") or behind & words_of("closes"):
        return
    for mention in evidence.mentions:
        if mention.kind in {"duration", "bars"} and moment.start < mention.start < last:
            mention.is_spent = True
    text = cut(evidence.text, tokens, first, last)
    told_of = Mention("filler", "time", first, last, text, is_spent=True)
    evidence.mentions.append(told_of)
    evidence.mentions.sort(key=lambda mention: mention.start)
    evidence.refuse(told_of, "a time in the piece: what is said of it is not done then")


def _further(evidence: Evidence, at: int) -> int:
    """Returns the place behind the further times of a list: "at 2s, 5s and 8s"."""
    starts = {m.start: m.end for m in evidence.mentions if m.kind == "duration"}
    while True:
        joint = at + (at < len(evidence.tokens) and evidence.tokens[at].word == "and")
        if joint not in starts or evidence.tokens[joint].gap > COMMA:
            return at
        at = starts[joint]


def refuse_lengths(evidence: Evidence, moment: Moment, why: str) -> None:
    """Notes why a time is none, so that it is no length of the piece either."""
    for mention in evidence.mentions:
        if mention.kind in {"duration", "bars"} and moment.start < mention.start < moment.end:
            mention.is_spent = True
            evidence.refuse(mention, why)
