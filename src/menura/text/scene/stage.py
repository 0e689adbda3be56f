"""`Stage`: a clause while it is made into drafts, and who stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.text.scene.drafts import Draft
from menura.text.scene.vocabulary import Thing, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.mentions import Mention

_SILENT = Thing(("", ""), is_agent=False, does={})
_REACH = 6


@dataclass(slots=True)
class Cast:
    """Who has been named so far.

    Attributes:
        thing: the last thing that may do something, or None.
        drafts: all that were made.
        is_paused: whether a silence stands between these and what is told next.
    """

    thing: Mention | None = None
    is_paused: bool = False
    drafts: list[Draft] = field(default_factory=list)


@dataclass(slots=True)
class Stage:
    """A clause while it is made into drafts.

    Attributes:
        tokens: of the prompt.
        clause: it.
        cast: who was named before.
        heads: the mentions of the clause that may sound, in order.
        made: the drafts so far.
    """

    tokens: Sequence[Token]
    clause: Clause
    cast: Cast
    heads: list[Mention]
    made: list[Draft] = field(default_factory=list)

    def opens(self, act: Mention) -> bool:
        """Returns whether nothing that sounds stands before an action in its clause."""
        return not any(head.start < act.start for head in self.heads)

    def is_new(self, act: Mention) -> bool:
        """Returns whether an action is a noun that was not there before: "a low hum"."""
        for at in range(act.start - 1, max(act.start - 4, self.clause.start - 1), -1):
            word = self.tokens[at].word
            if self.tokens[at + 1].gap or word in vocabulary().lists["article"]:
                return not self.tokens[at + 1].gap and word in {"a", "an", "some"}
        return False

    def find_partners(self, act: Mention) -> tuple[Mention | None, Mention | None, bool]:
        """Returns who acts, on what, and whether that stands right behind, as in "barking dog"."""
        things = [head for head in self.heads if head.kind == "thing"]
        acts = [head for head in self.heads if head.kind == "act" and head is not act]
        subject = next((head for head in reversed(things) if head.end <= act.start), None)
        if subject is not None:
            taken = any(subject.end <= a.start < act.start and a.is_used for a in acts)
            owned = any(subject is head for draft in self.made for head in draft.heads)
            if taken or (subject.is_used and not owned):
                subject = None
        target = next((head for head in things if head.start >= act.end), None)
        if target is not None:
            parted = any(act.end <= a.start < target.start for a in acts)
            target = None if parted or target.is_used else target
        is_close = target is not None and not find_place(self.tokens, self.clause, target)
        return subject, target, is_close

    def make(self, target: tuple[str, str], *heads: Mention) -> Draft:
        """Adds a draft, or joins one of the clause that is the same sound of the same thing."""
        source, variant = target
        for draft in self.made:
            if draft.source == source and any(a is b for a in heads for b in draft.heads):
                draft.variant = variant or draft.variant
                for head in heads:
                    draft.join(head)
                return draft
        draft = Draft(source, variant, [], is_sure=bool(variant))
        draft.thing = next((head.id for head in heads if head.kind == "thing"), "")
        for head in heads:
            draft.join(head)
            if head.kind == "act" or facts_of(head).alone[0] == source:
                draft.fields.update(head.effects)
        self.made.append(draft)
        return draft

    def grow(self, draft: Draft, doer: Mention) -> None:
        """Gives a sound the size of what makes it, if that has another sound of its own."""
        if facts_of(doer).alone[0] == draft.source:
            return
        words = [token.word for token in self.tokens[doer.start : doer.end]]
        sizes = vocabulary().sizes
        size = sizes.get(" ".join(words), sizes.get(words[-1]))
        if size is not None:
            draft.fields.setdefault("size", size)


def facts_of(mention: Mention) -> Thing:
    """Returns what the vocabulary says of a thing; anything else is silent."""
    return vocabulary().things[mention.id] if mention.kind == "thing" else _SILENT


def is_heard(thing: Mention) -> bool:
    """Returns whether a thing sounds whatever is done near it: rain, wind, a river."""
    facts = facts_of(thing)
    source = vocabulary().sources.get(facts.alone[0])
    return source is not None and source.is_bed and not facts.is_agent


def find_place(tokens: Sequence[Token], clause: Clause, thing: Mention) -> str:
    """Returns `touching` or `within` if a thing is only what something is on or in, or ""."""
    facts = vocabulary()
    described = clause.described
    for at in range(thing.start - 1, max(thing.start - _REACH, -1), -1):
        word = tokens[at].word
        if tokens[at + 1].gap:
            return ""
        for place in ("touching", "within"):
            if word in facts.lists[place]:
                return place
        is_plain = word in facts.lists["article"] or at in described or word in facts.describing
        is_plain = is_plain or _is_silent(word)
        if not is_plain and word in facts.root.children:
            return ""
    return ""


def _is_silent(word: str) -> bool:
    """Returns whether a word makes no sound by itself: "stone" floor, "kitchen" floor."""
    facts = vocabulary()
    child = facts.root.children.get(word)
    return child is not None and any(
        e.kind in {"space", "set"} or (e.kind == "thing" and not facts.things[e.id].alone[0])
        for e in child.entries
    )
