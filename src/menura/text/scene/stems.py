"""Stems: the plain forms that a noun in the plural or a verb with an ending may have come from."""

from __future__ import annotations

import functools

_VOWELS = "aeiou"
_SHORTEST = 3


@functools.lru_cache(maxsize=4096)
def find_singulars(word: str) -> tuple[str, ...]:
    """Returns what a word may be the plural of: `foxes` -> `foxe`, `fox`."""
    if len(word) < _SHORTEST or not word.endswith("s") or word.endswith("ss"):
        return ()
    found = [word[:-1]]
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    elif word.endswith("ves"):
        found.append(word[:-3] + "f")
    elif word.endswith("es"):
        found.append(word[:-2])
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def find_verbs(word: str) -> tuple[str, ...]:
    """Returns the verbs that a word may be a form of: `dripping` -> `dripp`, `drippe`, `drip`."""
    if len(word) < _SHORTEST:
        return ()
    found = list(find_singulars(word))
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < _SHORTEST - 1 or not any(c in "aeiouy" for c in stem):
            continue
        found += [stem, stem + "e"]
        if stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
            found.append(stem[:-1])
        if ending == "ed" and stem.endswith("i"):
            found.append(stem[:-1] + "y")
    return tuple(found)
