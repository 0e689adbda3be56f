"""Negations of scenes: what `no` and `without` turn down, and how far they reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.tokens import STOP
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.mentions import Mention

MAX_DISTANCE = 3
_REACHED = frozenset({"thing", "act", "music", "space", "set", "quality", "speech", "pause"})
_LISTING = frozenset({"and", "or", "nor", "any", "no", "a", "the"})


def mark_negated(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Marks the mentions that words such as `no` and `without` turn down.

    A negation reaches the next sound and what `or`, `nor`, `and` or a comma with one of these add
    to it: "no birds, wind or rain", but "no birds, wind and rain".
    """
    for at, mention in enumerate(mentions):
        if mention.kind == "negator":
            for reached in _reach(tokens, mentions, at):
                reached.is_negated = True


def _reach(tokens: Sequence[Token], mentions: Sequence[Mention], at: int) -> list[Mention]:
    blocks = vocabulary().lists["blocks"]
    reached: list[Mention] = []
    sure = 0
    behind = mentions[at].end
    is_open = is_item_sure = True
    for mention in mentions[at + 1 :]:
        if mention.kind == "also" and _joins(tokens, mention):
            continue
        between = [token.word for token in tokens[behind : mention.start]]
        gap = max((token.gap for token in tokens[behind : mention.start + 1]), default=0)
        if mention.kind not in _REACHED or gap >= STOP or blocks.intersection(between):
            break
        if reached and not is_open:
            joins = _LISTING.intersection(between)
            if not joins and not gap:
                break
            is_all = bool(joins & {"or", "nor"})
            is_item_sure = is_all or (bool(joins) and not gap and sure == len(reached))
        elif gap or len(between) > MAX_DISTANCE:
            break
        reached.append(mention)
        if is_item_sure:
            sure = len(reached)
        behind = mention.end
        # What describes belongs to the sound behind it: "no thunder, light rain" has rain.
        is_open = mention.kind == "quality"
    return reached[:sure]


def _joins(tokens: Sequence[Token], mention: Mention) -> bool:
    return mention.end - mention.start == 1 and tokens[mention.start].word == "and"
