"""From drafts to wishes: what was named twice is merged, groups get their players."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.brief import InstrumentWish
from menura.text.brief.ensembles import displace
from menura.text.brief.mentions import PLAYERS
from menura.text.brief.players import MAX_WISHES, PLUCKED, Draft, find_role
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention


_BENT = {"distorted": "distorted guitar", "overdriven": "overdriven guitar"}
"""Qualities whose players go when they are turned down."""


def make_wishes(drafts: Sequence[Draft]) -> tuple[tuple[InstrumentWish, ...], tuple[str, ...]]:
    """Returns the wishes and what is suggested beside them; a name twice means two players."""
    groups = vocabulary().players["group"]
    suggested: dict[str, None] = {}
    merged = _merge(drafts)
    grouped: list[Draft] = []
    size = 0
    for draft in merged:
        if draft.kind == "group":
            suggested.update(dict.fromkeys(groups[draft.name].get("suggested", ())))
            size += groups[draft.name].get("size", 0)
            plucked = {q: None for q in draft.qualities if q == PLUCKED}
            grouped.extend(
                Draft(name, "instrument", find_role("instrument", name), qualities=dict(plucked))
                for name in groups[draft.name].get("players", ())
            )
    joined: list[Draft] = []
    alone = [
        draft for draft in merged if draft.kind != "group" and not _join(draft, grouped, joined)
    ]
    if size:
        grouped = displace(grouped, joined, alone, size)
    wishes = [_wish(draft) for draft in (*grouped, *alone) for _ in range(draft.count)]
    named = {wish.name for wish in wishes}
    return tuple(wishes[:MAX_WISHES]), tuple(name for name in suggested if name not in named)


def _join(draft: Draft, grouped: Sequence[Draft], joined: list[Draft]) -> bool:
    """Returns whether somebody is a member of a group already, who then takes on what was said.

    Whoever does is added to `joined`.
    """
    choices = {draft.name}
    if draft.kind == "generic":
        choices.update(vocabulary().players["generic"][draft.name]["choices"])
    member = next((member for member in grouped if member.name in choices), None)
    if member is not None:
        _absorb(member, draft)
        joined.append(member)
    return member is not None


def find_lead(wishes: Sequence[InstrumentWish], genres: Sequence[str]) -> str | None:
    """Returns who has the tune: who was said to, else who sings one line, else the first."""
    if "solo piano" in genres and not wishes:
        return "piano"
    facts = vocabulary().instruments
    said = [wish for wish in wishes if wish.role == "melody"]
    free = [wish for wish in wishes if wish.role is None]
    singing = [wish for wish in free if facts.get(wish.name, {}).get("leads")]
    chosen = next(iter(said or singing or free), None)
    return chosen.name if chosen else None


def settle_exclusions(
    evidence: Evidence, fields: Iterable[Evidence], given: Iterable[str]
) -> tuple[str, ...]:
    """Returns all names that must not be heard, those of the field first."""
    declined = evidence.declined(*PLAYERS, "role", "texture")
    absent = evidence.asked("absence")
    bent = [m for m in evidence.declined("quality") if m.id in _BENT]
    evidence.credit("exclude", sorted((*declined, *absent), key=lambda found: found.start))
    shut: dict[str, None] = dict.fromkeys(given)
    for found in fields:
        for mention in found.mentions:
            shut.update(dict.fromkeys(expand_exclusion(mention)))
    shut.update(dict.fromkeys(name for name in _BENT.values() if bent))
    for mention in (*declined, *absent):
        if mention.instead:
            continue  # nobody plays it, and who would in its place may
        shut.update(dict.fromkeys(expand_exclusion(mention)))
    return tuple(shut)


def keep_wanted(
    evidence: Evidence, wishes: Sequence[InstrumentWish], shut: Iterable[str]
) -> tuple[InstrumentWish, ...]:
    """Returns the wishes that nothing shuts out, with those of their choices that are left."""
    names = frozenset(shut)
    kept = []
    for wish in wishes:
        choices = tuple(choice for choice in wish.choices if choice not in names)
        if wish.name in names or not choices or wish.role in names:
            evidence.note(f"{wish.name} is asked for and shut out: it does not play")
        else:
            kept.append(dataclasses.replace(wish, choices=choices))
    return tuple(kept)


def note_left_out(evidence: Evidence, prompted: Sequence[Draft], named: Sequence[Draft]) -> None:
    """Notes who is in the prompt and not in the field `instruments`, which decides."""
    inside = {draft.name for draft in named}
    for draft in prompted:
        if draft.name not in inside:
            evidence.note(f"instruments is set; {draft.name!r} in the prompt gives way")


def named_by(wishes: Iterable[InstrumentWish]) -> set[str]:
    """Returns the names of those who are wished."""
    return {wish.name for wish in wishes}


def note_stand_ins(evidence: Evidence, drafts: Sequence[Draft]) -> None:
    """Notes who plays in the place of instruments that are not to be had, and why."""
    facts = vocabulary()
    for draft in drafts:
        if draft.instead:
            player = facts.instruments[draft.name]["words"][0]
            why = facts.stand_ins[draft.instead]["why"]
            evidence.note(f"{draft.instead} -> {player}: not to be had; in its place: {why}")


def at_home(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """Returns where a group, or the first that another stands in for, is at home, or nothing.

    Where somebody is named who is there, no stand-in chooses the genre.
    """
    groups = vocabulary().players["group"]
    homes = [groups[d.name].get("home") for d in drafts if d.kind == "group"]
    if any(homes):
        return tuple(filter(None, homes))[:1]
    if not all(draft.instead for draft in drafts):
        return ()
    facts = vocabulary().stand_ins
    known = [facts[draft.instead]["genre"] for draft in drafts if draft.instead]
    return tuple(known[:1])


def expand_exclusion(mention: Mention) -> tuple[str, ...]:
    """Returns all that goes when a player, role or texture is turned down, itself first."""
    facts = vocabulary()
    name = mention.id
    if mention.kind == "generic":
        generic = facts.players["generic"][name]
        family = generic["family"]
        shut = [*generic["shuts"], family, *_members(family)]
        if "drums" in shut and family == "percussion":
            shut += ["drums", *_members("drums"), *_members("orchestral percussion")]
        return tuple(dict.fromkeys((name, *shut)))
    if mention.kind == "instrument" and name in facts.players["family"]:
        family = facts.players["family"][name]
        return tuple(dict.fromkeys((name, family, *_members(family))))
    if mention.kind == "group":
        group = facts.players["group"][name]
        return tuple(dict.fromkeys((name, *group.get("players", ()), *group.get("suggested", ()))))
    if mention.kind == "absence":
        beating = ("drums", *_members("drums"))
        groups = {
            "drums": beating,
            "rhythm": (*beating, "percussion", "arp"),
            "bass": ("bass", *_members("basses")),
        }
        return groups.get(name, (name,))
    return (name,)


def _members(family: str) -> list[str]:
    return [name for name, facts in vocabulary().instruments.items() if facts["family"] == family]


def _merge(drafts: Sequence[Draft]) -> list[Draft]:
    """Returns the drafts with what was named twice put together."""
    generics = vocabulary().players["generic"]
    merged: dict[str, Draft] = {}
    for draft in drafts:
        earlier = merged.setdefault(draft.name, draft)
        if earlier is not draft:
            _absorb(earlier, draft)
            earlier.count += earlier.instead != draft.instead
    for name in [name for name, draft in merged.items() if draft.kind == "generic"]:
        choices = generics[name]["choices"]
        special = next((merged[choice] for choice in choices if choice in merged), None)
        if special is not None and generics[name]["role"]:
            _absorb(special, merged.pop(name))
    return list(merged.values())


def _absorb(kept: Draft, other: Draft) -> None:
    kept.role = kept.role or other.role
    kept.qualities.update(other.qualities)
    kept.actions.update(other.actions)
    kept.count = max(kept.count, other.count)


def _wish(draft: Draft) -> InstrumentWish:
    facts = vocabulary().players
    choices: list[str] = [draft.name]
    keys: tuple[int, ...] = ()
    if draft.kind == "piece":
        piece = facts["piece"][draft.name]
        keys = tuple(piece["keys"])
        whose = "percussion" if piece.get("percussion") else "drums"
        choices = (
            ["hand percussion"]
            if whose == "percussion"
            else list(facts["generic"][whose]["choices"])
        )
    elif draft.kind == "generic":
        generic = facts["generic"][draft.name]
        best = [generic["by_quality"][q] for q in draft.qualities if q in generic["by_quality"]]
        choices = list(dict.fromkeys((*best, *generic["choices"])))
    return InstrumentWish(
        name=draft.name,
        role=draft.role,
        choices=tuple(choices),
        qualities=tuple(draft.qualities),
        actions=tuple(draft.actions),
        keys=keys,
        phrase=draft.phrase,
        stands_in=bool(draft.instead),
    )
