"""From qualities and quantities of a clause to the fields of drafts, and to their variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.ambience import is_backed
from menura.text.scene.mentions import HEADS, Mention
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from menura.text.brief.tokens import Token
    from menura.text.scene.clauses import Clause
    from menura.text.scene.drafts import Draft

_DESCRIBING = ("quality", "count")
_COUNTED = frozenset({"strike", "toll", "chime", "ring", "peal"})
_CROWDS = frozenset({"crowd", "applause"})
_FEW, _FEW_INTENSITY = 5, 0.2
_AHEAD = 8
_WHOLE = frozenset({"total", "altogether", "overall", "whole", "duration", "length"})
_LASTING = frozenset({"for", "lasting", "lasts", "about", "around", "of"})


def describe(
    tokens: Sequence[Token], clause: Clause, drafts: Sequence[Draft]
) -> tuple[list[Mention], list[Mention]]:
    """Gives the drafts of a clause what is said of them.

    Returns:
        The descriptions that none of them took: those that belong to a place behind them, and
        those that belong to another clause.
    """
    of_place: list[Mention] = []
    loose: list[Mention] = []
    for at, mention in enumerate(clause.mentions):
        if mention.kind not in _DESCRIBING or mention.is_negated or mention.is_used:
            continue
        if _is_lifted(tokens, mention):
            mention.is_used = True
            continue
        ahead = _find_ahead(tokens, clause.mentions[at + 1 : at + 1 + _AHEAD], mention)
        crosses = "movement" in mention.effects and mention.is_after and bool(drafts)
        if ahead is not None and ahead.kind in {"space", "set"} and not crosses:
            of_place.append(mention)
            continue
        if _is_of_ambience(tokens, clause, mention):
            of_place.append(mention)
            continue
        draft = _choose(tokens, mention, ahead, drafts)
        if draft is None:
            loose.append(mention)
        elif mention.kind == "count":
            _count(mention, ahead, draft, loose)
        else:
            if not mention.is_after and _is_of_target(ahead, draft):
                mention.effects = {"size": size} if (size := mention.effects.get("size")) else {}
            if _is_of_blow(tokens, mention, draft):
                mention.effects = {"start_s": mention.effects["stop_s"], "moments_s": ()}
            draft.add(mention)
    return of_place, loose


def _is_of_ambience(tokens: Sequence[Token], clause: Clause, mention: Mention) -> bool:
    """Returns whether it is told of the ambience just before it: "a cafe in the background"."""
    places = (m for m in clause.mentions if m.kind == "set" and m.end == mention.start)
    return "level" in mention.effects and any(is_backed(tokens, clause, m) for m in places)


def _is_lifted(tokens: Sequence[Token], mention: Mention) -> bool:
    """Returns whether something is picked up, and nothing picks up: "he picks up the phone"."""
    words = [token.word for token in tokens[mention.start : mention.end + 1]]
    is_up = words[1 : mention.end - mention.start] == ["up"] and words[0].startswith("pick")
    is_closed = mention.end >= len(tokens) or bool(tokens[mention.end].gap)
    return is_up and not is_closed and words[-1] in vocabulary().lists["article"]


def _is_of_blow(tokens: Sequence[Token], mention: Mention, draft: Draft) -> bool:
    """Returns whether an end is itself what is heard, at its moment: "it shuts down at 5 s"."""
    if "stop_s" not in mention.effects or "start_s" in mention.effects or draft.is_bed:
        return False
    at = mention.start + (tokens[mention.start].word == "at")
    is_at = tokens[at - 1].word == "at"
    return is_at and any(at - 1 <= head.end <= at for head in draft.heads)


def _is_of_target(ahead: Mention | None, draft: Draft) -> bool:
    """Returns whether a description is of what something is done to: a knock on a heavy door."""
    if ahead is None or ahead.kind != "thing":
        return False
    acts = [head.start for head in draft.heads if head.kind == "act" or head is draft.heads[0]]
    return vocabulary().things[ahead.id].alone[0] != draft.source and ahead.start > min(acts)


def _find_ahead(
    tokens: Sequence[Token], others: Sequence[Mention], mention: Mention
) -> Mention | None:
    """Returns what a description stands before, as in "a slow, heavy knock"; None = nothing."""
    lists = vocabulary().lists
    stops = lists["touching"] | lists["within"] | {"and"}
    at = mention.end
    for other in others:
        if stops.intersection(token.word for token in tokens[at : other.start]):
            return None
        if other.kind in HEADS:
            return other
        if other.kind in {"space", "set"}:
            return None if tokens[other.start].word in stops else other
        if other.is_after:
            return None
        at = other.end
    return None


def _choose(
    tokens: Sequence[Token],
    mention: Mention,
    ahead: Mention | None,
    drafts: Sequence[Draft],
) -> Draft | None:
    behind = [draft for draft in drafts if draft.start < mention.start]
    if mention.is_after and behind:
        return max(behind, key=lambda draft: min(draft.end, mention.start))
    if ahead is not None:
        owner = next((d for d in drafts if any(ahead is head for head in d.heads)), None)
        if owner is not None:
            return owner
    if behind:
        return max(behind, key=lambda draft: min(draft.end, mention.start))
    is_near = bool(drafts) and not tokens[mention.start].gap
    return drafts[0] if drafts and (is_near or not mention.is_after) else None


def _count(mention: Mention, ahead: Mention | None, draft: Draft, loose: list[Mention]) -> None:
    """Takes a count, unless it counts people and not what they do: "two men walking"."""
    things = vocabulary().things
    if draft.source in _CROWDS:
        mention.is_used = True
        if mention.effects["count"] <= _FEW:
            draft.fields.setdefault("intensity", _FEW_INTENSITY)
        return
    if ahead is not None and ahead.kind == "thing" and not mention.is_after:
        counted = things[ahead.id].alone[0] == draft.source or not things[ahead.id].is_agent
        if not counted:
            mention.is_used = True
            return
    elif ahead is None and not mention.is_after and mention.entry is None:
        acts = {head.id for head in draft.heads if head.kind == "act"}
        if not acts & _COUNTED:
            loose.append(mention)
            return
    draft.add(mention)


def take_lengths(
    tokens: Sequence[Token], clause: Clause, drafts: Sequence[Draft], *, is_told: bool
) -> list[tuple[Mention, Draft | None]]:
    """Returns the lengths of a clause, each with the draft that lasts so long, or None.

    Args:
        tokens: of the prompt.
        clause: it.
        drafts: its drafts.
        is_told: whether the prompt tells one thing after the other: a length behind one of them is
            its own, unless it is said to be that of the whole.
    """
    found: list[tuple[Mention, Draft | None]] = []
    for mention in clause.mentions:
        if mention.kind != "duration" or mention.is_used:
            continue
        mention.is_used = True
        before = tokens[mention.start - 1].word if mention.start > clause.start else ""
        behind = [draft for draft in drafts if draft.start < mention.start]
        ahead = [draft for draft in drafts if draft.start >= mention.end]
        owner: Draft | None = None
        near = tokens[max(mention.start - 2, 0) : mention.end + 2]
        is_own = is_told and not any(token.word in _WHOLE for token in near)
        if behind and (before in _LASTING or (is_own and not ahead)):
            owner = behind[-1]
        elif ahead:
            owner = ahead[0]
        found.append((mention, owner))
    return found


def choose_variant(
    tokens: Sequence[Token],
    draft: Draft,
    zone: tuple[int, int],
    places: Sequence[str],
    others: Set[str],
) -> None:
    """Settles a draft's variant by what stands beside it, how far it is, and how it moves.

    Args:
        tokens: of the prompt.
        draft: it.
        zone: first token of what is said of it, and the token behind that.
        places: rooms that the prompt names.
        others: what else sounds.
    """
    source = vocabulary().sources.get(draft.source)
    if source is None:
        return
    if not draft.is_sure:
        found = _find_beside(tokens, draft, *zone) or next(
            (
                variant
                for place in places
                for variant, phrases in source.beside.items()
                if place in phrases
            ),
            "",
        )
        among = (v for v, names in source.among.items() if not others.isdisjoint(names))
        draft.variant = found or draft.variant or next(among, "")
    for name in ("speed", "movement", "near"):
        draft.variant = source.when.get(draft.fields.get(name, ""), draft.variant)


def _find_beside(tokens: Sequence[Token], draft: Draft, start: int, end: int) -> str:
    """Returns the variant whose longest words stand nearest to a sound, or ""."""
    middle = draft.heads[0].start
    found = [
        (at - last, abs(at - middle), variant)
        for at, last, variant in match_beside(tokens, draft.source, start, end)
    ]
    return min(found)[2] if found else ""


def match_beside(
    tokens: Sequence[Token], source: str, start: int, end: int
) -> list[tuple[int, int, str]]:
    """Returns (first token, token behind, variant) of what chooses a variant of a source."""
    if source not in vocabulary().sources:
        return []
    words = [token.word for token in tokens[start:end]]
    return [
        (start + at, start + at + len(parts), variant)
        for variant, phrases in vocabulary().sources[source].beside.items()
        for parts in map(str.split, phrases)
        for at in range(len(words) - len(parts) + 1)
        if words[at] == parts[0] and words[at : at + len(parts)] == parts
    ]
