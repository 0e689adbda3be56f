"""Moods of a brief, and what they come to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.brief import Character
from menura.text.brief.evidence import names
from menura.text.brief.tokens import STOP
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention

_AFTER_MOOD = 2


def settle_moods(evidence: Evidence) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the moods of the piece and those its end turns to.

    Of two that contradict one another in the same stretch, the later holds.
    """
    asked = evidence.asked("mood")
    evidence.credit("moods", asked)
    closing = _find_closing(evidence, asked)
    evidence.credit("closing_moods", (m for m in asked if m.start in closing))
    opening = names(m for m in asked if m.start not in closing)
    if not _are_placed(evidence, asked):
        opening = _agree(evidence, opening)
    ending = _agree(evidence, names(m for m in asked if m.start in closing))
    if not opening:
        opening = ending
    refused = set(names(evidence.declined("mood")))
    return (
        tuple(mood for mood in opening if mood not in refused),
        tuple(mood for mood in ending if mood not in refused),
    )


def find_mode(moods: Iterable[str]) -> str | None:
    """Returns the mode that the last of the moods with one leans to, or None."""
    modes = [vocabulary().moods[mood].get("mode") for mood in moods]
    return next((mode for mode in reversed(modes) if mode), None)


def settle_character(moods: Iterable[str], others: Iterable[Mention]) -> Character:
    """Returns what moods, purposes and words of sound come to: the mean of what each changes."""
    facts = vocabulary()
    changes = [facts.moods[mood]["change"] for mood in moods]
    changes.extend(facts.other["change"].get(m.kind, {}).get(m.id, {}) for m in others)
    settled = {}
    for dimension in (spec.name for spec in dataclasses.fields(Character)):
        moved = [change[dimension] for change in changes if change.get(dimension)]
        mean = sum(moved) / len(moved) if moved else 0.0
        settled[dimension] = round(0.5 + 0.5 * mean, 3)
    return Character(**settled)


def _are_placed(evidence: Evidence, asked: list[Mention]) -> bool:
    """Returns whether moods have their own places: "calm at first, wild in the middle"."""
    places = {place.start for place in evidence.asked("place")}
    return sum(mention.end in places for mention in asked) > 1


def _find_closing(evidence: Evidence, asked: list[Mention]) -> set[int]:
    """Returns where the moods begin that stand behind words such as `then` or `into`."""
    sets, tokens = vocabulary().sets, evidence.tokens
    first = min((m.start for m in evidence.asked("mood", "shape", "tempo")), default=0)
    last_words = {place.start for place in evidence.asked("place") if place.id == "end"}
    closing = set()
    turned = False
    at = 0
    for mention in asked:
        for token in tokens[at : mention.start]:
            if token.gap == STOP:
                turned = False
            turned = turned or (token.word in sets["turn"] and token.start > tokens[first].start)
        at = max(at, mention.start)
        following = [token.word for token in tokens[mention.end : mention.end + _AFTER_MOOD]]
        closes = any(word in sets["close"] for word in following) or mention.end in last_words
        if turned or closes:
            closing.add(mention.start)
    return closing


def _agree(evidence: Evidence, moods: tuple[str, ...]) -> tuple[str, ...]:
    facts = vocabulary().moods
    kept: list[str] = []
    for mood in moods:
        for rival in list(kept):
            if rival in facts[mood].get("opposes", ()) or mood in facts[rival].get("opposes", ()):
                evidence.note(f"{rival} and {mood} contradict one another: the later one holds")
                kept.remove(rival)
        kept.append(mood)
    return tuple(kept)
