"""Solitudes: `only` and `alone` where they hold for a part of the piece: "intro just drums"."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.brief.brief import Entry, Solitude
from menura.text.brief.ensembles import brings_band
from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.moments import find_moments, is_possible, words_of
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import peek

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.moments import Moment

ALONE = "alone"
MAX_SOLITUDES, MAX_MOMENTS = 16, 128
_ABLE = frozenset({*PLAYERS, "role"})
_DESCRIBING = frozenset({"quality", "mood", "mix", "genre", "solo", "count", "tempo"})
_FILLING = frozenset({"a", "an", "the", "some", "one", "and", "with", "of"})
_LENGTHS = frozenset({"duration", "bars"})
_EDGES = frozenset({"intro", "outro"})
"""Sections that may be all of a piece: "a pop intro with only a piano"."""
_START, _END = "start", "end"


@dataclass(frozen=True, slots=True)
class Alone:
    """What a prompt says of players without others.

    Attributes:
        start: first token of "only drums" or "drums alone".
        end: the token behind it.
        who: names of the players.
        solitude: what it comes to, if it holds for a section or a place.
        entry: what it comes to, if it holds from a time on.
    """

    start: int
    end: int
    who: tuple[str, ...]
    solitude: Solitude | None = None
    entry: Entry | None = None


def read_alone(evidence: Evidence) -> tuple[Alone, ...]:
    """Returns where somebody is alone for a section, at a place or from a time on.

    Those words say then nothing of the whole piece.
    """
    told = evidence.asked("only")[:MAX_SOLITUDES]
    if not told:
        return ()
    times = itertools.islice(find_moments(evidence), MAX_MOMENTS)
    moments = [moment for moment in times if is_possible(evidence, moment)]
    found: list[Alone] = []
    for only in told:
        alone = _settled(evidence, only, moments)
        if alone is None:
            continue
        only.is_spent = True
        found.append(alone)
        said = cut(evidence.text, evidence.tokens, alone.start, alone.end)
        evidence.credit("solitudes", [dataclasses.replace(only, text=said)])
    return tuple(found)


def open_alone(
    evidence: Evidence, entries: Sequence[Entry], solitudes: Sequence[Solitude]
) -> tuple[Solitude, ...]:
    """Returns the solitudes with that of who begins "alone" before others come in at a time."""
    told = [m for m in evidence.mentions if m.kind == "only" and m.is_spent and not m.is_negated]
    later = {entry.who for entry in entries if entry.who and not entry.leaves}
    if not later or solitudes or brings_band(entries) or any(entry.others for entry in entries):
        return tuple(solitudes)
    for only in told[:MAX_SOLITUDES]:
        start, end, who = _players(evidence, only)
        if who and later.isdisjoint(who):
            said = cut(evidence.text, evidence.tokens, start, end)
            return (Solitude(who=who, place=_START, phrase=said),)
    return tuple(solitudes)


def _settled(evidence: Evidence, only: Mention, moments: Sequence[Moment]) -> Alone | None:
    """Returns where those are alone whom a word such as `only` stands beside, or None."""
    start, end, who = _players(evidence, only)
    first, last = _clause(evidence, start, end)
    near = [m for m in moments if first <= m.start and m.end <= last]
    until = next((m for m in near if m.until), None)
    if until is not None and until.start == end and len(who) > 1:
        return Alone(start, end, who, entry=_from(evidence, (start, end), who, until))
    if not who or until is not None:
        return None
    section, place = _where(evidence, start, end)
    if section or place:
        said = cut(evidence.text, evidence.tokens, start, end)
        told = Solitude(who=who, section=section, place=place, phrase=said)
        return Alone(start, end, who, solitude=told)
    moment = next((m for m in near if m.end == start or m.start == end), None)
    if moment is None or moment.leaves:
        return None
    return Alone(start, end, who, entry=_from(evidence, (start, end), who, moment))


def _where(evidence: Evidence, start: int, end: int) -> tuple[str, str]:
    """Returns the section and the place of those who are alone, each "" if it is not said."""
    first, last = _clause(evidence, start, end)
    section = _section(evidence, start, end, first)
    if section is not None:
        parts = section.id not in _EDGES or _others(evidence, first, last)
        begins = evidence.tokens[section.start].word in words_of("begins")
        part = parts or (begins and _others(evidence, start, end))
        return (section.id, "") if part else ("", "")
    places = {m.id for m in evidence.asked("place") if first <= m.start and m.end <= last}
    words = {token.word for token in evidence.tokens[first:start]}
    begins = bool(words & words_of("begins")) and _others(evidence, start, end)
    if begins or _START in places:
        return "", _START
    if words & words_of("closes") or _END in places:
        return "", _END
    if words & words_of("next"):
        before = [m for m in evidence.asked("section") if m.end <= start and m.id != "solo"]
        return (before[-1].id, "after") if before else ("", _END)
    return "", ""


def _from(evidence: Evidence, span: tuple[int, int], who: tuple[str, ...], moment: Moment) -> Entry:
    """Returns the entry of the others: they stop at a time, or come in; it is no length."""
    for mention in evidence.mentions:
        if mention.kind in _LENGTHS and moment.start <= mention.start < moment.end:
            mention.is_spent = True
    tokens = evidence.tokens
    text = cut(evidence.text, tokens, moment.start, moment.end)
    told = Mention("entry", ALONE, moment.start, moment.end, text, is_spent=True)
    evidence.mentions.append(told)
    evidence.mentions.sort(key=lambda mention: mention.start)
    return Entry(
        who=who[0],
        beside=who[1:],
        when=moment.when,
        unit=moment.unit,
        leaves=not moment.until,
        others=True,
        phrase=cut(evidence.text, tokens, min(span[0], moment.start), max(span[1], moment.end)),
    )


def _players(evidence: Evidence, only: Mention) -> tuple[int, int, tuple[str, ...]]:
    """Returns where "only bass and drums" or "bass alone" begins and ends, and who is meant."""
    behind = list(_chain(evidence, only.end, step=1))
    if behind:
        return only.start, behind[-1].end, tuple(dict.fromkeys(m.id for m in behind))
    at = only.start
    while at and not evidence.tokens[at].gap and evidence.tokens[at - 1].word in _beginning():
        at -= 1
    before = list(_chain(evidence, at, step=-1))
    start = before[-1].start if before else only.start
    return start, only.end, tuple(dict.fromkeys(m.id for m in reversed(before)))


def _beginning() -> frozenset[str]:
    return words_of("begins") | words_of("very")


def _chain(evidence: Evidence, at: int, *, step: int) -> Iterator[Mention]:
    """Yields the players that follow one another from a token on, or back from one."""
    able = [m for m in evidence.mentions if m.kind in _ABLE and not m.is_negated]
    told = {
        place for m in evidence.mentions if m.kind in _DESCRIBING for place in range(m.start, m.end)
    }
    joined = True
    while True:
        if step > 0:
            near = min((m for m in able if m.start >= at), key=lambda m: m.start, default=None)
        else:
            near = max((m for m in able if m.end <= at), key=lambda m: m.end, default=None)
        if near is None:
            return
        first, last = (at, near.start) if step > 0 else (near.end, at)
        words = {evidence.tokens[i].word for i in range(first, last) if i not in told}
        gapped = any(token.gap for token in evidence.tokens[first : last + 1])
        if gapped or not words <= _FILLING or not (joined or "and" in words):
            return
        yield near
        at = near.end if step > 0 else near.start
        joined = False


def _clause(evidence: Evidence, start: int, end: int) -> tuple[int, int]:
    """Returns the stretch without a comma around some tokens."""
    tokens = evidence.tokens
    while start and not tokens[start].gap:
        start -= 1
    while peek(tokens, end):
        end += 1
    return start, end


def _section(evidence: Evidence, start: int, end: int, first: int) -> Mention | None:
    """Returns the section that has players alone: "intro with only drums", or behind `in`."""
    tokens = evidence.tokens
    told = {
        place for m in evidence.mentions if m.kind in _LENGTHS for place in range(m.start, m.end)
    }
    for mention in evidence.asked("section"):
        if mention.id == "solo":
            continue
        colon = mention.end == start and evidence.text[tokens[start - 1].end :][:1] == ":"
        if (first <= mention.start and mention.end <= start) or colon:
            between = range(mention.end, start)
        elif end < mention.start and not any(t.gap for t in tokens[end : mention.start + 1]):
            between = range(end, mention.start)
        else:
            continue
        words = {tokens[i].word for i in between if i not in told and tokens[i].kind != "time"}
        if words <= words_of("within"):
            return mention
    return None


def _others(evidence: Evidence, start: int, end: int) -> bool:
    """Returns whether anything outside of some words says that there is more in the piece."""
    kinds = {*_ABLE, "genre", "section", "shape"}
    return any(m.end <= start or m.start >= end for m in evidence.asked(*kinds))
