"""Roman numerals."""

from __future__ import annotations

import re

_ROMAN = re.compile(r"(?=[MDCLXVI])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(letters: str) -> int | None:
    """Returns what a Roman numeral in capitals stands for, 1 to 3999; None if it is none."""
    if not _ROMAN.fullmatch(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)
