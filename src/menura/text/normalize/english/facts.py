"""What English rules know: the tables of english.toml, and words made from them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from menura.text.normalize.english.cardinals import Numerals

NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,24}+(?!,?\d)|\d++)(?:\.\d++)?+"
"""A number as it is written: bounded where it can fail, so that hostile runs stay linear."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """One variant of English.

    Attributes:
        tables: english.toml.
        numerals: its number words.
        american: whether it is that of the United States: month first, "meter", no "and".
    """

    tables: dict[str, Any]
    numerals: Numerals
    american: bool

    def localize(self, words: str) -> str:
        """Returns the words in the variant's spelling."""
        if self.american:
            return words
        return words.replace("meter", "metre").replace("liter", "litre")


@functools.cache
def load(*, american: bool) -> Facts:
    """Returns the facts of American or British English."""
    path = Path(__file__).with_name("english.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return Facts(tables, Numerals(tables["numbers"], joins=not american), american)


def spell(letters: str) -> str:
    """Returns letters to be named one by one.

    A lone "A" would be read as the article, so letters with one among them are joined by stops:
    synthesisers read "F.A.A" as letters, and "F A A" as "eff a a".
    """
    letters = letters.upper()
    return (".".join if "A" in letters and len(letters) > 1 else " ".join)(letters)
