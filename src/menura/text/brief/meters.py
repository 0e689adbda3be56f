"""Meters in prompts: `6/8`, `three-four time`, `in five`, `cut time`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.mentions import Mention
from menura.text.brief.tokens import peek, skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

METERS = frozenset(
    {(2, 4), (3, 4), (4, 4), (5, 4), (6, 4), (7, 4), (2, 2), (3, 2), (3, 8)}
    | {(5, 8), (6, 8), (7, 8), (9, 8), (12, 8)}
)
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "twelve": 12}
_LOWER = {"two": 2, "four": 4, "eight": 8, "quarter": 4, "quarters": 4, "eighths": 8, "eighth": 8}
_NOUNS = frozenset({"time", "meter", "metre", "signature", "feel"})
_AFTER_COUNT = _NOUNS | {"with", "at", "for", "and"}
_EIGHTHS = frozenset({6, 7, 12})


def parse_meter(text: str) -> tuple[int, int] | None:
    """Returns the meter that a text such as `6/8` writes, or None."""
    upper, _, lower = text.replace(" ", "").partition("/")
    if not (0 < len(upper) <= 2 and 0 < len(lower) <= 2 and (upper + lower).isdecimal()):
        return None
    meter = int(upper), int(lower)
    return meter if meter in METERS else None


def read_meter(tokens: Sequence[Token], at: int) -> Mention | None:
    """Returns the meter that begins at a token, or None."""
    word, following = tokens[at].word, peek(tokens, at + 1)
    meter, behind = None, at + 1
    if tokens[at].kind == "ratio":
        meter = parse_meter(word)
    elif word == "cut" and following == "time":
        meter = (2, 2)
    elif word in _COUNTS and following in _LOWER and peek(tokens, at + 2) in _NOUNS:
        meter, behind = parse_meter(f"{_COUNTS[word]}/{_LOWER[following]}"), at + 2
    elif at and tokens[at - 1].word == "in" and not tokens[at].gap:
        meter = _count(word, following)
    if meter is None:
        return None
    numbers = float(meter[0]), float(meter[1])
    return Mention("meter", "meter", at, skip(tokens, behind, _NOUNS, 2), numbers=numbers)


def _count(word: str, following: str) -> tuple[int, int] | None:
    """Returns the meter of "in three", unless something is counted: "in three parts"."""
    count = next((n for name, n in _COUNTS.items() if word in {name, str(n)}), None)
    if count is None or (following and following not in _AFTER_COUNT):
        return None
    return count, 8 if count in _EIGHTHS else 4
