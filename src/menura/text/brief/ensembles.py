"""Ensembles: who plays in a trio or alone, and whether somebody else may."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from menura.text.brief.players import RHYTHM
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.text.brief.brief import Entry, Solitude
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.players import Draft

_BESIDE = frozenset({"with", "over", "and", "featuring", "behind", "under", "plus", "by", "on"})
"""Words before a soloist that say that others play too: "jazz with a solo saxophone"."""
_EVERYBODY = "everybody"
_ARTICLES = frozenset({"a", "an", "the", "some"})


def facts_of(draft: Draft) -> dict[str, Any]:
    """Returns what is known of a group; nothing of other players."""
    if draft.kind != "group":
        return {}
    facts: dict[str, Any] = vocabulary().players["group"].get(draft.name, {})
    return facts


def brings_band(entries: Iterable[Entry]) -> bool:
    """Returns whether a band comes in whose players are left open: "full orchestra at 0:20"."""
    groups = vocabulary().players["group"]
    later = [groups.get(entry.who) for entry in entries if not entry.leaves]
    return any(group is not None and not {"players", "size"} & group.keys() for group in later)


def mark_everybody(evidence: Evidence, entries: Iterable[Entry]) -> None:
    """Takes "full band" and `everyone` for no player where they do not come in at a time."""
    if any(entry.who == _EVERYBODY for entry in entries):
        return
    evidence.mentions = [
        dataclasses.replace(m, kind="filler", id="filler")
        if m.kind == "group" and m.id == _EVERYBODY
        else m
        for m in evidence.mentions
    ]


def settle_size(evidence: Evidence, drafts: Sequence[Draft]) -> tuple[list[Draft], int | None]:
    """Returns the players without words such as `duo`, and how many shall play, None = open.

    A word right behind the only player multiplies it: "cello duo" is two cellos.
    """
    sized = [draft for draft in drafts if "size" in facts_of(draft)]
    counts = [draft for draft in sized if "players" not in facts_of(draft)]
    others = [draft for draft in drafts if draft not in counts]
    if not counts:
        return others, None
    size = int(facts_of(counts[-1])["size"])
    if len(others) == 1 and others[0].end == counts[-1].start and others[0].role not in RHYTHM:
        others[0].count = size
    named = sum(draft.count for draft in others if draft.kind != "group")
    if named > size:
        evidence.note(f"{counts[-1].name} means {size}, and {named} are named: all of them play")
    return others, size if named < size else None


def note_voices(evidence: Evidence, drafts: Sequence[Draft]) -> None:
    """Notes what is left of a piece without instruments, and who plays in it all the same."""
    for draft in (draft for draft in drafts if draft.name == "a cappella"):
        said = " ".join(token.text for token in evidence.tokens[draft.start : draft.end])
        evidence.note(f"{said!r:.60}: a choir sings, without words")
        beside = [other.name for other in drafts if other.name not in {draft.name, "choir"}]
        if beside:
            evidence.note(f"{said!r:.60} and {', '.join(beside):.80} contradict: all are heard")


def displace(
    members: Sequence[Draft], joined: Sequence[Draft], guests: Sequence[Draft], size: int
) -> list[Draft]:
    """Returns the members of a group of `size` that are left when others are named for it.

    Args:
        members: who belongs to it as a matter of course, the first to leave first.
        joined: those of them that were named.
        guests: who was named besides: one with a role of a member takes that member's place.
        size: how many play.
    """
    left = list(members)
    for guest in guests:
        for _ in range(guest.count):
            free = [member for member in left if member not in joined]
            same = [member for member in free if guest.role and member.role == guest.role]
            if len(left) + len(guests) > size and free:
                left.remove((same or free)[0])
    return left


def is_only(
    evidence: Evidence,
    drafts: Sequence[Draft],
    genres: Sequence[str],
    solitudes: Sequence[Solitude] = (),
) -> bool:
    """Returns whether nobody but those named should play, in all of the piece."""
    said = evidence.asked("only")
    roles = evidence.asked("role")
    if said and (drafts or roles):
        evidence.credit("only_named", said)
        return True
    if "solo piano" in genres and {draft.name for draft in drafts} <= {"piano"}:
        return True
    closed = [draft for draft in drafts if facts_of(draft).get("only")]
    if closed and (len(closed) == len(drafts) or len(genres) < 2):
        return True
    counted = any("size" in facts_of(draft) for draft in drafts)
    if counted and settle_size(evidence, drafts)[1] is None:
        return True
    apart = {name for solitude in solitudes for name in solitude.who}
    if not drafts or drafts[0].name in apart:
        return False
    return _is_alone(evidence, drafts, genres)


def _is_alone(evidence: Evidence, drafts: Sequence[Draft], genres: Sequence[str]) -> bool:
    """Returns whether somebody plays a solo that is the whole piece, with those named beside."""
    draft = drafts[0]
    if draft.kind == "group":
        return draft.is_solo and bool({"players", "suggested"} & facts_of(draft).keys())
    before = [token.word for token in evidence.tokens[: draft.start]]
    while before and before[-1] in _ARTICLES:
        before.pop()
    if before and before[-1] in _BESIDE:
        return False
    if draft.is_solo:
        return True
    told = evidence.asked("form") or {m.id for m in evidence.asked("section")} - {"solo"}
    uses = {mention.start for mention in evidence.asked("purpose")}
    named = any(mention.start not in uses for mention in evidence.asked("genre"))
    return draft.plays_solo and not (told or (genres and named))
