"""Times of day."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.scanner import Rule

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_HALF = r"(?P<half>[AaPp])(?:\.\s?[Mm]\.|[Mm](?![\w]))"
_END = r"(?![\w:]|[.,-]\d)"


def rules(facts: Facts) -> list[Rule]:
    """Returns the rules for times, which start with a digit."""
    reader = _Reader(facts)
    hour_minute = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)"
    first = rf"(?P<hour>\d{{1,2}})(?::(?P<minute>\d\d))?(?:\s?{_HALF.replace('half', 'half1')})?"
    last = r"(?P<hour2>\d{1,2})(?::(?P<minute2>\d\d))?"
    both = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)\s?[-–—]\s?(?P<hour2>\d{1,2}):(?P<minute2>\d\d)"
    return [
        Rule(re.compile(rf"{first}\s?[-–—]\s?{last}\s?{_HALF}"), reader.span),
        Rule(re.compile(rf"{both}(?P<half1>)?(?P<half>(?!))?{_END}"), reader.span),
        Rule(
            re.compile(rf"{hour_minute}(?::(?P<second>\d\d))?(?:\.\d{{1,3}})?\s?{_HALF}"),
            reader.time,
        ),
        Rule(
            re.compile(rf"{hour_minute}(?::(?P<second>\d\d))?(?P<half>(?!))?{_END}"),
            reader.time,
        ),
        Rule(
            re.compile(rf"(?P<hour>\d{{1,2}})(?P<minute>(?!))?(?P<second>(?!))?\s?{_HALF}"),
            reader.time,
        ),
        Rule(re.compile(r"(?P<first>\d{1,9}):(?P<last>\d{1,9})(?![\d:])"), reader.ratio),
    ]


class _Reader:
    """Reads the matches of this module's rules."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._numerals = facts.numerals

    def half(self, letter: str | None) -> str:
        return "" if not letter else " A.M" if letter in "aA" else " P M"

    def clock(self, hour: str, minute: str | None, *, twelve: bool) -> str | None:
        if int(hour) > 24 or (minute is not None and int(minute) > 59):
            return None
        words = self._numerals.cardinal(hour)
        if minute is None or (twelve and minute == "00"):
            return words
        if minute == "00":
            if 0 < int(hour) <= 12 and hour[0] != "0":
                return f"{words} o'clock"
            return f"{words} hundred"
        return f"{words} {self._numerals.pair(minute)}"

    def stop(self, match: re.Match[str]) -> str:
        """Returns the stop that ends the sentence as well as "p.m."."""
        if not match[0].endswith("."):
            return ""
        rest = match.string[match.end() : match.end() + 3].lstrip("\"')”’")
        return "." if not rest.strip() or (rest[0].isspace() and rest.strip()[0].isupper()) else ""

    def time(self, match: re.Match[str]) -> str | None:
        words = self.clock(match["hour"], match["minute"], twelve=match["half"] is not None)
        if words is None:
            return None
        if match["second"]:
            if int(match["second"]) > 59:
                return None
            if int(match["second"]):
                plural = "" if int(match["second"]) == 1 else "s"
                words += f" and {self._numerals.cardinal(match['second'])} second{plural}"
        return words + self.half(match["half"]) + self.stop(match)

    def span(self, match: re.Match[str]) -> str | None:
        twelve = match["half"] is not None
        first = self.clock(match["hour"], match["minute"], twelve=twelve)
        last = self.clock(match["hour2"], match["minute2"], twelve=twelve)
        if first is None or last is None:
            return None
        first += self.half(match["half1"])
        return f"{first} to {last}{self.half(match['half'])}{self.stop(match)}"

    def ratio(self, match: re.Match[str]) -> str:
        return f"{self._numerals.number(match['first'])} to {self._numerals.number(match['last'])}"
