"""Tempi that change on the way: `accelerando from 80 to 160`, `slows down at the end`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from menura.text.brief.brief import TempoCourse
from menura.text.brief.quantities import MAX_BPM, MIN_BPM
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention

_ARRIVING = frozenset(
    {
        "to",
        "ends",
        "end",
        "ending",
        "finishes",
        "finish",
        "finishing",
        "until",
        "towards",
        "becomes",
        "becoming",
        "rising",
        "climbing",
        "accelerating",
        "accelerates",
        "speeding",
        "speeds",
        "slowing",
        "slows",
        "dropping",
        "falling",
    }
)
"""Words between two tempi that say that the second one is where the first one goes."""


def settle_course(evidence: Evidence, bpm: float | None) -> TempoCourse | None:
    """Returns how the tempo changes on the way, or None; the numbers it takes are spent.

    Args:
        evidence: of the prompt.
        bpm: the tempo of the field, which wins over two tempi in the prompt.
    """
    words = evidence.asked("course")
    asked = [m for m in evidence.asked("bpm") if _are_tempi(m.numbers)]
    start_bpm, end_bpm, used = _find_ends(evidence, asked, arrives=bool(words))
    if not used:
        start_bpm, end_bpm, used = _find_worded(evidence)
    if bpm is not None:
        if start_bpm is not None and end_bpm is not None:
            for mention in used:
                evidence.note(f"bpm {bpm:g} is set; {mention.text!r} in the prompt gives way")
                mention.is_spent = True
            return None
        start_bpm = bpm
    if start_bpm is None and end_bpm is None and not words:
        return None
    if start_bpm is not None and end_bpm is not None:
        change = "faster" if end_bpm > start_bpm else "slower"
    elif words:
        change = "faster" if words[-1].id == "faster" else "slower"
    else:
        return None
    if start_bpm == end_bpm and start_bpm is not None:
        return None
    for mention in used:
        mention.is_spent = True
    evidence.credit("tempo_course", sorted((*words, *used), key=lambda found: found.start))
    both = start_bpm is not None and end_bpm is not None
    closes = bool(words) and (words[-1].id == "closing" or _at_end(evidence, words[-1]))
    return TempoCourse(
        change=change, start_bpm=start_bpm, end_bpm=end_bpm, at_end=closes and not both
    )


def _find_ends(
    evidence: Evidence, asked: list[Mention], *, arrives: bool
) -> tuple[float | None, float | None, list[Mention]]:
    """Returns the tempi at both ends, as far as numbers say, and the mentions they stand in."""
    pairs = [mention for mention in asked if mention.id == "course"]
    if pairs:
        return pairs[-1].numbers[0], pairs[-1].numbers[-1], asked
    singles = [mention for mention in asked if len(mention.numbers) == 1]
    if len(singles) > 1 and _leads(evidence, singles[-2], singles[-1]):
        return singles[-2].numbers[0], singles[-1].numbers[0], singles
    if not arrives or not singles:
        return None, None, []
    last = singles[-1]
    if last.id == "goal" or _before(evidence, last, 2) & (_ARRIVING - {"end", "ending"}):
        return None, last.numbers[0], [last]
    return last.numbers[0], None, [last]


def _find_worded(evidence: Evidence) -> tuple[float | None, float | None, list[Mention]]:
    """Returns the tempi of "starts slow and ends fast"."""
    asked = evidence.asked("tempo")
    if len(asked) != 2 or not _leads(evidence, *asked, turns=True):
        return None, None, []
    ranges = [vocabulary().other["tempo"][mention.id]["range"] for mention in asked]
    first, second = (round(math.sqrt(low * high)) for low, high in ranges)
    return float(first), float(second), asked


def _leads(evidence: Evidence, first: Mention, second: Mention, *, turns: bool = False) -> bool:
    between = {token.word for token in evidence.tokens[first.end : second.start]}
    return bool(between & (_ARRIVING | (vocabulary().sets["turn"] if turns else frozenset())))


def _before(evidence: Evidence, mention: Mention, count: int) -> set[str]:
    start = mention.start
    return {token.word for token in evidence.tokens[max(start - count, 0) : start]}


def _at_end(evidence: Evidence, mention: Mention) -> bool:
    places = {place.start for place in evidence.asked("place") if place.id == "end"}
    return mention.end in places


def _are_tempi(numbers: tuple[float, ...]) -> bool:
    return all(MIN_BPM <= number <= MAX_BPM for number in numbers)
