"""Answering: who picks up behind a telephone lifts its handset, and nothing grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.mentions import Mention
from menura.text.scene.vocabulary import Entry, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

HANDSET = "handset"
_PHONE = "phone"
_PICKS = frozenset({"pick", "picks", "picked", "picking"})
_PASSIVE = frozenset({"is", "gets", "being"})


def mark_answered(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[Mention]:
    """Returns mentions with a handset for each "picks up" that is told of a telephone.

    It is told of the sound named last: "the phone rings, the wind picks up" is of the wind.
    """
    found: list[Mention] = []
    things = vocabulary().things
    last = ""
    for mention in mentions:
        if mention.kind == "thing" and not things[mention.id].is_agent:
            last = things[mention.id].alone[0] or last
        is_pick = mention.id == "grows_more" and mention.end - mention.start == 2
        if is_pick and last == _PHONE and tokens[mention.start].word in _PICKS:
            start = mention.start
            while start and not tokens[start].gap and tokens[start - 1].word in _PASSIVE:
                start -= 1
            if found and found[-1].end > start:
                start = mention.start
            found.append(
                Mention(
                    "thing",
                    start,
                    mention.end,
                    entry=Entry("thing", HANDSET, stands_in=True),
                    effects={"count": 1},
                    is_negated=mention.is_negated,
                )
            )
            continue
        found.append(mention)
    return found
