"""Numbers and dates of a language, given one by one rather than found in a text."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Protocol

from menura.text.normalize import english, european
from menura.text.normalize.normalizer import normalize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ENGLISH_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_EUROPEAN_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:[. ]\d{3})+|\d+)(?:,\d+)?")
_POINT = re.compile(r"\.(?=\d\d?$)")
_GROUP = re.compile(r",(?=\d{3}(?!\d))")


class Numbers(Protocol):
    """What a language knows of numbers; None is returned for what is none of them."""

    def normalize(self, text: str) -> str | None:
        """Returns a text in words; None if digits are left in it."""

    def cardinal(self, text: str) -> str | None:
        """Returns a number with sign, groups and decimals as it is counted, never as a year."""

    def ordinal(self, number: str) -> str | None:
        """Returns a place in an order, given in digits."""

    def month(self, name: str) -> int | None:
        """Returns the number of a month from its name, or three letters or more of it."""

    def date(self, fields: Mapping[str, str]) -> str | None:
        """Returns a date.

        Args:
            fields: in digits, "y" four of them, "m" and "d" two; any of the three.
        """

    def stretch(self, number: str, unit: str) -> str:
        """Returns so many of a unit of time, "minute" or "second"."""

    def fraction(self, whole: str, top: str, bottom: str) -> str | None:
        """Returns a fraction, `whole` before it or ""."""

    def money(self, number: str, code: str) -> str | None:
        """Returns an amount in a currency, by its code of three letters."""


@functools.lru_cache(maxsize=32)
def numbers(language: str) -> Numbers | None:
    """Returns the numbers of a language; None if it is only read by the synthesiser."""
    tag = language.lower().replace("_", "-")
    if tag.partition("-")[0] == "en" and tag != "en-shaw":
        return _English(tag)
    known = european.numerals(tag)
    return None if known is None else _European(tag, known)


class _English:
    def __init__(self, language: str) -> None:
        self._language = language
        self._american = language == "en" or language.startswith("en-us")
        facts = english.load(american=self._american)
        self._numerals, self._tables = facts.numerals, facts.tables

    def normalize(self, text: str) -> str | None:
        return _worded(text, self._language)

    def cardinal(self, text: str) -> str | None:
        if not _ENGLISH_NUMBER.fullmatch(text):
            return None
        minus = "minus " if text[0] == "-" else ""
        return minus + self._numerals.number(_significant(text))

    def ordinal(self, number: str) -> str | None:
        return self._numerals.ordinal(number)

    def month(self, name: str) -> int | None:
        return _month(name, self._tables["months"]["names"])

    def date(self, fields: Mapping[str, str]) -> str | None:
        month = self._tables["months"]["names"][int(fields.get("m", "1")) - 1]
        day = str(int(fields.get("d", "0")))
        match "".join(sorted(fields)):
            case "dmy":
                said = self.normalize(f"{fields['y']}-{fields['m']}-{fields['d']}")
            case "dm":
                said = self.normalize(f"{month} {day}" if self._american else f"{day} {month}")
            case "my":
                said = f"{month} {self._numerals.year(fields['y'])}"
            case "y":
                said = self._numerals.year(fields["y"])
            case "m":
                said = str(month)
            case _:
                said = self._numerals.ordinal(day)
        return said

    def stretch(self, number: str, unit: str) -> str:
        plural = "" if int(number) == 1 else "s"
        return f"{self._numerals.cardinal(number)} {unit}{plural}"

    def fraction(self, whole: str, top: str, bottom: str) -> str | None:
        return self.normalize(f"{whole} {top}/{bottom}".strip())

    def money(self, number: str, code: str) -> str | None:
        known = code in self._tables["currencies"]
        return self.normalize(f"{code} {number}") if known else None


class _European:
    def __init__(self, language: str, known: european.Numerals) -> None:
        self._language = language
        self._known = known

    def normalize(self, text: str) -> str | None:
        return _worded(text, self._language)

    def cardinal(self, text: str) -> str | None:
        if not _EUROPEAN_NUMBER.fullmatch(text):
            return None
        minus = f"{self._known.words['minus']} " if text[0] == "-" else ""
        return minus + self._known.number(_significant(text))

    def ordinal(self, number: str) -> str | None:
        return self._known.place(int(number)) if int(number) > 0 else None

    def month(self, name: str) -> int | None:
        return _month(name, self._known.months)

    def date(self, fields: Mapping[str, str]) -> str | None:
        day, month = int(fields.get("d", "0")), int(fields.get("m", "0"))
        match "".join(sorted(fields)):
            case "dmy":
                said = self.normalize(f"{fields['y']}-{fields['m']}-{fields['d']}")
            case "dm":
                said = self._known.day_month(day, month)
            case "my":
                said = self._known.month_year(month, fields["y"])
            case "y":
                said = self._known.year(fields["y"])
            case "m":
                said = str(self._known.months[month - 1])
            case _:
                said = self.ordinal(str(day))
        return said

    def stretch(self, number: str, unit: str) -> str:
        one, many, form = self._known.tables["durations"][f"{unit}s"]
        count = int(number)
        return f"{self._known.number(str(count), form)} {one if count == 1 else many}"

    def fraction(self, whole: str, top: str, bottom: str) -> str | None:
        return self._known.parts(whole, top, bottom, named=False)

    def money(self, number: str, code: str) -> str | None:
        if code not in self._known.tables["currencies"]:
            return None
        if _POINT.search(number):  # as programs write amounts: 1,234.50
            number = _POINT.sub(",", _GROUP.sub("", number))
        return self.normalize(f"{number} {code}")


def _worded(text: str, language: str) -> str | None:
    said = normalize(text, language).text
    return None if any(map(str.isdigit, said)) else said


def _significant(number: str) -> str:
    """Returns a number without its sign and the zeros before it."""
    return re.sub(r"^[+-]?0*(?=\d)", "", number)


def _month(name: str, names: Sequence[str]) -> int | None:
    wanted = name.casefold()
    fitting = [i for i, full in enumerate(names, 1) if full.casefold().startswith(wanted)]
    return fitting[0] if len(fitting) == 1 and len(wanted) >= 3 else None
