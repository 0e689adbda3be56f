"""Entries: who comes in, or stops, at which time of the piece: `drums enter at 10 seconds`."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from menura.text.brief.brief import Entry
from menura.text.brief.changes import refuse_change, refuse_lengths, refuse_time
from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.moments import find_moments, is_possible, words_of
from menura.text.brief.pauses import is_pause
from menura.text.brief.solitudes import ALONE
from menura.text.brief.tokens import COMMA, STOP, skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.moments import Moment
    from menura.text.brief.tokens import Token

MAX_ENTRIES, MAX_MOMENTS = 32, 128
_SUBJECTS = frozenset({*PLAYERS, "role", "section"})
_DESCRIBING = frozenset({"quality", "mood", "mix", "genre", "solo", "count", "action"})
_ALSO = frozenset({"and", "the", "a", "an", "both"})
_NOT = frozenset({"not", "do", "dont", "does", "doesnt"})
_BACK = frozenset({"out", "back", "again"})
_OF_THE_SAME = _BACK | {"in", "and", "then", "drop", "drops", "they", "it", "he", "she", "which"}
_COMES = frozenset({"come", "comes", "coming"})
"""Words behind a time that tell what the same player does next: "in at 10 s, out at 20 s"."""
_NEAR = 6
"""Words that may stand between a time and who comes in."""


def read_entries(evidence: Evidence, apart: Sequence[tuple[int, int]] = ()) -> tuple[Entry, ...]:
    """Returns who comes in or stops at a time; that time is then no length of the piece.

    Args:
        evidence: of the prompt.
        apart: first token and end of each "only drums" that is told of a section or a place.
    """
    entries: list[Entry] = []
    found: list[Mention] = []
    told = 0  # the place behind the time that was told of `found`
    for moment in list(itertools.islice(find_moments(evidence), MAX_MOMENTS)):
        if len(entries) >= MAX_ENTRIES:
            break
        if is_pause(evidence, moment) or _is_of_alone(evidence, moment):
            continue
        if not is_possible(evidence, moment):
            refuse_lengths(evidence, moment, "no time in any piece")
            continue
        before = _subjects_before(evidence, moment, apart)
        if moment.until:
            if not before:
                refuse_change(evidence, moment)
            entries += _until(evidence, before[-1:], moment)
            continue
        before = before or _once_more(evidence, found, told, moment)
        found = before or _subjects_behind(evidence, moment)
        told = moment.end
        entries += [_entry(evidence, each, moment, behind=not before) for each in found]
        if found:
            _take(evidence, found, moment, behind=not before)
        else:
            refuse_time(evidence, moment)
    return tuple(entries)


def _is_of_alone(evidence: Evidence, moment: Moment) -> bool:
    """Returns whether a time is that from which on somebody is alone, and told already."""
    return any(m.id == ALONE and m.start == moment.start for m in evidence.mentions)


def _until(evidence: Evidence, found: list[Mention], moment: Moment) -> list[Entry]:
    """Returns what `until` says: after "no drums until bar 5" they play."""
    if not found:
        return []
    subject, tokens = found[0], evidence.tokens
    words = {token.word for token in tokens[subject.end : moment.start]}
    alone = [m for m in evidence.asked("only") if m.end == subject.start]
    alone += [m for m in evidence.asked("only") if m.start == subject.end]
    enters = subject.is_negated or bool(words & _NOT)
    if tokens[moment.start].word == "before" and not enters:
        return []
    for mention in evidence.mentions:
        if mention.start == subject.start:
            mention.is_negated = False
    entry = _entry(evidence, subject, moment, behind=False)
    _take(evidence, found, moment, behind=False)
    for mention in alone:
        mention.is_spent = True
    leaves = not (enters or alone)
    return [dataclasses.replace(entry, leaves=leaves, others=bool(alone) and not enters)]


def _entry(evidence: Evidence, subject: Mention, moment: Moment, *, behind: bool) -> Entry:
    tokens = evidence.tokens
    first, last = subject.start, moment.end
    if behind:
        first, last = moment.start, _verbs_end(tokens, subject.end)
    words = [token.word for token in tokens[first:last]]
    return Entry(
        who="" if subject.kind == "section" else subject.id,
        section=subject.id if subject.kind == "section" else "",
        when=moment.when,
        unit=moment.unit,
        after=tokens[moment.start].word == "after" and moment.unit == "s",
        leaves=moment.leaves or bool(words_of("leaves").intersection(words)),
        phrase=evidence.text[tokens[first].start : tokens[last - 1].end],
    )


def _once_more(
    evidence: Evidence, last: Sequence[Mention], told: int, moment: Moment
) -> list[Mention]:
    """Returns who was told of last, if this time is of the same player."""
    words = {token.word for token in evidence.tokens[told : moment.start]}
    goes = words_of("departs") | words_of("stops")
    if not words & (_BACK | goes) or not words <= _OF_THE_SAME | _COMES | goes:
        return []
    return [dataclasses.replace(mention, start=told, end=told) for mention in last]


def _subjects_before(
    evidence: Evidence, moment: Moment, apart: Sequence[tuple[int, int]]
) -> list[Mention]:
    """Returns who stands before a time, with nothing but verbs between; "A and B" are two."""
    tokens = evidence.tokens
    alone = next((start for start, end in apart if end == moment.start), None)
    if alone is not None:
        section = next((m for m in evidence.asked("section") if 0 <= alone - m.end <= 1), None)
        return [dataclasses.replace(section, end=moment.start)] if section else []
    first = _nearest(evidence, moment.start, negated=moment.until)
    if first is None:
        return []
    words = [token.word for token in tokens[first.end : moment.start]]
    gaps = [token.gap for token in tokens[first.end : moment.start + 1]]
    verbs = words_of("enters") | words_of("leaves")
    if any(gaps[:-1]) or gaps[-1] > (COMMA if verbs.intersection(words) else 0):
        return []
    allowed = verbs | words_of("beside") | (_NOT | {"alone"} if moment.until else frozenset())
    if (words_of("departs") | words_of("stops")).intersection(words):
        allowed |= _OF_THE_SAME  # "the drums come in and stop at 50 seconds"
    if not set(words) <= allowed:
        return []
    told = [m for m in evidence.mentions if m.kind == "entry" and first.end <= m.start]
    if any(m.end <= moment.start for m in told):
        return []  # its time was told already
    found = [first]
    while (other := _nearest(evidence, found[0].start)) is not None:
        joint = tokens[other.end : found[0].start + 1]
        words = [token.word for token in joint[:-1]]
        if any(token.gap for token in joint) or "and" not in words or not _ALSO.issuperset(words):
            break
        found.insert(0, other)
    return found


def _nearest(evidence: Evidence, at: int, *, negated: bool = False) -> Mention | None:
    """Returns the subject that ends last before a token and near it, or None."""
    able = [
        m
        for m in evidence.mentions
        if m.kind in _SUBJECTS
        and (negated or not m.is_negated)
        and not m.is_spent
        and 0 <= at - m.end <= _NEAR
    ]
    verbs = words_of("enters") | words_of("leaves")
    able = [m for m in able if not _is_verb(evidence, m, verbs)]
    return max(able, key=lambda m: (m.end, m.kind == "section"), default=None)


def _is_verb(evidence: Evidence, mention: Mention, verbs: frozenset[str]) -> bool:
    """Returns whether words such as `kick` or `drops` say what the player before them does."""
    words = [token.word for token in evidence.tokens[mention.start : mention.end]]
    if not verbs.issuperset(words) or evidence.tokens[mention.start].gap:
        return False
    return any(
        other.end == mention.start and other.kind in PLAYERS and not other.is_negated
        for other in evidence.mentions
    )


def _subjects_behind(evidence: Evidence, moment: Moment) -> list[Mention]:
    """Returns who comes in behind a time: "at 10 seconds the drums come in"."""
    tokens, found = evidence.tokens, list[Mention]()
    at = moment.end
    described = [m for m in evidence.mentions if m.kind in _DESCRIBING]
    while len(found) < MAX_ENTRIES:
        subject = min(
            (
                m
                for m in evidence.mentions
                if m.kind in _SUBJECTS and not m.is_negated and at <= m.start <= at + _NEAR
            ),
            key=lambda m: (m.start, -m.end, m.kind != "section"),
            default=None,
        )
        if subject is None:
            return found
        free = [
            token.word
            for place, token in enumerate(tokens[at : subject.start], at)
            if not any(m.start <= place < m.end for m in described)
        ]
        gaps = [token.gap for token in tokens[at : subject.start + 1]]
        allowed = words_of("enters") | words_of("beside")
        allowed |= {"and"} if found else {"come"}
        if any(gaps[1:]) or gaps[0] >= (COMMA if found else STOP) or not set(free) <= allowed:
            return found
        if found and "and" not in free:
            return found
        found.append(subject)
        at = subject.end
    return found


def _take(evidence: Evidence, found: list[Mention], moment: Moment, *, behind: bool) -> None:
    """Marks what was read: the time is no length, and `kick in` no drum."""
    first = moment.start if behind else found[-1].end
    last = max(found[0].start if behind else moment.end, moment.end)
    spans = [(first, last)]
    if behind:
        spans.append((found[-1].end, _verbs_end(evidence.tokens, found[-1].end)))
    for start, end in spans:
        if start == end:
            continue
        for mention in evidence.mentions:
            if start <= mention.start < end and mention.kind not in _DESCRIBING - {"action"}:
                mention.is_spent = True
        text = evidence.text[evidence.tokens[start].start : evidence.tokens[end - 1].end]
        evidence.mentions.append(Mention("entry", "entry", start, end, text, is_spent=True))
    evidence.mentions.sort(key=lambda mention: mention.start)
    said = [dataclasses.replace(m, text=_said(evidence, m, moment)) for m in found]
    evidence.credit("entries", said)


def _said(evidence: Evidence, subject: Mention, moment: Moment) -> str:
    tokens = evidence.tokens
    start, end = min(subject.start, moment.start), max(subject.end, moment.end)
    return " ".join(evidence.text[tokens[start].start : tokens[end - 1].end].split())


def _verbs_end(tokens: Sequence[Token], at: int) -> int:
    """Returns the place behind the verbs that follow a player: `come in`."""
    verbs = words_of("enters") | words_of("leaves")
    behind = skip(tokens, at, verbs | words_of("beside"), 3)
    said = {token.word for token in tokens[at:behind]}
    return behind if said & verbs else at
