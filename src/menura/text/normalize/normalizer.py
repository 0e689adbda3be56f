"""The way in: a text and its language."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from menura.text.normalize import english, european
from menura.text.normalize.spans import Builder, Normalized

if TYPE_CHECKING:
    from menura.text.normalize.scanner import Scanner


def normalize(text: str, language: str) -> Normalized:
    """Returns `text` with numbers, signs and short forms put into the words that are said.

    English is read in full; German, French, Spanish, Italian and Portuguese have their numbers,
    dates, times, money and percentages read. In all other languages the text is left as it is.
    The time is proportional to the length of the text, whatever it holds.

    Args:
        text: best a cleaned one; any other works too.
        language: a tag such as "en-us", "en-gb" or "de"; of the dialects of English those of the
            United States, and "en" alone, write the month first.
    """
    scanner = _scanner(language.lower().replace("_", "-"))
    return Builder(text).build() if scanner is None else scanner.scan(text)


@functools.lru_cache(maxsize=32)
def _scanner(language: str) -> Scanner | None:
    family = language.split("-", maxsplit=1)[0]
    if family == "en":
        if language == "en-shaw":
            return None  # another alphabet: words in Latin letters would be foreign in it
        return english.scanner(american=language == "en" or language.startswith("en-us"))
    return european.scanner(language)
