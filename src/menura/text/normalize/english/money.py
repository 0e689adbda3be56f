"""Amounts of money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from menura.text.normalize.english.facts import NUMBER
from menura.text.normalize.scanner import Rule, alternatives

if TYPE_CHECKING:
    from menura.text.normalize.english.facts import Facts

_WORDS = ("thousand", "million", "billion", "trillion", "hundred")
_OTHER = "kg|km|cm|mm|lbs?|oz|[KMGT]B|kWh"
"""Units after which a dash before the number is a pause: "$5 - 10 kg" are a price and a weight."""
_NUMBER = rf"(?:{NUMBER}|\.\d++)"


def signed(facts: Facts) -> list[Rule]:
    """Returns the rules for amounts behind a currency's sign: $12.50."""
    signs = alternatives(*(key for key in facts.tables["currencies"] if not key.isalpha()))
    return [_before(facts, rf"(?P<minus>(?<![\w)])-)?(?P<currency>{signs})\s?")]


def coded(facts: Facts) -> list[Rule]:
    """Returns the rules for amounts behind letters: USD 5, US$5."""
    codes = alternatives(*(key for key in facts.tables["currencies"] if key[0].isalpha()))
    return [_before(facts, rf"(?P<minus>(?!))?(?P<currency>{codes})\s?(?=[\d.])")]


def numbered(facts: Facts) -> list[Rule]:
    """Returns the rules for amounts before their currency: 5 USD, 5€, 20¢."""
    codes = alternatives(*facts.tables["currencies"])
    minor = facts.tables["minor_currencies"]

    def after(match: re.Match[str]) -> str:
        return _say(facts, match["number"], match["magnitude"], match["currency"])

    def small(match: re.Match[str]) -> str | None:
        if match["sign"] == "p" and facts.american:
            return None
        words: str = minor[match["sign"]][match["number"] != "1"]
        return f"{facts.numerals.number(match['number'])} {words}"

    return [
        Rule(
            re.compile(
                rf"(?P<number>{NUMBER})(?:\s(?P<magnitude>{alternatives(*_WORDS)}))?"
                rf"\s?(?P<currency>{codes})(?![\w$])(?!\s?\d)"
            ),
            after,
        ),
        Rule(re.compile(rf"(?P<number>{NUMBER})\s?(?P<sign>¢|(?<=\d)p(?!\w))"), small),
    ]


def _before(facts: Facts, opening: str) -> Rule:
    magnitudes = facts.tables["magnitudes"]
    short = alternatives(*(key for key in magnitudes if len(key) < 3))
    per = facts.tables["unit_context"]["per"]

    def say(match: re.Match[str]) -> str:
        currency, magnitude = match["currency"], match["magnitude"] or match["short"]
        magnitude = magnitudes[magnitude] if magnitude else None
        minus = "minus " if match["minus"] else ""
        if match["exponent"]:
            power = facts.numerals.cardinal(match["exponent"].lstrip("+-"))
            sign = "minus " if match["exponent"].startswith("-") else ""
            words = (
                f"{facts.numerals.number(match['number'])} times ten to the power of {sign}{power}"
            )
            words += f" {facts.tables['currencies'][currency][1]}"
        elif match["last"]:
            first = facts.numerals.number(match["number"])
            words = f"{first} to {_say(facts, match['last'], magnitude, currency)}"
        else:
            words = _say(facts, match["number"], magnitude, currency)
        tail = f" per {per[match['per']]}" if match["per"] else ""
        return minus + words + tail

    return Rule(
        re.compile(
            rf"{opening}(?P<number>{_NUMBER})(?:[eE](?P<exponent>[+-]?\d{{1,9}})(?!\w)"
            rf"|(?:(?:-|—|\s-\s|\s?–\s?)(?P=currency)?|\s—\s(?P=currency))(?P<last>{NUMBER})"
            rf"(?!\s?[%‰°]|\s(?:{_OTHER})(?!\w)))?"
            rf"(?:(?P<short>{short})(?!\w)|[ -](?P<magnitude>{alternatives(*_WORDS)})(?!\w))?"
            rf"(?:/(?P<per>{alternatives(*per)})(?!\w))?"
        ),
        say,
    )


def _say(facts: Facts, number: str, magnitude: str | None, currency: str) -> str:
    one, many, cent, cents = facts.tables["currencies"][currency]
    numerals = facts.numerals
    whole, _, fraction = number.replace(",", "").partition(".")
    if magnitude is not None:
        return f"{numerals.number(number)} {magnitude} {many}"
    if not fraction:
        return f"{numerals.number(number)} {one if whole == '1' else many}"
    if len(fraction) != 2 or cent == cents:
        return f"{numerals.number(number)} {many}"
    units, minor = int(whole or "0") if len(whole) < 37 else 2, int(fraction)
    large = f"{numerals.cardinal(whole or '0')} {one if units == 1 else many}"
    small = f"{numerals.cardinal(str(minor))} {cent if minor == 1 else cents}"
    if minor == 0:
        return large
    return f"{large} and {small}" if units else small
