"""Lengths in prompts: `8 seconds`, `2 min 30`, `1:30`, `half a minute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.mentions import Mention
from menura.text.brief.numbers import read_number
from menura.text.brief.tokens import peek, skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
}
_PHRASES = {
    ("half", "a", "minute"): 30.0,
    ("half", "minute"): 30.0,
    ("half", "an", "hour"): 1800.0,
    ("a", "minute", "and", "a", "half"): 90.0,
    ("a", "minute"): 60.0,
    ("an", "hour"): 3600.0,
}
_LONGEST = 5
_DECADES = frozenset({50.0, 60.0, 70.0, 80.0, 90.0})
_MACHINES = frozenset({303.0, 707.0, 808.0, 909.0})  # drum machines, as in "808s"
_LASTING = frozenset({"for", "lasting", "lasts", "duration", "length", "exactly", "about", "long"})
_BEHIND = frozenset({"long", "in", "length"})
_TIMES = frozenset({"at", "after", "until", "till", "before", "@"})
"""Words before a time in a piece: "at 50s" is none of the decade's."""


def read_duration(tokens: Sequence[Token], at: int) -> Mention | None:
    """Returns the length in seconds that begins at a token, or None.

    `80s` is the decade, unless words around it say that something lasts so long, or happens then;
    so is `80 s` before a word, and alone it is a length.
    """
    read = _read_clock(tokens, at) or _read_phrase(tokens, at) or _read_units(tokens, at)
    if read is None:
        return None
    seconds, behind = read
    behind = skip(tokens, behind, _BEHIND, 2) if peek(tokens, behind) != "in" else behind
    return Mention("duration", "duration", at, behind, numbers=(seconds,))


def _read_clock(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Reads `1:30`, unless it is an hour of the day."""
    if tokens[at].kind != "time":
        return None
    minutes, _, seconds = tokens[at].text.partition(":")
    of_day = (at and tokens[at - 1].word == "at") or peek(tokens, at + 1) in {"am", "pm", "in"}
    if of_day or int(seconds) >= 60:
        return None
    behind = skip(tokens, at + 1, frozenset({"min", "minutes"}))
    return 60.0 * int(minutes) + int(seconds), behind


def _read_phrase(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    words = (tokens[at].word, *(peek(tokens, at + i) for i in range(1, _LONGEST)))
    for count in range(_LONGEST, 1, -1):
        if words[:count] in _PHRASES:
            return _PHRASES[words[:count]], at + count
    return None


def _read_units(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Reads `8 seconds`, `2 minutes and 30 seconds`, `2 min 30`."""
    number = read_number(tokens, at)
    if number is None:
        return None
    value, behind = number
    unit = SECONDS.get(peek(tokens, behind))
    if unit is None or _is_decade(tokens, at, value, behind):
        return None
    joint = behind + 1 + (peek(tokens, behind + 1) == "and")
    smaller = read_number(tokens, joint) if unit > 1 and peek(tokens, joint) else None
    if smaller is None or smaller[0] >= 60:
        return value * unit, behind + 1
    named = SECONDS.get(peek(tokens, smaller[1]))
    if named is not None and named < unit:
        return value * unit + smaller[0] * named, smaller[1] + 1
    if not peek(tokens, smaller[1]) and joint == behind + 1:
        return value * unit + smaller[0] * unit / 60, smaller[1]
    return value * unit, behind + 1


def _is_decade(tokens: Sequence[Token], at: int, value: float, behind: int) -> bool:
    """Returns whether `80s` is the decade, or `808s` what a drum machine plays."""
    if tokens[behind].word != "s" or tokens[at].kind != "number" or value in _MACHINES:
        return value in _MACHINES
    if value not in _DECADES:
        return False
    before = tokens[at - 1].word if at else ""
    if before in _LASTING | _TIMES or peek(tokens, behind + 1) in {"long", "of"}:
        return False
    return not (tokens[behind].start > tokens[at].end and not peek(tokens, behind + 1))
