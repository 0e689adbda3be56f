"""Who plays: instruments with their roles, qualities and actions, and who is shut out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import peek
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.tokens import Token

MAX_WISHES = 64
MAX_COUNT = 8
_BEATS = frozenset({"drums", "percussion"})
RHYTHM = frozenset({"drums", "percussion", "bass"})
_ROLE_OF_FAMILY = {"basses": "bass", "drums": "drums", "percussion": "percussion"}
_DESCRIBING = frozenset({"quality", "mood", "mix", "genre", "solo", "section", "density", "tempo"})
_AS_ROLES = {"pad": "pad", "arp": "arp", "lead": "melody"}
_PLAYED_BY = frozenset({"on", "by", "from", "played", "for", "in"})
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "pair": 2, "double": 2}
_PLAYS = frozenset({"play", "plays", "playing", "on", "in", "the", "their", "its"})
_NOTES = frozenset({"note", "notes", "register", "range", "octave"})
"""What stands around a word that says how high somebody plays: "strings playing low notes"."""
_NEAR = 3
PLUCKED = "plucked"

Span = list[Mention]


@dataclass(slots=True)
class Draft:
    """A wish that is still being read."""

    name: str
    kind: str
    role: str | None = None
    qualities: dict[str, None] = field(default_factory=dict)
    actions: dict[str, None] = field(default_factory=dict)
    count: int = 1
    is_solo: bool = False
    plays_solo: bool = False
    instead: str = ""
    phrase: str = ""
    start: int = 0
    end: int = 0


def read_players(evidence: Evidence) -> list[Draft]:
    """Returns the wishes of a prompt, in order, and marks the words that only describe them."""
    spans = [list(group) for _, group in groupby(evidence.mentions, key=lambda found: found.start)]
    drafts: list[Draft] = []
    for at, span in enumerate(spans):
        player = next((m for m in span if m.kind in PLAYERS and not m.is_negated), None)
        if player is None or player.is_spent:
            continue
        if len(drafts) >= MAX_WISHES:
            break
        draft = Draft(
            player.id,
            player.kind,
            vocabulary().stand_ins.get(player.instead, {}).get("role")
            or find_role(player.kind, player.id),
            instead=player.instead,
            start=player.start,
            end=player.end,
        )
        _read_before(evidence, spans, at, draft)
        _read_after(evidence, spans, at, draft)
        _choose(draft)
        phrase = cut(evidence.text, evidence.tokens, draft.start, draft.end)
        draft.phrase = phrase
        evidence.credit("instruments", [dataclasses.replace(player, text=phrase)])
        drafts.append(draft)
    _set_free(evidence)
    return _with_strings(evidence, _with_pianist(evidence, drafts))


def _choose(draft: Draft) -> None:
    """Puts the group that a word asks for in the place of an instrument: low strings."""
    others = vocabulary().players["chosen"].get(draft.name, {})
    chosen = next((others[quality] for quality in draft.qualities if quality in others), None)
    if chosen is not None and draft.kind == "instrument":
        draft.name, draft.kind, draft.role = chosen, "group", None


def _with_strings(evidence: Evidence, drafts: list[Draft]) -> list[Draft]:
    """Returns the wishes with the strings that "pizzicato" means where it describes nobody."""
    alone = [m for m in evidence.asked("quality") if m.text.casefold() == "pizzicato"]
    if not alone:
        return drafts
    for mention in alone:
        mention.is_spent = True
    evidence.credit("instruments", alone)
    bowed = [draft for draft in drafts if _is_bowed(draft)]
    for draft in bowed:
        draft.qualities[PLUCKED] = None
    if bowed:
        return drafts
    strings = Draft("strings", "instrument", phrase=alone[0].text, qualities={PLUCKED: None})
    strings.start, strings.end = alone[0].start, alone[0].end
    return [*drafts, strings]


def _is_bowed(draft: Draft) -> bool:
    facts = vocabulary()
    names = [draft.name]
    if draft.kind == "group":
        names = facts.players["group"][draft.name].get("players", [])
    families = [facts.instruments.get(name, {}).get("family") for name in names]
    return "strings" in families


def _with_pianist(evidence: Evidence, drafts: list[Draft]) -> list[Draft]:
    """Returns the wishes with the pianist of "solo piano with strings", which is a genre alone."""
    words = vocabulary().genres["solo piano"]["words"][0]
    alone = [m for m in evidence.asked("genre") if m.text.casefold() == words]
    if not alone or not drafts or any(draft.name == "piano" for draft in drafts):
        return drafts
    piano = Draft("piano", "instrument", "melody", is_solo=True, phrase=alone[0].text)
    piano.start, piano.end = alone[0].start, alone[0].end
    return [piano, *drafts]


def find_role(kind: str, name: str) -> str | None:
    """Returns the role that a player has by nature, or None."""
    facts = vocabulary()
    if kind == "generic":
        return facts.players["generic"][name]["role"] or None
    if kind == "piece":
        return "percussion" if facts.players["piece"][name].get("percussion") else "drums"
    if kind == "group":
        return None
    if name in {"pad", "arp"}:
        return _AS_ROLES[name]
    if name == "orchestral percussion":
        return "percussion"
    return _ROLE_OF_FAMILY.get(facts.instruments[name]["family"])


def _read_before(evidence: Evidence, spans: Sequence[Span], at: int, draft: Draft) -> None:
    tokens = evidence.tokens
    start = spans[at][0].start
    for span in reversed(spans[max(0, at - 5) : at]):
        between = [token.word for token in tokens[span[0].end : start]]
        gapped = any(token.gap for token in tokens[span[0].end : start + 1])
        role = next((m for m in span if m.kind == "role" and not m.is_negated), None)
        if role is not None and not gapped and _hands_over(between):
            draft.role, draft.start = role.id, span[0].start
            role.is_spent = True
            break
        if gapped or between not in ([], ["and"]) or not _is_describing(span) or span[0].is_negated:
            break
        if between and start == spans[at][0].start:
            break
        _describe(span, draft)
        draft.start = start = span[0].start
    _read_count(evidence, start, draft)


def _hands_over(between: list[str]) -> bool:
    """Returns whether words lead from a role to who has it: "melody on a", or nothing: "lead"."""
    return not between or (len(between) <= _NEAR and between[0] in _PLAYED_BY)


def _read_after(evidence: Evidence, spans: Sequence[Span], at: int, draft: Draft) -> None:
    tokens = evidence.tokens
    behind = spans[at][0].end
    for span in spans[at + 1 : at + 4]:
        start = span[0].start
        if start - behind > _NEAR - 1 or any(token.gap for token in tokens[behind : start + 1]):
            return
        if span[0].is_negated:
            return
        between = {token.word for token in tokens[behind:start]}
        plays = between <= _PLAYS and peek(tokens, span[0].end) in _NOTES
        if not _takes(span, draft, adjacent=start == behind or plays):
            return
        draft.end = behind = span[0].end


def _takes(span: Span, draft: Draft, *, adjacent: bool) -> bool:
    """Returns whether words behind a player say what it does, having taken them if they do."""
    action = next((m for m in span if m.kind == "action"), None)
    role = next((m for m in span if m.kind == "role"), None)
    as_role = next((m for m in span if m.kind == "instrument" and m.id in _AS_ROLES), None)
    if action is not None:
        draft.actions[action.id] = None
        if action.id == "lead":
            draft.role = "melody"
        if draft.role in RHYTHM:
            _describe([m for m in span if m.kind == "mood"], draft)
    elif adjacent and role is not None and draft.kind != "piece":
        draft.role = draft.role if draft.role in _BEATS else role.id
        role.is_spent = True
    elif adjacent and as_role is not None and draft.kind != "group":
        draft.role = _AS_ROLES[as_role.id]
        as_role.is_spent = True
    elif adjacent and any(m.kind == "solo" for m in span):
        draft.role = draft.role if draft.role in _BEATS else "melody"
        draft.plays_solo = True
    elif adjacent and all(m.kind == "quality" for m in span):
        _describe(span, draft)  # "guitar fingerpicking", "strings pizzicato"
    else:
        return False
    return True


def _is_describing(span: Span) -> bool:
    return all(
        m.kind in _DESCRIBING or m.kind in {"texture", "action", "shape", "swing", "style"}
        for m in span
    ) and any(m.kind in _DESCRIBING for m in span)


def _describe(span: Span, draft: Draft) -> None:
    """Takes adjectives as qualities; what they say of the whole piece is settled at the end."""
    for mention in span:
        if mention.is_negated:
            continue
        if mention.kind == "solo":
            draft.is_solo = True
            draft.role = draft.role if draft.role in _BEATS else "melody"
            for other in span:
                other.is_spent = True
        elif mention.kind == "genre" and draft.kind == "group":
            return  # an ensemble's genre is the piece's
        elif mention.kind in {"quality", "mood", "mix", "genre"}:
            draft.qualities[mention.id] = None
            rhythm = draft.role in RHYTHM
            mention.is_spent = (
                mention.kind in {"quality", "mix"} or rhythm or (mention.kind == "genre")
            )


def _set_free(evidence: Evidence) -> None:
    """Gives moods and genres back to the piece if it has none besides those of single players."""
    for kind in ("mood", "genre"):
        mentioned = [m for m in evidence.mentions if m.kind == kind and not m.is_negated]
        if all(mention.is_spent for mention in mentioned):
            for mention in mentioned:
                mention.is_spent = False


def _read_count(evidence: Evidence, start: int, draft: Draft) -> None:
    """Reads the `three` of "three violins", and marks it as understood."""
    tokens = evidence.tokens
    for at in (start - 1, start - 2):
        if at < 0 or tokens[at + 1].gap:
            return
        token: Token = tokens[at]
        count = _COUNTS.get(token.word, int(token.text) if _is_small(token) else 0)
        if 2 <= count <= MAX_COUNT:
            draft.count = count if _is_countable(draft) else 1
            evidence.mentions.append(
                Mention("count", token.word, at, at + 1, token.text, is_spent=True)
            )
            return
        if token.word != "of":
            return


def _is_countable(draft: Draft) -> bool:
    """Returns whether several of a player have a part each: guitars do, basses and drums do not."""
    return draft.kind == "instrument" or (draft.kind == "generic" and draft.role not in RHYTHM)


def _is_small(token: Token) -> bool:
    return token.kind == "number" and token.text in {"2", "3", "4", "5", "6", "7", "8"}
