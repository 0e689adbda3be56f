"""Genres of a brief, and what their practice takes for granted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief.evidence import names
from menura.text.brief.meters import parse_meter
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.mentions import Mention


_SLOW = "ballad"
_PICTURES = frozenset({"orchestral", "cinematic"})


def settle_genres(evidence: Evidence) -> tuple[str, ...]:
    """Returns the genres asked for, best first: nouns before adjectives, as they were named."""
    games = {m.end for m in evidence.asked("purpose") if m.id == "game"}
    asked = [m for m in evidence.asked("genre") if m.text != "soundtrack" or m.start not in games]
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
    refused = set(names(turned_down(evidence)))
    for genre in genres:
        if genre in refused:
            evidence.note(f"{genre} is asked for and turned down: it is left out")
    return tuple(genre for genre in genres if genre not in refused)


def turned_down(evidence: Evidence) -> list[Mention]:
    """Returns the genres that were turned down; "not swing" turns the feel down, and no genre."""
    feels = {mention.start for mention in evidence.declined("swing")}
    asked = set(names(evidence.asked("genre")))
    declined = evidence.declined("genre")
    return [m for m in declined if m.start not in feels or m.id not in asked]


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


def find_tempo(genres: tuple[str, ...], said: Iterable[str] = ()) -> tuple[float, float] | None:
    """Returns the usual range of the first genre in beats per minute, or None.

    A ballad of another genre is as slow as ballads are.

    Args:
        genres: of the brief.
        said: the words that named them: some mean a narrower range.
    """
    if not genres:
        return None
    first = genres[0] if _SLOW not in genres else _SLOW
    facts = vocabulary().genres[first]
    paces = facts.get("paces", {})
    narrow = (paces[word] for word in said if word in paces)
    low, high = next(narrow, facts["tempo"])
    return float(low), float(high)


def find_guests(evidence: Evidence, genres: tuple[str, ...]) -> tuple[str, ...]:
    """Returns who comes along from the genres that only colour the first one."""
    facts = vocabulary().genres
    uses = {mention.start for mention in evidence.asked("purpose")}
    meant = {mention.id for mention in evidence.asked("genre") if mention.start not in uses}
    alike = _PICTURES if genres[:1] and genres[0] in _PICTURES else frozenset()
    return tuple(
        name
        for genre in genres[1:]
        if genre in meant and genre not in alike
        for name in facts[genre].get("brings", ())
    )
