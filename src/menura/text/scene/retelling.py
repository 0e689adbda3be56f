"""Retelling: what of a clause is told of a sound that was told of before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.drafts import Draft
from menura.text.scene.stage import facts_of
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.scene.clauses import Clause
    from menura.text.scene.mentions import Mention

_ONCE = frozenset(
    {
        "count",
        "many",
        "pause_s",
        "start_s",
        "moments_s",
        "stop_s",
        "goes_on",
        "movement",
        "direction",
        "duration_s",
        "sudden",
        "together",
    }
)
_APART = frozenset(
    {"near", "direction", "movement", "count", "distance_m", "muffled", "every_s", "start_s"}
)


def is_same_bed(earlier: Draft, draft: Draft) -> bool:
    """Returns whether two drafts are one sound that goes on: nothing says that they are apart."""
    if not draft.is_bed or draft.source == "music" or earlier.thing != draft.thing:
        return False
    return _APART.isdisjoint({*earlier.fields, *draft.fields})


def is_tool(drafts: Sequence[Draft], draft: Draft) -> bool:
    """Returns whether what is told last is what a thing does that is only named after it."""
    if not drafts or draft.thing not in vocabulary().things or len(draft.heads) > 1:
        return False
    does = vocabulary().things[draft.thing].does.values()
    return any(source == drafts[-1].source for source, _ in does)


def counts_beats(earlier: Draft, draft: Draft) -> bool:
    """Returns whether a draft only says how many beats one has: "footsteps on wood, six steps"."""
    source = vocabulary().sources.get(draft.source)
    is_beaten = source is not None and source.is_doing
    return is_beaten and "count" in draft.fields and "count" not in earlier.fields


def counts_objects(earlier: Draft, draft: Draft) -> bool:
    """Returns whether a draft only counts what one is done to: "dishes break, 5 plates"."""
    own = [facts_of(head).alone[0] for head in earlier.heads]
    is_only = draft.fields.keys() == {"count"} and len(draft.heads) == 1
    return is_only and "count" not in earlier.fields and draft.source in own


def copy_draft(last: Draft, told: Mention, clause: int) -> Draft:
    """Returns a draft of what sounded last, with what is told of it now."""
    copy = Draft(last.source, last.variant, [told], is_sure=True, thing=last.thing, clause=clause)
    copy.like = last
    copy.fields = {name: value for name, value in last.fields.items() if name not in _ONCE}
    copy.add(told)
    return copy


def repeat_at(last: Draft, clause: Clause, loose: Sequence[Mention]) -> Draft | None:
    """Returns as many as are counted at another moment: "two shots at 2 s and one at 5 s"."""
    counted = next((mention for mention in loose if mention.kind == "count"), None)
    if counted is None or not any("start_s" in mention.effects for mention in loose):
        return None
    again = copy_draft(last, counted, clause.number)
    for mention in loose:
        if mention is not counted:
            again.add(mention)
    return again


def ends(mention: Mention) -> bool:
    """Returns whether a description says how something ends that sounds already."""
    is_over = "stop_s" in mention.effects and "start_s" not in mention.effects
    return is_over or mention.effects.get("fades") == "out"


def changes(mention: Mention) -> bool:
    """Returns whether a description says how something changes while it sounds."""
    return not {"tempo", "grows"}.isdisjoint(mention.effects)


def turns_back(draft: Draft, mention: Mention) -> dict[str, str]:
    """Returns what a sound that grows does next, by a word for its force: "then weaker"; or {}."""
    if draft.fields.get("fades") == "in" and mention.effects.get("level") == "quiet":
        return {"fades": "out"}
    force = mention.effects.get("intensity", 0.5)
    next_is = "less" if force < 0.5 else "more" if force > 0.5 else ""
    is_turn = {draft.fields.get("grows"), next_is} == {"more", "less"}
    return {"grows": next_is} if is_turn else {}


def stops(mention: Mention) -> bool:
    """Returns whether something is said to be over, so that what is told next comes after it."""
    return mention.is_used and not mention.is_negated and bool(mention.effects.get("stops"))
