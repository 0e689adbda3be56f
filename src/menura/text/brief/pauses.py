"""Pauses: `everything stops at 12 seconds for one bar`, after which all go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.brief import Pause
from menura.text.brief.durations import read_duration
from menura.text.brief.mentions import Mention
from menura.text.brief.moments import find_moments, is_possible, words_of
from menura.text.brief.numbers import read_number
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import STOP, peek, skip

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.moments import Moment

MAX_PAUSES = 8
PAUSE = "pause"
_BARS = frozenset({"bar", "bars", "measure", "measures"})
_FOR = frozenset({"for"})
_USUAL_BARS = 1.0
_MOST_VERBS = 5


def read_pauses(evidence: Evidence) -> tuple[Pause, ...]:
    """Returns when all are silent, and for how long: a bar, if that is not said."""
    found: list[Pause] = []
    for moment in list(find_moments(evidence)):
        behind: int | None = moment.end
        start = _subject(evidence, moment)
        if start is None:
            start, behind = moment.start, _verbs_behind(evidence, moment)
        if behind is None or len(found) == MAX_PAUSES or not is_possible(evidence, moment):
            continue
        lasts, unit, end = _read_length(evidence, behind)
        spared = peek(evidence.tokens, end) in words_of("sparing")
        while spared and peek(evidence.tokens, end):
            end += 1
        said = cut(evidence.text, evidence.tokens, start, end)
        for mention in evidence.mentions:
            mention.is_spent = mention.is_spent or start <= mention.start < end
        told = Mention("entry", PAUSE, start, end, said, is_spent=True)
        evidence.mentions.append(told)
        if spared:
            evidence.refuse(told, "all are silent, or those who stop are named")
            continue
        evidence.credit("pauses", [told])
        if end == behind:
            evidence.note(f"{said!r:.60}: it is not said for how long: for one bar")
        found.append(Pause(when=moment.when, unit=moment.unit, lasts=lasts, of=unit, phrase=said))
    evidence.mentions.sort(key=lambda mention: mention.start)
    return tuple(found)


def is_pause(evidence: Evidence, moment: Moment) -> bool:
    """Returns whether a time is that of a pause, and told already."""
    told = (m for m in evidence.mentions if m.id == PAUSE)
    return any(mention.start <= moment.start < mention.end for mention in told)


def _subject(evidence: Evidence, moment: Moment) -> int | None:
    """Returns where "everything drops out" begins that stands before a time, or None."""
    tokens, at = evidence.tokens, moment.start
    if moment.until or moment.leaves or tokens[at].gap:
        return None
    first = at
    while first and tokens[first - 1].word in words_of("pauses") and not tokens[first].gap:
        first -= 1
    said = {token.word for token in tokens[first:at]}
    if not said & words_of("pausing") or tokens[first].gap:
        return None
    whole = words_of("everything")
    if first and tokens[first - 1].word in whole:
        return first - 1
    groups = (m for m in evidence.asked("group") if m.end == first and m.id == "everybody")
    return next((group.start for group in groups), None)


def _verbs_behind(evidence: Evidence, moment: Moment) -> int | None:
    """Returns the place behind "everything drops out" that follows a time, or None."""
    tokens, at = evidence.tokens, moment.end
    if moment.until or moment.leaves or at >= len(tokens) or tokens[at].gap >= STOP:
        return None
    groups = (m.end for m in evidence.asked("group") if m.start == at and m.id == "everybody")
    first = at + 1 if tokens[at].word in words_of("everything") else next(groups, None)
    if first is None:
        return None
    last = skip(tokens, first, words_of("pauses"), _MOST_VERBS)
    said = {token.word for token in tokens[first:last]}
    return last if said & words_of("pausing") else None


def _read_length(evidence: Evidence, at: int) -> tuple[float, str, int]:
    """Returns how long a pause is, what that counts, and the place behind it."""
    tokens = evidence.tokens
    begin = skip(tokens, at, _FOR)
    if begin > at and peek(tokens, begin):
        counted = read_number(tokens, begin)
        if counted is None and peek(tokens, begin) == "a" and peek(tokens, begin + 1) in _BARS:
            return 1.0, "bars", begin + 2
        if counted is not None and peek(tokens, counted[1]) in _BARS:
            return float(counted[0]), "bars", counted[1] + 1
        length = read_duration(tokens, begin)
        if length is not None:
            return length.numbers[0], "s", length.end
    return _USUAL_BARS, "bars", at
