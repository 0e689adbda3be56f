"""Numbers in prompts: in figures or in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.tokens import peek

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

MAX_DIGITS = 9
_LOW = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TEENS = ("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
_UNITS = {word: number for number, word in enumerate((*_LOW, *_TEENS, "nineteen"))}
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_HUNDRED = 100


def read_number(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Returns the number that begins at a token, and the token behind it.

    `120`, `2.5`, `ninety`, `one hundred and twenty`, `one twenty` (120), `two and a half`.
    """
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.kind == "number":
        if len(token.text) > MAX_DIGITS:
            return None
        number, behind = float(token.text.replace(",", ".")), at + 1
    else:
        words = _read_words(tokens, at)
        if words is None:
            return None
        number, behind = words
    if [word.word for word in tokens[behind : behind + 3]] == ["and", "a", "half"]:
        return number + 0.5, behind + 3
    return number, behind


def _read_words(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    number, behind = _read_below_hundred(tokens, at, tokens[at].word)
    if number is None:
        return None
    word = peek(tokens, behind)
    if word == "hundred" and 0 < number < 10:
        total = number * _HUNDRED
        behind += 1
        joint = behind + (peek(tokens, behind) == "and")
        rest, end = _read_below_hundred(tokens, joint, peek(tokens, joint))
        return (total, behind) if rest is None else (total + rest, end)
    if 1 <= number <= 3:
        # "One twenty" is how tempi are said.
        rest, end = _read_below_hundred(tokens, behind, word)
        if rest is not None and rest >= 10:
            return number * _HUNDRED + rest, end
    return number, behind


def _read_below_hundred(tokens: Sequence[Token], at: int, word: str) -> tuple[int | None, int]:
    if word in _TENS:
        unit = _UNITS.get(peek(tokens, at + 1), 0)
        if 1 <= unit <= 9:
            return _TENS[word] + unit, at + 2
        return _TENS[word], at + 1
    return (_UNITS[word], at + 1) if word in _UNITS else (None, at)
