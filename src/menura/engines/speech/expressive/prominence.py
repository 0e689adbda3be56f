"""Which words stand out: contrast, focus and what is new, read from the words themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.speech.expressive.clauses import facts, split_words, tongue

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAIRS = {"(": ")", "[": "]", "“": "”", "„": "“", "«": "»", "‹": "›", "「": "」", '"': '"'}
_ASIDES = "(["


def weigh_words(words: Sequence[str], language: str, breaks: Sequence[int]) -> list[float]:
    """Returns the semitones that each word's accent is raised by; below 0 it is lowered.

    New content words carry an accent, the first of a clause the highest; what was said before is
    deaccented (D. R. Ladd, "Intonational Phonology", 2008, chapter 6). "Only", "even" and
    "really" move the accent to what follows them (M. Rooth, "A theory of focus interpretation",
    1992), "not A but B" and "A, not B" to A and B, and what comes after is lowered (Y. Xu,
    C. Xu, "Phonetic realization of focus in English declarative intonation", Journal of
    Phonetics 33, 2005).

    Args:
        words: as written, in order.
        language: their tag; of a language without a list all words are content words, and none is
            a focus.
        breaks: the index of the first word of each clause.
    """
    known, sizes = tongue(language), facts()["accents"]
    said = [" ".join(split_words(word)) for word in words]
    content = [bool(word) and word not in known["function"] for word in said]
    starts = sorted({0, *breaks})
    result = [0.0] * len(words)
    seen: set[str] = set()
    for start, stop in zip(starts, [*starts[1:], len(words)], strict=True):
        first = True
        for i in range(start, stop):
            if not content[i]:
                continue
            if said[i] in seen and len(said[i]) >= sizes["shortest_given"]:
                result[i] = sizes["given"]
            else:
                result[i] = sizes["first"] if first else sizes["later"]
                first = False
            seen.add(said[i])
        for i in _focused(said, content, start, stop, known):
            result[i] = sizes["focus"]
            for j in range(i + 1, stop):
                result[j] = min(result[j], sizes["after_focus"])
    for i in _contrasted(said, content, starts, known):
        result[i] = sizes["contrast"]
    return result


def _focused(
    said: list[str], content: list[bool], start: int, stop: int, known: dict[str, Sequence[str]]
) -> list[int]:
    """Returns the next content word after each focus word of a clause."""
    result = []
    for i in range(start, stop):
        if said[i] in known["focus"]:
            place = next((j for j in range(i + 1, stop) if content[j]), None)
            if place is not None:
                result.append(place)
    return result


def _contrasted(
    said: list[str], content: list[bool], starts: list[int], known: dict[str, Sequence[str]]
) -> list[int]:
    """Returns the last content words of both halves of "not A but B" and of "A, not B"."""
    result: list[int] = []

    def last(start: int, stop: int) -> None:
        found = [j for j in range(start, stop) if content[j] and said[j] not in known["not"]]
        result.extend(found[-1:])

    reach = int(facts()["accents"]["contrast_words"])
    for i, word in enumerate(said):
        if word not in known["not"]:
            continue
        but = next(
            (j for j in range(i + 1, min(i + reach, len(said))) if said[j] in known["but"]), 0
        )
        if but:
            end = next((s for s in starts if s > but), len(said))
            last(i + 1, but)
            last(but + 1, min(end, but + reach))
        elif i in starts and i > 0:
            last(starts[starts.index(i) - 1], i)
            last(i + 1, min(next((s for s in starts if s > i), len(said)), i + reach))
    return result


def bracketed(text: str) -> list[tuple[int, int, bool]]:
    """Returns what stands in brackets or quotes: (first character, end, whether it is an aside)."""
    result: list[tuple[int, int, bool]] = []
    at = 0
    while at < len(text):
        close = _PAIRS.get(text[at])
        end = text.find(close, at + 1) if close else -1
        if end > at:
            result.append((at + 1, end, text[at] in _ASIDES))
            at = end
        at += 1
    return result
