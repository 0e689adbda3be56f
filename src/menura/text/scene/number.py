"""Number: whether one of a sound is meant, or several, where nothing is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.drafts import EVENT_LIKE
from menura.text.scene.repeating import count_repeats
from menura.text.scene.stage import facts_of
from menura.text.scene.stems import find_singulars
from menura.text.scene.vocabulary import Node, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

_ONE = frozenset({"a", "an"})
_FRESH = frozenset({"stop", "comma", "also"})
_MEN = frozenset({"men", "women", "children", "people", "mice", "geese", "wolves"})
_SAID = frozenset({"count", "many", "every_s", "duration_s", "tempo", "movement", "speed", "stops"})
_BEATEN = frozenset({"breath", "clock_tick", "typing"})
_AT_ONCE = frozenset({"gasp"})
_GROUPED = frozenset({"audience", "crowd", "everyone", "everybody"})
_AS_ONE = frozenset({"siren"})
_GROUPS = frozenset({"sounds", "noises", "sequence", "pattern", "track", "cycle"})
_SLOW = frozenset({"slow", "fast", "double"})
_SUBJECTS = frozenset({"he", "she", "it", "who", "someone", "somebody", "they", "that", "which"})


def settle_number(tokens: Sequence[Token], clause: Clause, drafts: Sequence[Draft]) -> None:
    """Settles how many are meant: "a knock" is one, "knocks" are several, "a dog" is not said."""
    for draft in drafts:
        _count_words(tokens, draft)
        if draft.source in EVENT_LIKE or (draft.is_bed and "movement" not in draft.fields):
            continue
        if vocabulary().sources[draft.source].is_doing:
            continue
        fields = draft.fields
        if not fields.keys().isdisjoint({"count", "every_s", "many"}):
            continue
        if fields.get("movement") == "approaching" and draft.source in _AS_ONE:
            continue  # many that come nearer are one sound that does
        if _is_at_once(tokens, draft):
            fields["count"] = 1
        elif any(is_plural(tokens, clause, each) for each in draft.heads if _sounds(each, draft)):
            fields["many"] = True
        elif _is_one(tokens, draft):
            fields["count"] = 1


def settle_singles(tokens: Sequence[Token], drafts: Sequence[Draft]) -> None:
    """Settles that a noun in the singular is one of what comes in groups: "knock", "dog bark".

    Where something sounds on around it, such as rain, it comes as often as it usually does.
    """
    if any(draft.is_bed and not _is_beaten(draft) for draft in drafts):
        return
    single: list[Draft] = []
    for draft in drafts:
        is_said = not draft.fields.keys().isdisjoint(_SAID)
        if draft.source in EVENT_LIKE or is_said:
            continue
        if any(draft.like is each for each in single) or _is_single(tokens, draft):
            draft.fields["count"] = 1
            single.append(draft)


def _count_words(tokens: Sequence[Token], draft: Draft) -> None:
    """Counts a sound whose word is said several times: "knock knock knock"."""
    if draft.source in EVENT_LIKE or "count" in draft.fields:
        return
    if draft.is_bed and not _is_beaten(draft):
        return
    repeats = count_repeats(tokens, draft)
    if repeats > 1:
        draft.fields["count"] = repeats


def _is_beaten(draft: Draft) -> bool:
    """Returns whether what sounds on is made of single ones: steps, ticks, breaths."""
    if draft.source in EVENT_LIKE:
        return False
    return draft.source in _BEATEN or vocabulary().sources[draft.source].is_doing


def _is_single(tokens: Sequence[Token], draft: Draft) -> bool:
    """Returns whether the phrase of a sound ends with a noun for one: not "footstep sounds"."""
    for head in draft.heads:
        behind = tokens[head.end].word if head.end < len(tokens) else ""
        words = [token.word for token in tokens[head.start : head.end]]
        if words[-1] in vocabulary().lists["single"] and behind not in _GROUPS:
            return _SLOW.isdisjoint(words) and len(set(words)) == len(words)  # "knock knock"
    return False


def is_plural(tokens: Sequence[Token], clause: Clause, mention: Mention) -> bool:
    """Returns whether a phrase names several: "explosions", but not "keys" or "she screams"."""
    if mention.entry is None or (mention.start and tokens[mention.start - 1].word in _ONE):
        return False  # "a gun cocks"
    words = [token.word for token in tokens[mention.start : mention.end]]
    if not _MEN.isdisjoint(words):
        return True
    for at, stem in ((at, stem) for at, word in enumerate(words) for stem in find_singulars(word)):
        if not _leads_to([*words[:at], stem, *words[at + 1 :]], mention):
            continue
        if not _is_verb(stem):
            return mention.kind == "thing"
        if at > 0 or clause.joint not in _FRESH:
            return False
        before = tokens[mention.start - 1].word if mention.start > clause.start else ""
        done = any(m.kind == "thing" and m.end == mention.start for m in clause.mentions)
        begins = mention.kind == "thing" or (clause.is_leading and mention.start == clause.start)
        return begins and not done and before not in _SUBJECTS
    return False


def _is_at_once(tokens: Sequence[Token], draft: Draft) -> bool:
    """Returns whether many do something once, and all at the same moment: "people gasp"."""
    if draft.source not in _AT_ONCE:
        return False
    done = [head.start for head in draft.heads]
    return any(
        tokens[at].word in _AT_ONCE or (at > 0 and tokens[at - 1].word in _GROUPED) for at in done
    )


def _sounds(mention: Mention, draft: Draft) -> bool:
    """Returns whether a mention is of what sounds, or of who makes it sound."""
    if mention.kind != "thing":
        return mention is draft.heads[0] and mention.end - mention.start == 1
    facts = facts_of(mention)
    return facts.is_agent or facts.alone[0] == draft.source or mention is draft.heads[0]


def _is_one(tokens: Sequence[Token], draft: Draft) -> bool:
    """Returns whether `a` stands before a sound, or before what describes it."""
    if draft.is_bed or len(draft.heads) > 1 or facts_of(draft.heads[0]).is_agent:
        return False
    head = draft.heads[0]
    start = min([head.start, *(m.start for m in draft.parts if m.end <= head.start)])
    return start > 0 and not tokens[start].gap and tokens[start - 1].word in _ONE


def _leads_to(words: Sequence[str], mention: Mention) -> bool:
    node: Node | None = vocabulary().root
    for word in words:
        node = node.children.get(word) if node is not None else None
    entries = node.entries if node is not None else ()
    return any((entry.kind, entry.id) == (mention.kind, mention.id) for entry in entries)


def _is_verb(word: str) -> bool:
    child = vocabulary().root.children.get(word)
    return child is not None and any(entry.kind == "act" for entry in child.entries)
