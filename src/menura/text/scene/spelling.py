"""Misspelt words of a scene: the word of the vocabulary that is one slip away."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from menura.text.scene.stems import find_singulars, find_verbs
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LETTERS = 24
_ADDED_LETTERS = 6
_SWAPPED_LETTERS = 5
_WRONG_LETTERS = 7


def is_known(word: str) -> bool:
    """Returns whether a word is spelt as it is meant: it is ours, or plain English."""
    facts = vocabulary()
    forms = (word, *find_singulars(word), *find_verbs(word))
    return any(
        form in group
        for form in forms
        for group in (facts.words, facts.stop, facts.describing, facts.protected)
    )


def find_near(word: str) -> str:
    """Returns the word of the vocabulary that one slip of the pen turns into an unknown one, or "".

    A slip is a letter too many, one too few, a wrong one, or two that changed places (Damerau, "A
    technique for computer detection and correction of spelling errors", 1964: 80 % of all
    misspellings). The first letter is hardly ever wrong, so it has to be right; the shorter a
    word, the more often a slip of it is another word, so a wrong letter needs a long one.
    """
    if not _SWAPPED_LETTERS <= len(word) <= MAX_LETTERS or not word.isalpha() or is_known(word):
        return ""
    from rapidfuzz.distance import OSA

    near = [
        other
        for length in (len(word) - 1, len(word), len(word) + 1)
        for other in _by_shape().get((word[0], length), ())
        if OSA.distance(word, other, score_cutoff=1) == 1 and _is_sure(other, word)
    ]
    return near[0] if near else ""


def _is_sure(near: str, word: str) -> bool:
    if len(near) < len(word):
        # A letter more makes another word of a short one (plane, planet), unless it is doubled.
        doubled = any(a == b and word[:at] + word[at + 1 :] == near for at, (a, b) in _pairs(word))
        return len(near) >= _ADDED_LETTERS or doubled
    if len(near) > len(word):
        return len(near) >= _ADDED_LETTERS
    if sorted(near) == sorted(word):
        return True
    return len(word) >= _WRONG_LETTERS


def _pairs(word: str) -> Iterator[tuple[int, tuple[str, str]]]:
    return enumerate(itertools.pairwise(word))


@functools.cache
def _by_shape() -> dict[tuple[str, int], tuple[str, ...]]:
    """Words of the vocabulary by their first letter and length."""
    shapes: dict[tuple[str, int], list[str]] = {}
    for word in sorted(vocabulary().words):
        if word.isalpha():
            shapes.setdefault((word[0], len(word)), []).append(word)
    return {shape: tuple(words) for shape, words in shapes.items()}
