"""Genres of a brief, and what their practice takes for granted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.evidence import names
from menura.text.brief.meters import parse_meter
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence


def settle_genres(evidence: Evidence) -> tuple[str, ...]:
    """Returns the genres asked for, best first: nouns before adjectives, as they were named."""
    asked = evidence.asked("genre")
    facts = vocabulary().genres
    scales = {name: kept["scales"] for name, kept in facts.items() if "scales" in kept}
    scaled = [
        dataclasses.replace(mention, kind="genre", id=genre)
        for mention in evidence.asked("mode", "key")
        for genre, word in scales.items()
        if f" {word} " in f" {mention.id}"
    ]
    evidence.credit("genres", (*asked, *scaled))
    nouns = [mention for mention in asked if not mention.is_tinge]
    ordered = names((*nouns, *(mention for mention in asked if mention.is_tinge), *scaled))
    absorbed = {less for genre in ordered for less in facts[genre].get("absorbs", ())}
    genres = tuple(genre for genre in ordered if genre not in absorbed)
    refused = set(names(evidence.declined("genre")))
    for genre in genres:
        if genre in refused:
            evidence.note(f"{genre} is asked for and turned down: it is left out")
    return tuple(genre for genre in genres if genre not in refused)


def find_meter(genres: tuple[str, ...]) -> tuple[int, int] | None:
    """Returns the meter that the genres take for granted, or None."""
    for genre in genres:
        meter = vocabulary().genres[genre].get("meter")
        if meter is not None:
            return parse_meter(meter)
    return None


def find_mode(genres: tuple[str, ...]) -> str | None:
    """Returns the mode that the first genre leans to, or None."""
    return vocabulary().genres[genres[0]].get("mode") if genres else None


def find_tempo(genres: tuple[str, ...]) -> tuple[float, float] | None:
    """Returns the usual range of the first genre in beats per minute, or None."""
    if not genres:
        return None
    low, high = vocabulary().genres[genres[0]]["tempo"]
    return float(low), float(high)
