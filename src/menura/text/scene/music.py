"""The words that describe music within a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.mentions import cut
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

MAX_WORDS = 6


def describe_music(
    text: str, tokens: Sequence[Token], mentions: Sequence[Mention], draft: Draft, covered: set[int]
) -> str:
    """Returns the words that describe music: its name, and the adjectives before it.

    What is said of its level and its place is left out: "barely audible soft jazz" is `soft jazz`.
    Unknown words right before it count as its description, and are added to `covered`.
    """
    facts = vocabulary()
    by_end = {mention.end: mention for mention in mentions if mention is not draft.heads[0]}
    start = draft.start
    while start > 0 and draft.start - start < MAX_WORDS and not tokens[start].gap:
        before = by_end.get(start)
        word = tokens[start - 1].word
        if before is not None:
            if before.kind != "quality" or before.id not in facts.kept:
                break
            start = before.start
        elif word in facts.describing or not _is_plain(word):
            start -= 1
        else:
            break
    covered.update(range(start, draft.end))
    return cut(text, tokens, start, draft.end)


def _is_plain(word: str) -> bool:
    """Returns whether a word cannot describe music: a small word, or one that means a sound."""
    facts = vocabulary()
    if not word.isalpha() or word in facts.stop or word.endswith("ing"):
        return True
    return any(word in words for words in facts.lists.values()) or word in facts.root.children
