"""Deeds: clauses that tell what happens once, so that the next such clause tells what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.drafts import EVENT_LIKE
from menura.text.scene.stems import find_verbs
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

_AGAIN = frozenset({"many", "every_s"})
_BEGUN = frozenset({"start"})
_PASSIVE = frozenset({"is", "are", "gets", "being"})


def is_deed(
    tokens: Sequence[Token], clause: Clause, drafts: Sequence[Draft], *, is_told: bool
) -> bool:
    """Returns whether a clause tells what somebody or something does once, in the present tense.

    Behind a deed the noun is enough: "the doorbell rings, footsteps, the door opens".

    "The door slams" is a deed; "a dog barks" is not, for what is wild sounds when it likes, and
    neither are "doors slamming" and "door slams, footsteps".
    """
    facts = vocabulary()
    for draft in drafts:
        if is_told and draft.is_bed and draft.variant in _BEGUN:
            continue  # "the car door slams, the engine starts"
        if draft.is_bed or draft.source in EVENT_LIKE or not draft.fields.keys().isdisjoint(_AGAIN):
            return False
        if facts.sources[draft.source].is_wild:
            return False
    if is_told and clause.joint == "comma" and drafts:
        return True
    heads = [m for draft in drafts for m in draft.heads if clause.start <= m.start < clause.end]
    return any(_is_finite(tokens, clause, head) for head in heads)


def _is_finite(tokens: Sequence[Token], clause: Clause, mention: Mention) -> bool:
    """Returns whether a phrase is, or ends with, a verb in the present tense."""
    if mention.kind != "act":
        return _ends_with_verb(tokens, clause, mention)
    at = mention.start
    word = tokens[at].word
    if word.endswith("ing"):
        return False
    if word.endswith("ed"):
        return at > clause.start and tokens[at - 1].word in _PASSIVE
    return True


def _ends_with_verb(tokens: Sequence[Token], clause: Clause, mention: Mention) -> bool:
    """Returns whether a phrase for one thing says what is done: "door slams"."""
    words = [token.word for token in tokens[mention.start : mention.end]]
    has_subject = len(words) > 1 or mention.start > clause.start
    told = (word for word in (words[0], words[-1]) if word.endswith("s"))
    return has_subject and any(_is_verb(stem) for word in told for stem in find_verbs(word))


def _is_verb(word: str) -> bool:
    child = vocabulary().root.children.get(word)
    return child is not None and any(entry.kind == "act" for entry in child.entries)
