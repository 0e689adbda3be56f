"""Misspelt words: the words of the vocabulary that are one slip away."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

MIN_LETTERS = 3
MAX_LETTERS = 24
_ALONE_LETTERS = 6
_WRONG_LETTERS = 7
_MOOD_LETTERS = 8
_NAMES = frozenset({"genre", "instrument", "generic", "piece", "group", "tempo", "section"})
_SWAPPED_LETTERS = 5


def is_known(word: str) -> bool:
    """Returns whether a word is spelt as it is meant: it is ours, or plain English."""
    words = vocabulary()
    return word in words.words or word in words.stop or word in words.protected


def find_near(word: str) -> tuple[str, ...]:
    """Returns the words of the vocabulary that one slip of the pen turns into an unknown word.

    A slip is a letter too many, one too few, a wrong one, or two that changed places (Damerau,
    "A technique for computer detection and correction of spelling errors", 1964: 80 % of all
    misspellings). The first letter is hardly ever wrong, so it has to be right.
    """
    if not MIN_LETTERS <= len(word) <= MAX_LETTERS or not word.isalpha() or is_known(word):
        return ()
    index = _index()
    found = {
        near: None
        for shorter in (word, *_shorten(word))
        for near in index.get(shorter, ())
        if _is_slip(near, word)
    }
    return tuple(sorted(found))


def is_sure(near: str, word: str, kinds: frozenset[str]) -> bool:
    """Returns whether a slip is believed without the rest of a phrase around it.

    Only names are guessed, and long words for moods: other words of the vocabulary are plain
    English, with plain English beside them. A wrong letter makes another English word more often
    than one too many or too few does.
    """
    if _NAMES.isdisjoint(kinds):
        return "mood" in kinds and len(word) >= _MOOD_LETTERS and len(near) != len(word)
    if len(near) != len(word):
        return len(word) >= _ALONE_LETTERS
    if sorted(near) == sorted(word):
        return len(word) >= _SWAPPED_LETTERS
    return len(word) >= _WRONG_LETTERS


@functools.cache
def _index() -> dict[str, tuple[str, ...]]:
    """Words by what is left of them when at most one letter is taken away."""
    index: dict[str, list[str]] = {}
    for word in sorted(vocabulary().words):
        if len(word) >= MIN_LETTERS and word.isalpha():
            for shorter in (word, *_shorten(word)):
                index.setdefault(shorter, []).append(word)
    return {shorter: tuple(words) for shorter, words in index.items()}


def _shorten(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _is_slip(near: str, word: str) -> bool:
    if near[0] != word[0] or abs(len(near) - len(word)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(near, word, strict=False)) if a != b), None)
    if at is None:
        return near != word
    swapped = near[at : at + 2] == word[at : at + 2][::-1] and near[at + 2 :] == word[at + 2 :]
    return (
        swapped
        or near[at + 1 :] == word[at + 1 :]
        or near[at:] == word[at + 1 :]
        or near[at + 1 :] == word[at:]
    )
