"""Moments: times inside a piece, such as `at 10 seconds`, `from bar 5` or `20 seconds in`."""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.text.brief.durations import read_duration
from menura.text.brief.numbers import read_number
from menura.text.brief.quantities import MAX_BARS, MAX_DURATION_S
from menura.text.brief.tokens import peek, skip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.text.brief.evidence import Evidence
    from menura.text.brief.tokens import Token

_LAST, _LATE = "last", 0.6
"""Who enters last does so when so much of the piece is over."""
_DURING = frozenset({"for", "during"})
_BARS = frozenset({"bar", "bars", "measure", "measures"})
_MOST = {"s": MAX_DURATION_S, "bars": MAX_BARS, "share": 1.0}
_NEGATIVE = re.compile(r"(?<!\S)-\d")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time inside the piece.

    Attributes:
        start: its first token, a preposition where there is one.
        end: the token behind it.
        when: how much of the piece is over then.
        unit: what that counts: `s`, `bars`, or `share` of the whole.
        leaves: whether something is over then, as behind the `to` of "from bar 5 to bar 9".
        until: whether it begins with `until` or `before`.
    """

    start: int
    end: int
    when: float
    unit: str
    leaves: bool = False
    until: bool = False


def find_moments(evidence: Evidence) -> Iterator[Moment]:
    """Yields the times behind words such as `at`, and those of `10 seconds in`."""
    tokens = evidence.tokens
    middles = {m.start: m.end for m in evidence.asked("place") if m.id == "middle"}
    at = 0
    while at < len(tokens):
        found = None
        if at in middles:
            found = Moment(at, middles[at], 0.5, "share")
        elif tokens[at].word in (*_facts()["from"], *_facts()["until"]):
            found = _read_moment(tokens, at, at + 1)
        elif tokens[at].word == _LAST and _enters(tokens, at):
            found = Moment(at, at + 1, _LATE, "share")
        elif tokens[at].word in _DURING:
            found = _read_beginning(tokens, at)
        else:
            length = read_duration(tokens, at)
            if length and peek(tokens, length.end) == "in" and not peek(tokens, length.end + 1):
                found = Moment(at, length.end + 1, length.numbers[0], "s")
        if found is None:
            at += 1
            continue
        until = tokens[at].word in {*_facts()["until"], *_DURING}
        yield dataclasses.replace(found, until=until)
        at = found.end
        if not until and peek(tokens, at) in _facts()["to"]:
            end = _read_moment(tokens, found.start, at + 1)
            if end is not None:
                yield dataclasses.replace(end, leaves=True)
                at = end.end


def is_possible(evidence: Evidence, moment: Moment) -> bool:
    """Returns whether a time lies in the longest of pieces, and not before its beginning."""
    first, last = evidence.tokens[moment.start], evidence.tokens[moment.end - 1]
    is_negative = _NEGATIVE.search(evidence.text[first.start : last.end]) is not None
    return 0 <= moment.when <= _MOST[moment.unit] and not is_negative


def _enters(tokens: Sequence[Token], at: int) -> bool:
    """Returns whether somebody comes in at a token: "the flute enters last", and no more behind."""
    if not at or tokens[at].gap or tokens[at - 1].word not in words_of("arrives"):
        return False
    return not peek(tokens, at + 1) or tokens[at + 1].gap > 0


def _read_moment(tokens: Sequence[Token], start: int, at: int) -> Moment | None:
    """Reads what stands behind a preposition at `start`, if it is a time of the piece."""
    at = skip(tokens, at, frozenset({"the", "about", "around"}), 2)
    if not peek(tokens, at):
        return None
    found = _read_bar(tokens, start, at)
    if found is not None or tokens[start].word == "in":  # "in 10 seconds" is how long it takes
        return found
    if tokens[at].kind == "time":
        return _read_clock(tokens, start, at)
    length = read_duration(tokens, at)
    if length is None:
        return None
    return Moment(start, skip(tokens, length.end, frozenset({"in"})), length.numbers[0], "s")


def _read_beginning(tokens: Sequence[Token], at: int) -> Moment | None:
    """Reads `for the first 10 seconds` and `during the first 8 bars`: until then."""
    first = skip(tokens, at + 1, frozenset({"the"}))
    if peek(tokens, first) != "first" or not peek(tokens, first + 1):
        return None
    length = read_duration(tokens, first + 1)
    if length is not None:
        return Moment(at, length.end, length.numbers[0], "s")
    counted = read_number(tokens, first + 1)
    if counted is None or peek(tokens, counted[1]) not in _BARS:
        return None
    return Moment(at, counted[1] + 1, float(counted[0]), "bars")


def _read_bar(tokens: Sequence[Token], start: int, at: int) -> Moment | None:
    """Reads `bar 5`, `the fifth bar`, `5th bar`, `8 bars` or `second 10`.

    What begins in a bar has those before it behind itself; what comes after a bar, that one too.
    """
    word, behind = peek(tokens, at), peek(tokens, at + 1)
    over = tokens[start].word == "after"
    ordinals = _facts()["ordinals"]
    if word in _BARS or (word == "second" and behind not in _BARS):
        number = read_number(tokens, at + 1) if behind else None
        if number is None:
            return None
        unit = "bars" if word in _BARS else "s"
        return Moment(start, number[1], number[0] - (unit == "bars" and not over), unit)
    if word in ordinals and behind in _BARS:
        return Moment(start, at + 2, float(ordinals.index(word) + over), "bars")
    counted = read_number(tokens, at)
    if counted is None:
        return None
    end = skip(tokens, counted[1], frozenset({"st", "nd", "rd", "th"}))
    if peek(tokens, end) not in _BARS:
        return None
    return Moment(start, end + 1, float(counted[0] - (end > counted[1] and not over)), "bars")


def _read_clock(tokens: Sequence[Token], start: int, at: int) -> Moment | None:
    minutes, _, seconds = tokens[at].text.partition(":")
    if int(seconds) >= 60 or peek(tokens, at + 1) in {"am", "pm"}:
        return None
    return Moment(start, at + 1, 60.0 * int(minutes) + int(seconds), "s")


@functools.cache
def words_of(name: str) -> frozenset[str]:
    """Returns words of entries.toml, such as `enters`, `leaves` or `beside`."""
    return frozenset(_facts()[name].split())


@functools.cache
def _facts() -> dict[str, Any]:
    text = Path(__file__).with_name("entries.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
