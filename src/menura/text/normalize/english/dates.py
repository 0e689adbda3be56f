"""Dates, years and decades."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

from menura.text.normalize.scanner import Rule, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_END = r"(?![\w/]|[.,:-]\d|-[A-Za-z]?\d)"
_ERA = r"(?:\s?(?P<era>BCE|BC|AD|CE|B\.C\.E\.|B\.C\.|A\.D\.|C\.E\.)(?![\w.]))"


def worded(facts: Facts) -> list[Rule]:
    """Returns the rules for dates that start with a month, or with an era."""
    month = _month(facts)

    def month_first(match: re.Match[str]) -> str | None:
        name = _name(facts, match["month"])
        day, year = match["day"], match["year"]
        if not _is_day(name, facts, day):
            return None
        tail = f", {_year(facts, year)}" if year else ""
        return f"{name} {facts.numerals.ordinal(day)}{tail}"

    def month_year(match: re.Match[str]) -> str | None:
        return f"{_name(facts, match['month'])} {_year(facts, match['year'])}"

    def era_first(match: re.Match[str]) -> str | None:
        return f"A D {_year(facts, match['year'])}".replace("A D", "A.D")

    year = r"(?P<year>[12]\d{3})"
    return [
        Rule(
            re.compile(
                rf"(?P<month>{month})\.?,?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s{year})?{_END}"
                r"(?!\s?(?:%|[ap]\.?m\b))"
            ),
            month_first,
        ),
        Rule(re.compile(rf"(?P<month>{month})\.?,?\s{year}{_END}"), month_year),
        Rule(re.compile(rf"(?:AD|A\.D\.)\s?(?P<year>\d{{1,4}}){_END}"), era_first),
    ]


def numbered(facts: Facts) -> list[Rule]:
    """Returns the rules for dates and years that start with a digit."""
    month = _month(facts)
    reader = _Reader(facts)
    full = r"(?P<year>\d{4})"
    clock = (
        r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?(?P<zone>Z)?)?"
    )
    era_year = r"1[1-9]\d\d|20\d\d"
    return [
        Rule(
            re.compile(rf"{full}-(?P<month>\d\d)-(?P<day>\d\d){clock}(?![\w/]|[-:]\d)"), reader.iso
        ),
        Rule(
            re.compile(
                rf"(?P<first>\d{{1,2}})(?P<sign>[/.-])(?P<second>\d{{1,2}})(?P=sign){full}{_END}"
            ),
            reader.numeric,
        ),
        Rule(
            re.compile(
                rf"(?P<first>\d{{1,2}})(?P<sign>/)(?P<second>\d{{1,2}})/(?P<year>\d\d){_END}"
            ),
            reader.numeric,
        ),
        Rule(
            re.compile(
                rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s(?:of\s)?|-)(?P<month>{month})"
                rf"(?![a-z])(?:\.(?=\s?[\da-z]))?(?:(?:,?\s|-)(?P<year>[12]\d{{3}}){_END})?"
            ),
            reader.day_first,
        ),
        Rule(re.compile(r"(?P<number>[1-9]\d{0,2}0)'?s(?!\w)"), reader.decade),
        Rule(
            re.compile(rf"(?P<number>\d{{1,3}}(?:,\d{{3}}){{1,9}}+|\d{{1,5}}){_ERA}"),
            reader.with_era,
        ),
        Rule(re.compile(rf"(?P<first>(?:19|20)\d\d)/(?P<last>\d\d){_END}"), reader.years),
        Rule(
            re.compile(rf"(?P<first>{era_year})\s?[-–—]\s?(?P<last>{era_year}|\d\d){_END}"),
            reader.years,
        ),
        Rule(
            re.compile(rf"(?P<year>{era_year})(?![\w/°%\"]|[.,:-]\d|\s?[×x]\s?\d|')"), reader.year
        ),
        Rule(re.compile(rf"(?<=\bin )(?P<year>10\d\d){_END}"), reader.year),
        Rule(re.compile(rf"(?P<year>{era_year})(?='s\b|'(?!\w))"), reader.year),
    ]


def signed(facts: Facts) -> list[Rule]:
    """Returns the rules for years whose century is left out: '90s, '99."""

    def decade(match: re.Match[str]) -> str | None:
        return facts.numerals.plural(facts.numerals.pair(match["number"]))

    def year(match: re.Match[str]) -> str | None:
        return facts.numerals.pair(match["number"])

    return [
        Rule(re.compile(r"['‘](?P<number>\d0)s(?!\w)"), decade),
        Rule(re.compile(r"(?<![\d\"])['‘](?P<number>\d\d)(?![\w'’\"]|[.,:-]\d)"), year),
    ]


def _month(facts: Facts) -> str:
    months = facts.tables["months"]
    return alternatives(*months["names"], *months["short"], "Sept")


def _name(facts: Facts, written: str) -> str:
    months = facts.tables["months"]
    name: str = months["names"][months["short"].index(written[:3])]
    return name


def _is_day(name: str, facts: Facts, day: str) -> bool:
    number = facts.tables["months"]["names"].index(name) + 1
    return 1 <= int(day) <= calendar.monthrange(2000, number)[1]


def _year(facts: Facts, written: str) -> str:
    if len(written) == 2 and written[0] == "0":
        return facts.numerals.pair(written)
    return facts.numerals.year(written)


def _date(facts: Facts, day: str, number: str, year: str) -> str | None:
    """Returns a date of three numbers in the order of the variant, None if there is no such day."""
    if not 1 <= int(number) <= 12:
        return None
    name = facts.tables["months"]["names"][int(number) - 1]
    if not _is_day(name, facts, day):
        return None
    ordinal = facts.numerals.ordinal(day)
    said = _year(facts, year)
    return f"{name} {ordinal}, {said}" if facts.american else f"the {ordinal} of {name} {said}"


def _clock(facts: Facts, match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    words = facts.numerals.cardinal(str(hour))
    words += " hundred" if minute == 0 else f" {facts.numerals.pair(match['minute'])}"
    if match["second"] and int(match["second"]):
        plural = "" if int(match["second"]) == 1 else "s"
        words += f" and {facts.numerals.cardinal(match['second'])} second{plural}"
    return words


class _Reader:
    """Reads the matches of the rules for dates that start with a digit."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._month = _month(facts)

    def iso(self, match: re.Match[str]) -> str | None:
        date = _date(self._facts, match["day"], match["month"], match["year"])
        if date is None or match["hour"] is None:
            return date
        words = f"{date}, {_clock(self._facts, match)}"
        return words + (" U T C" if match["zone"] else "")

    def numeric(self, match: re.Match[str]) -> str | None:
        first, second = match["first"], match["second"]
        day, number = (second, first) if self._facts.american else (first, second)
        if int(number) > 12:
            day, number = number, day
        if match["sign"] == "." and self._facts.american:
            day, number = first, second  # written with stops, dates are European
        return _date(self._facts, day, number, match["year"])

    def day_first(self, match: re.Match[str]) -> str | None:
        name = _name(self._facts, match["month"])
        if not _is_day(name, self._facts, match["day"]):
            return None
        year = f" {_year(self._facts, match['year'])}" if match["year"] else ""
        before = match.string[max(0, match.start() - 4) : match.start()].lower()
        the = "" if before.endswith("the ") else "the "
        return f"{the}{self._facts.numerals.ordinal(match['day'])} of {name}{year}"

    def decade(self, match: re.Match[str]) -> str | None:
        number = match["number"]
        if len(number) == 4 and number[1:] == "000":
            return self._facts.numerals.cardinal(number) + "s"
        return self._facts.numerals.plural(_year(self._facts, number))

    def with_era(self, match: re.Match[str]) -> str | None:
        letters = match["era"].replace(".", "")
        era = "A.D" if letters == "AD" else " ".join(letters)
        number = match["number"].replace(",", "")
        return f"{_year(self._facts, number)} {era}"

    def years(self, match: re.Match[str]) -> str | None:
        last = match["last"]
        tail = self._facts.numerals.pair(last) if len(last) == 2 else _year(self._facts, last)
        if len(last) == 4 and abs(int(last) - int(match["first"])) > 900:
            return None
        return f"{_year(self._facts, match['first'])} to {tail}"

    def year(self, match: re.Match[str]) -> str | None:
        return _year(self._facts, match["year"])
