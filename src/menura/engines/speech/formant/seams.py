"""Where one word ends and the next begins, in what espeak-ng says as one ("of the")."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STRESS = "ˈˌ"


def seams(words: Sequence[str], phonemes: Sequence[str]) -> list[int]:
    """Returns the index of the first phoneme of each word but the first, in order.

    If the phonemes have as many vowels as the words have written ones, each word gets its own,
    and what stands between goes by the letters at the seam. Else the phonemes are shared out by
    the words' lengths.

    Args:
        words: as they are written, two at least.
        phonemes: in IPA, as many as words at least.

    Example:
        >>> seams(["for", "a", "while"], ["f", "ɚ", "ɹ", "ə", "w", "ˈaɪ", "l"])
        [3, 4]
    """
    spelled = [_plain(word) for word in words]
    counts = [len(_groups(word)) for word in spelled]
    nuclei = [i for i, ipa in enumerate(phonemes) if ipa.lstrip(_STRESS)[:1] in _facts()["vowels"]]
    if not all(counts) or sum(counts) != len(nuclei):
        return _shared(words, len(phonemes))
    places = list(accumulate(counts))[:-1]
    return [
        _seam(nuclei[place - 1] + 1, nuclei[place], *pair)
        for place, pair in zip(places, pairwise(spelled), strict=True)
    ]


def _seam(first: int, last: int, before: str, after: str) -> int:
    """Returns the seam between two vowels, of which `first` to `last` are the consonants."""
    letters = _facts()["letters"]
    if _groups(after)[0][0] == 0:
        return last
    if before[-1] in letters and _groups(before)[-1][1] == len(before):
        return first
    return first + (last - first) // 2


def _shared(words: Sequence[str], count: int) -> list[int]:
    """Returns seams in proportion to the words' lengths; each word gets one phoneme at least."""
    ends = list(accumulate(map(len, words)))
    places: list[int] = []
    for index, end in enumerate(ends[:-1], 1):
        least = (places[-1] if places else 0) + 1
        most = count - (len(words) - index)
        places.append(min(max(round(count * end / ends[-1]), least), most))
    return places


def _plain(word: str) -> str:
    """Returns a word's letters in lower case, without marks."""
    split = unicodedata.normalize("NFD", word.lower())
    return "".join(char for char in split if char.isalpha())


def _groups(word: str) -> list[tuple[int, int]]:
    """Returns (start, stop) of the vowels in a word without marks."""
    letters = _facts()["letters"]
    groups = [found.span() for found in re.finditer(rf"(?!y[{letters}])[{letters}]+", word)]
    silent = len(groups) > 1 and groups[-1] == (len(word) - 1, len(word)) and word[-1] == "e"
    return groups[:-1] if silent else groups


@functools.cache
def _facts() -> Mapping[str, str]:
    text = (resources.files(__package__) / "seams.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
