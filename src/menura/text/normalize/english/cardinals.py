"""English number words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_NAMED_DIGITS = 36
"""Longer numbers are read digit by digit: nobody knows the names of their scales."""
_GROUP_DIGITS = 3


class Numerals:
    """Reads numbers.

    Args:
        facts: the table `numbers` of english.toml.
        joins: whether hundreds and what follows are joined by "and", as in British English.
    """

    def __init__(self, facts: Mapping[str, Sequence[str]], *, joins: bool) -> None:
        self._ones = facts["ones"]
        self._tens = facts["tens"]
        self._scales = facts["scales"]
        self._ordinals = dict(zip(facts["cardinal"], facts["ordinal"], strict=True))
        self._and = " and " if joins else " "

    def cardinal(self, number: str) -> str:
        """Returns the words for a whole number given in digits."""
        if len(number) > MAX_NAMED_DIGITS:
            return self.digits(number)
        value = int(number)
        if value == 0:
            return self._ones[0]
        words: list[str] = []
        for power in range((len(str(value)) - 1) // 3, -1, -1):
            group = value // 1000**power % 1000
            if group:
                last = power == 0 and group < 100 and words
                words.append((self._and.lstrip() if last else "") + self._below_1000(group))
                if power:
                    words.append(self._scales[power - 1])
        return " ".join(words)

    def _below_1000(self, value: int) -> str:
        if value < 100:
            return self._below_100(value)
        rest = value % 100
        tail = self._and + self._below_100(rest) if rest else ""
        return f"{self._ones[value // 100]} hundred{tail}"

    def _below_100(self, value: int) -> str:
        if value < 20:
            return self._ones[value]
        rest = value % 10
        return self._tens[value // 10] + (f"-{self._ones[rest]}" if rest else "")

    def ordinal(self, number: str) -> str:
        """Returns the words for a place in an order: "21" is "twenty-first"."""
        words = self.cardinal(number)
        cut = max(words.rfind(" "), words.rfind("-")) + 1
        last = words[cut:]
        if last in self._ordinals:
            return words[:cut] + self._ordinals[last]
        return words[:cut] + (last[:-1] + "ieth" if last.endswith("y") else last + "th")

    def digits(self, number: str) -> str:
        """Returns the digits one by one, long runs in groups of three with a pause between."""
        names = [self._ones[int(digit)] for digit in number]
        if len(names) <= 2 * _GROUP_DIGITS:
            return " ".join(names)
        starts = range(0, len(names), _GROUP_DIGITS)
        return ", ".join(" ".join(names[start : start + _GROUP_DIGITS]) for start in starts)

    def decimals(self, number: str) -> str:
        """Returns the digits after a decimal point, without pauses."""
        return " ".join(self._ones[int(digit)] for digit in number)

    def number(self, number: str) -> str:
        """Returns the words for digits with grouping commas and a decimal point in them."""
        whole, _, fraction = number.replace(",", "").partition(".")
        if len(whole) > 1 and whole[0] == "0":
            words = self.digits(whole)
        else:
            words = self.cardinal(whole) if whole else ""
        return f"{words} point {self.decimals(fraction)}".lstrip() if fraction else words

    def year(self, number: str) -> str:
        """Returns a year: "1905" is "nineteen oh five", "2005" "two thousand five"."""
        value = int(number)
        century, rest = divmod(value, 100)
        if (
            len(number) != 4
            or value < 1000
            or value % 1000 < 10
            or (century % 10 == 0 and rest < 10)
        ):
            return self.cardinal(number)
        if rest == 0:
            return f"{self._below_100(century)} hundred"
        return f"{self._below_100(century)} {self.pair(number[2:])}"

    def pair(self, number: str) -> str:
        """Returns two digits as in years and times: "05" is "oh five"."""
        value = int(number)
        return (
            f"oh {self._ones[value]}" if value < 10 and len(number) > 1 else self.cardinal(number)
        )

    def plural(self, words: str) -> str:
        """Returns number words in the plural: "nineteen nineties"."""
        if words.endswith("y"):
            return words[:-1] + "ies"
        return words + ("es" if words.endswith(("x", "s")) else "s")
