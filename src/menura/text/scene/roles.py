"""Roles: which words of a clause are things, which say what they do, and which only describe."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from menura.text.scene.mentions import HEADS, Mention
from menura.text.scene.stage import facts_of
from menura.text.scene.stems import find_verbs
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.scene.stage import Stage
    from menura.text.scene.vocabulary import Entry


_OWNED = frozenset({"footsteps", "running", "breath", "wings", "heartbeat", "gallop", "chewing"})


def settle_roles(stage: Stage) -> None:
    """Settles the heads of a clause: what is a thing, what it does, what it is only likened to."""
    _drop_owners(stage)
    _choose_kinds(stage)
    _find_moves(stage)
    like = next((m for m in stage.clause.mentions if m.kind == "like"), None)
    if like is not None and any(head.start < like.start for head in stage.heads):
        # "A roar like a lion" has no lion in it.
        stage.heads[:] = [head for head in stage.heads if head.start < like.start]


def _drop_owners(stage: Stage) -> None:
    """Leaves out whose a thing is: of "a witch's cauldron", of "dinosaur footsteps"."""
    for owner, owned in pairwise(list(stage.heads)):
        text = stage.tokens[owner.end - 1].text
        is_own = text.endswith(("'s", "’s")) or (owned.id in _OWNED and facts_of(owner).is_agent)
        if owner.kind == "thing" and owner.end == owned.start and is_own:
            owner.is_used = True
            stage.heads.remove(owner)
            size = vocabulary().sizes.get(stage.tokens[owner.start].word)
            if size is not None and owned.kind == "thing":
                owned.effects.setdefault("size", size)


def _choose_kinds(stage: Stage) -> None:
    """Settles what a phrase is that may be a thing and what it does: "flies" of a jet.

    What may also describe, such as "close", is done only where something in the clause does it.
    """
    does = {act for head in stage.heads for act in facts_of(head).does}
    before: Mention | None = None
    for at, head in enumerate(stage.heads):
        act, quality = head.find("act"), head.find("quality")
        ahead = stage.heads[at + 1] if at + 1 < len(stage.heads) else None
        if head.kind == "thing" and quality is not None and _stands_before(head, ahead):
            _become(head, "quality", quality)  # "baby dragon"
        elif head.kind == "thing" and act is not None:
            beside = [m for m in (before, ahead) if m is not None]
            if at == 0 and stage.clause.joint != "stop" and not _is_noun(stage, head):
                beside.append(stage.cast.thing or head)
            is_agent = before is not None and facts_of(before).is_agent
            if before is not None and before.end == head.start and facts_of(before).alone[0]:
                is_agent |= vocabulary().acts[act.id].is_manner
            if is_agent or any(act.id in facts_of(m).does for m in beside):
                _become(head, "act", act)
        elif head.kind == "act" and act is not None and quality is not None:
            if act.id not in does:
                _become(head, "quality", quality)
            elif "movement" in quality.effects:
                head.effects, head.is_after = dict(quality.effects), quality.is_after
        before = head
    stage.heads[:] = [head for head in stage.heads if head.kind in HEADS]


def _stands_before(head: Mention, ahead: Mention | None) -> bool:
    """Returns whether a word stands right before a thing that does what is done."""
    return ahead is not None and ahead.start == head.end and facts_of(ahead).is_agent


def _is_noun(stage: Stage, head: Mention) -> bool:
    """Returns whether an article or a description stands before a word: "a slam"."""
    at = head.start - 1
    if at < stage.clause.start:
        return False
    return at in stage.clause.described or stage.tokens[at].word in vocabulary().lists["article"]


def _become(mention: Mention, kind: str, entry: Entry) -> None:
    mention.kind, mention.entry = kind, entry
    mention.effects, mention.is_after = dict(entry.effects), entry.is_after


def _find_moves(stage: Stage) -> None:
    """Adds what is done within a movement: walking in "a man walks past"."""
    added = []
    for quality in stage.clause.mentions:
        if "movement" not in quality.effects or quality.end - quality.start < 2:
            continue
        subject = next((m for m in reversed(stage.heads) if m.end <= quality.start), None)
        act = _find_act(stage.tokens[quality.start].word)
        if subject is None and not stage.heads:
            subject = stage.cast.thing
        if subject is None or subject.kind != "thing" or act is None:
            continue
        facts = facts_of(subject)
        if act.id in facts.does or (not facts.alone[0] and facts.is_agent):
            added.append(Mention("act", quality.start, quality.start + 1, entry=act))
    stage.heads.extend(added)
    stage.heads.sort(key=lambda head: head.start)


def _find_act(word: str) -> Entry | None:
    children = vocabulary().root.children
    found = (
        entry
        for stem in (word, *find_verbs(word))
        if stem in children
        for entry in children[stem].entries
        if entry.kind == "act"
    )
    return next(found, None)
