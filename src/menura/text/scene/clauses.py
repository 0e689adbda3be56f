"""Clauses: the pieces of a prompt that each tell of one sound, and how they are joined."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from menura.text.brief.tokens import STOP
from menura.text.scene.mentions import HEADS, Mention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

_BLOWS = frozenset({"impact", "impact_hit", "explosion", "sub_drop", "glitch", "whoosh"})
_JOINTS = frozenset({"then", "first", "before", "after", "also"})
_LASTING = frozenset({"for", "lasting", "lasts", "of", "length"})
_UNTIL = frozenset({"until", "till"})


@dataclass(slots=True)
class Clause:
    """A piece of a prompt.

    Attributes:
        joint: how it hangs on the one before: `stop`, `comma`, or a word that joins: `then`,
            `first`, `before`, `after`, `also`, `and`.
        is_leading: whether a sentence begins with it.
        is_parted: whether a comma or a stop stands before it.
        sentence: number of its sentence.
        mentions: in order; those that join are not among them.
        start: first token.
        end: token behind the last.
        number: its place among the clauses.
        lag_s: how long after, or before, the one it is joined to: "2 seconds after a shot".
    """

    joint: str
    is_leading: bool
    is_parted: bool
    sentence: int
    mentions: list[Mention] = field(default_factory=list)
    start: int = 0
    end: int = 0
    number: int = 0
    lag_s: float = 0.0
    _described: frozenset[int] | None = None

    @property
    def described(self) -> frozenset[int]:
        """The tokens that describe or count something."""
        if self._described is None:
            self._described = frozenset(
                at
                for m in self.mentions
                if m.kind in {"quality", "count"}
                for at in range(m.start, m.end)
            )
        return self._described

    @property
    def has_head(self) -> bool:
        """Whether something in it may sound."""
        return any(m.kind in HEADS and not m.is_negated for m in self.mentions)

    @property
    def is_group(self) -> bool:
        """Whether it counts something at a moment of its own: "two at 5 s"."""
        has_count = any(m.kind == "count" for m in self.mentions)
        return has_count and any("start_s" in m.effects for m in self.mentions)


def split_clauses(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[Clause]:
    """Returns the clauses of a prompt, in order; empty ones are left out.

    Plain `and` between words that only describe ("slow and heavy steps") does not part them.
    """
    by_start = {mention.start: mention for mention in mentions}
    clauses: list[Clause] = []
    open_clause = Clause("stop", is_leading=True, is_parted=True, sentence=0)
    sentence, at = 0, 0
    while at < len(tokens):
        gap = tokens[at].gap
        mention = by_start.get(at)
        joint = mention.kind if mention is not None and mention.kind in _JOINTS else ""
        is_and = joint == "also" and tokens[at].word == "and"
        if gap and at:
            sentence += gap == STOP
            name = "stop" if gap == STOP else "comma"
            kept = _close(clauses, open_clause, at)
            open_clause = Clause(kept or name, gap == STOP, is_parted=True, sentence=sentence)
            open_clause.start = at
        if joint and mention is not None:
            mention.is_used = True
            is_open = bool(open_clause.mentions) and not open_clause.is_group
            if is_and and not open_clause.has_head and is_open:
                at = mention.end
                continue
            is_new = not open_clause.mentions
            kept = _close(clauses, open_clause, at)
            open_clause = Clause(
                kept or ("and" if is_and else joint),
                is_leading=is_new and open_clause.is_leading,
                is_parted=is_new and open_clause.is_parted,
                sentence=sentence,
                lag_s=mention.number,
            )
            at = open_clause.start = mention.end
            continue
        if mention is not None:
            open_clause.mentions.append(mention)
            at = max(mention.end, at + 1)
        else:
            at += 1
    _close(clauses, open_clause, len(tokens))
    return clauses


def mark_turns(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[Mention]:
    """Returns mentions with a "then" for each "into" that leads to a blow: "riser into impact"."""
    turns: list[Mention] = []
    for at, mention in enumerate(mentions):
        if mention.kind != "thing" or mention.id not in _BLOWS:
            continue
        behind = mentions[at - 1].end if at else 0
        turns.extend(
            Mention("then", place, place + 1)
            for place in range(max(mention.start - 4, behind), mention.start)
            if tokens[place].word == "into"
        )
    return sorted([*mentions, *turns], key=lambda mention: mention.start)


def mark_lags(tokens: Sequence[Token], mentions: Sequence[Mention]) -> list[Mention]:
    """Returns mentions with a length right before "after" or "before" as how long after, or before.

    Of "a glass breaks 2 seconds after a shot" the two seconds are no length, but in "rain for 5
    seconds after the thunder" they are.
    """
    marked: list[Mention] = []
    for mention in mentions:
        last = marked[-1] if marked else None
        is_lag = last is not None and last.kind == "duration" and last.end == mention.start
        if last is None or not is_lag or not _is_lagging(tokens, last, mention):
            marked.append(mention)
            continue
        marked.pop()
        lag = dataclasses.replace(mention, start=last.start, number=last.number)
        if mention.kind == "after" and (mention.end >= len(tokens) or tokens[mention.end].gap):
            lag = Mention("delay", last.start, mention.end, number=last.number, is_after=True)
        marked.append(lag)
    return marked


def _is_lagging(tokens: Sequence[Token], length: Mention, joint: Mention) -> bool:
    if joint.kind not in {"after", "before"} or tokens[joint.start].gap:
        return False
    if tokens[joint.start].word in _UNTIL or tokens[joint.end - 1].word == "once":
        return False
    before = tokens[length.start - 1].word if length.start and not tokens[length.start].gap else ""
    behind = [token.word for token in tokens[joint.end : joint.end + 2]]
    return before not in _LASTING and behind != ["the", "end"]


def _close(clauses: list[Clause], clause: Clause, end: int) -> str:
    """Keeps a clause that says something; of one that does not, returns a joint that tells when."""
    clause.end = end
    if clause.mentions:
        clause.number = len(clauses)
        clauses.append(clause)
        return ""
    return clause.joint if clause.joint in {"then", "before", "after", "first"} else ""
