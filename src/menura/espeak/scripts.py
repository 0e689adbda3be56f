"""Words in another script: in which language each stretch of a text can be read."""

from __future__ import annotations

import functools
import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

from menura.espeak.languages import find, latin, scripts

_HAN = "Han"
_QUOTES = "\"'"
_LATIN = re.compile(r"[A-Za-zÀ-ɏ](?:[-.&'’]?[A-Za-zÀ-ɏ0-9])*")


class Stretch(NamedTuple):
    """A part of a text in one language.

    Attributes:
        start: where it begins in the text, in code points.
        stop: its end there, exclusive.
        language: tag of espeak-ng.
    """

    start: int
    stop: int
    language: str


def divide(text: str, language: str, *, kanji: bool = False) -> tuple[Stretch, ...]:
    """Returns a text in stretches that their languages can read; joined they are the text.

    Letters that a language can only spell go to the main language of their script, together
    with the blanks, digits and signs between them; so do words in Latin letters, to English,
    where the language would spell them and what is written against them. What no language can
    read stays.

    Args:
        text: as it is written.
        language: its tag.
        kanji: whether Han beside kana can be read as Japanese; else it is read as Chinese.

    Raises:
        InvalidInput, NotFound: as `languages.find`.
    """
    own = find(language).tag
    words = [] if text.isascii() else _foreign_words(text, own, kanji=kanji)
    stretches: list[Stretch] = []
    for start, stop, tag in words:
        done = stretches[-1].stop if stretches else 0
        first, last = _opening(text, start, done), _closing(text, stop)
        if stretches and (tag == stretches[-1].language) and _joins(text[done:first]):
            stretches[-1] = stretches[-1]._replace(stop=last)
            continue
        if first > done:
            stretches.append(Stretch(done, first, own))
        stretches.append(Stretch(first, last, tag))
    done = stretches[-1].stop if stretches else 0
    if done < len(text) or not text:
        stretches.append(Stretch(done, len(text), own))
    return tuple(stretches)


def _foreign_words(text: str, own: str, *, kanji: bool) -> list[tuple[int, int, str]]:
    """Returns (start, stop, language) of each unbroken run of one script that is not read."""
    found = [
        (match.start(), match.end(), str(match.lastgroup)) for match in _pattern(own).finditer(text)
    ]
    latin_words = [] if kanji and own == "ja" else _latin_words(text, own)
    names = {f"s{index}": script for index, script in enumerate(scripts())}
    words = [(start, stop, str(names[group].main)) for start, stop, group in found]
    if kanji:
        kinds = [names[group].name for _, _, group in found]
        # Han is Japanese where nothing but signs stands between it and kana, on either side.
        near = [_joins(text[a[1] : b[0]]) for a, b in pairwise(found)]
        for order in (range(len(found)), reversed(range(len(found)))):
            before = None
            for index in order:
                linked = before is not None and near[min(before, index)]
                if kinds[index] == _HAN and linked and words[before or 0][2] == "ja":
                    words[index] = (*words[index][:2], "ja")
                before = index
    return sorted([*words, *latin_words]) if latin_words else words


def _latin_words(text: str, own: str) -> list[tuple[int, int, str]]:
    """Returns (start, stop, language) of words in Latin letters."""
    facts = latin()
    if own not in facts.spelled_by:
        return []
    return [(found.start(), found.end(), facts.main) for found in _LATIN.finditer(text)]


def _joins(between: str) -> bool:
    return not any(char.isalpha() for char in between)


def _opening(text: str, start: int, done: int) -> int:
    """Returns where the brackets and quotes right before a word begin."""
    while start > done and (
        unicodedata.category(text[start - 1]) in {"Ps", "Pi"} or text[start - 1] in _QUOTES
    ):
        start -= 1
    return start


def _closing(text: str, stop: int) -> int:
    """Returns where the marks and signs right behind a word end."""
    while stop < len(text) and (
        unicodedata.category(text[stop])[0] == "M"
        or unicodedata.category(text[stop]) in {"Po", "Pe", "Pf"}
    ):
        stop += 1
    return stop


@functools.lru_cache(maxsize=256)
def _pattern(own: str) -> re.Pattern[str]:
    """Returns what finds a run of letters of one script that a language only spells."""
    groups = []
    for index, script in enumerate(scripts()):
        # A Japanese text with kanji needs its own reader, never a Chinese voice.
        japanese = own == "ja" and script.name == _HAN
        if own not in script.read_by and script.main is not None and not japanese:
            letters = "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in script.ranges)
            groups.append(f"(?P<s{index}>[{letters}]+)")
    return re.compile("|".join(groups) or r"(?!)")
