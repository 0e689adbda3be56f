"""German, French, Spanish, Italian, Portuguese: numbers, dates, times, money and percentages."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from menura.text.normalize.european import cardinals, rules
from menura.text.normalize.european.numerals import Numerals

if TYPE_CHECKING:
    from menura.text.normalize.scanner import Scanner

__all__ = ["Numerals", "numerals", "scanner"]


@functools.cache
def scanner(language: str) -> Scanner | None:
    """Returns the scanner of a language, None if it is none of the five.

    Args:
        language: a tag in lower case; "pt-br" differs from "pt" in a few words.
    """
    known = numerals(language)
    return None if known is None else rules.scanner(known)


@functools.cache
def numerals(language: str) -> Numerals | None:
    """Returns what reads single numbers and dates of a language, None if it is none of the five."""
    family = language.split("-", maxsplit=1)[0]
    if family not in cardinals.READERS:
        return None
    tables = tomllib.loads(Path(__file__).with_name(f"{family}.toml").read_text(encoding="utf-8"))
    brazilian = language == "pt-br"
    if brazilian:
        tables |= {name: {**tables[name], **own} for name, own in tables["brazil"].items()}
    return Numerals(tables, cardinals.READERS["pt-br" if brazilian else family])
