"""Concluding: what is told to end, or to change at the end, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.retelling import changes, ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft
    from menura.text.scene.mentions import Mention

_ALL = frozenset({"everything", "all"})


def set_end(clause: Clause, drafts: Sequence[Draft], told: Sequence[Draft]) -> None:
    """Turns the moment that leads a clause into an end: "rain, and at 5 s the rain stops".

    Args:
        clause: it.
        drafts: its drafts.
        told: those of the clauses before it.
    """
    known = {draft.source for draft in told}
    if not known or not all(draft.source in known for draft in drafts):
        return
    if not any(m.effects.get("stops") and not m.is_negated for m in clause.mentions):
        return
    for mention in clause.mentions:
        if mention.start != clause.start or "start_s" not in mention.effects:
            continue
        stop_s = mention.effects["start_s"]
        mention.effects = {"stop_s": stop_s}
        for draft in drafts:
            if any(mention is part for part in draft.parts):
                draft.fields.pop("moments_s", None)
                del draft.fields["start_s"]
                draft.fields["stop_s"] = stop_s


def take_silence(clause: Clause, loose: list[Mention], told: Sequence[Draft]) -> list[Mention]:
    """Ends all that was told where a silence has its moment; returns what else was said.

    Of "silence from 5 to 8 seconds" nothing is made: it is left to be named as not understood.
    """
    silences = [m for m in clause.mentions if m.kind == "pause" and not m.is_negated]
    if not silences or clause.has_head:
        return loose
    for mention in loose:
        if "start_s" in mention.effects and "stop_s" not in mention.effects:
            mention.effects = {"stop_s": mention.effects["start_s"]}
            for draft in told:
                draft.add(mention)
    return [mention for mention in loose if "stop_s" not in mention.effects]


def concludes(clause: Clause, mention: Mention) -> bool:
    """Returns whether a clause of its own says how what was told before ends, or changes."""
    if clause.joint == "then":
        return ends(mention) or changes(mention)
    return ends(mention) and (not clause.is_leading or _is_timed(clause))


def find_ending(
    tokens: Sequence[Token], clause: Clause, mention: Mention, told: Sequence[Draft]
) -> Sequence[Draft]:
    """Returns what ends, or changes: what was told last, and all if "everything" ends at a moment.

    What dies down is what sounds on.
    """
    words = {token.word for token in tokens[clause.start : clause.end]}
    if words & _ALL and _is_timed(clause) and ends(mention):
        return told
    beds = [draft for draft in told if draft.is_bed]
    is_gradual = ends(mention) and {"stops", "stop_s"}.isdisjoint(mention.effects)
    return beds[-1:] if beds and is_gradual and clause.joint == "then" else told[-1:]


def _is_timed(clause: Clause) -> bool:
    """Returns whether a clause says when something is over."""
    return any("stop_s" in mention.effects for mention in clause.mentions)
