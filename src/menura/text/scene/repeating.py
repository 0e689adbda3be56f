"""Repeating: how many are meant by a word that is said several times: "knock knock knock"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.stage import facts_of
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.drafts import Draft
    from menura.text.scene.vocabulary import Entry, Node


def count_repeats(tokens: Sequence[Token], draft: Draft) -> int:
    """Returns how often the word for a sound is said in a row; 1 = once.

    A word counts that names the sound alone, or with what stands before it: "beep beep" and "mouse
    click click" are two, "ha ha ha" is one laugh. So do two that take turns: "tick tock tick tock"
    are four, for each of them names it, and "ding dong ding dong" are two, for only both do.
    """
    words = [token.word for token in tokens[draft.start : _find_end(tokens, draft)]]
    for size in (1, 2):
        first = 0
        while first <= len(words) - 2 * size:
            unit = words[first : first + size]
            times = 1
            while words[first + times * size : first + (times + 1) * size] == unit:
                times += 1
            if times > 1 and len(set(unit)) == size:
                if all(_names([word], draft) for word in unit):
                    return times * size
                if _names(unit, draft) or _names(words[: first + size], draft):
                    return times
            first += (times - 1) * size or 1
    return 1


def join_repeats(tokens: Sequence[Token], drafts: list[Draft]) -> list[Draft]:
    """Returns drafts without those that are made of a word that only says another once more."""
    kept: list[Draft] = []
    for draft in drafts:
        last = kept[-1] if kept else None
        is_same = last is not None and last.source == draft.source
        if last is None or not is_same or draft.end > _find_end(tokens, last):
            kept.append(draft)
            continue
        last.fields = {**draft.fields, **last.fields}
        last.parts += [*draft.heads, *draft.parts]
    return kept


def _find_end(tokens: Sequence[Token], draft: Draft) -> int:
    """Returns the token behind the words for a sound and those that say them once more."""
    words = {token.word for token in tokens[draft.start : draft.end]}
    behind = draft.end
    while behind < len(tokens) and not tokens[behind].gap and tokens[behind].word in words:
        behind += 1
    return behind


def _names(words: Sequence[str], draft: Draft) -> bool:
    """Returns whether a phrase leads to the sound of a draft."""
    node: Node | None = vocabulary().root
    for word in words:
        node = node.children.get(word) if node is not None else None
    return node is not None and any(_leads_to(entry, draft) for entry in node.entries)


def _leads_to(entry: Entry, draft: Draft) -> bool:
    facts = vocabulary()
    if entry.kind == "thing":
        return facts.things[entry.id].alone[0] == draft.source
    if entry.kind != "act":
        return False
    does = (facts_of(head).does.get(entry.id, ("", "")) for head in draft.heads)
    return draft.source in {facts.acts[entry.id].alone[0], *(source for source, _ in does)}
