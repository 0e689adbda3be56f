"""Quantities of scenes: how many, how often, how far, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.durations import SECONDS, read_duration
from menura.text.brief.numbers import read_number
from menura.text.brief.tokens import peek, skip
from menura.text.scene.ends import read_end
from menura.text.scene.mentions import Mention
from menura.text.scene.moments import read_after, read_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

MAX_COUNT = 10**12
MAX_EVERY_S = 3600.0
MAX_DISTANCE_M = 100_000.0
_METRES = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), 1000.0),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
    **dict.fromkeys(("yd", "yard", "yards"), 0.9144),
    **dict.fromkeys(("mi", "mile", "miles"), 1609.344),
}
_AWAY = frozenset({"away", "off", "distant", "from", "distance", "ahead", "behind"})
_POWERS = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_TIMES = frozenset({"times", "x", "time"})
_PER = frozenset({"a", "per", "each", "every", "an"})
_JOINTS = frozenset({"to", "or", "and"})
_APART = frozenset({"apart", "between"})
_EACH = frozenset({"each", "them", "the", "hits", "shots", "blows", "strikes", "knocks"})
_NO_COUNT = frozenset({*_METRES, *SECONDS, "hz", "khz", "db", "percent", "%", "bpm", "am", "pm"})

_UNITS = frozenset({*_NO_COUNT, *_TIMES, *_JOINTS, *_POWERS})
_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_WAITING = frozenset({"wait", "waits", "waiting", "waited", "pause", "pauses", "pausing", "paused"})
_BEGINNINGS = frozenset(
    {
        *(*_NUMBERS.split(), "every", "each", "once", "twice", "half", "a", "an", "x"),
        *("at", "after", "until", "till", "til", "from", "between", "by", "for", "during"),
        *_WAITING,
    }
)
_THEN = frozenset({"then", "and"})
_A_WHILE = {"moment": 1.5, "bit": 1.5, "beat": 1.0, "second": 1.0, "sec": 1.0, "while": 3.0}
"""How long one waits who waits "a moment", s."""


def read_quantity(tokens: Sequence[Token], at: int) -> Mention | None:
    """Returns the quantity that begins at a token, or None."""
    token = tokens[at]
    plain = read_amount(tokens, at) if token.kind == "number" else None
    is_moment = at > 0 and not token.gap and tokens[at - 1].word == "at"
    if plain is not None and peek(tokens, plain[1]) not in _UNITS and not is_moment:
        return _read_count(tokens, at)
    if plain is None and token.kind == "word" and token.word not in _BEGINNINGS:
        return None
    for read in _READERS:
        mention = read(tokens, at)
        if mention is not None:
            return mention
    return None


def read_amount(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Returns a number, and the token behind it: also `a hundred`, `one million`, `10 thousand`."""
    if at < len(tokens) and tokens[at].word == "a" and peek(tokens, at + 1) in _POWERS:
        number, behind = 1.0, at + 1
    else:
        read = read_number(tokens, at)
        if read is None:
            return None
        number, behind = read
    while peek(tokens, behind) in _POWERS and number < MAX_COUNT:
        number, behind = number * _POWERS[tokens[behind].word], behind + 1
    return number, behind


def _read_every(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `every 5 seconds`, `every 10 to 20 seconds`, `every other second`."""
    if tokens[at].word not in {"every", "each"}:
        return None
    place = skip(tokens, at + 1, frozenset({"about", "other", "around", "roughly"}))
    first = read_number(tokens, place) if peek(tokens, place) else None
    if first is None:
        return None
    low, behind = first
    high = low
    joint = skip(tokens, behind, _JOINTS)
    second = read_number(tokens, joint) if peek(tokens, joint) else None
    if second is not None:
        high, behind = second
    unit = SECONDS.get(peek(tokens, behind))
    if unit is None:
        return None
    effects: dict[str, float | bool] = {
        "every_s": min(max((low + high) / 2 * unit, 0.05), MAX_EVERY_S)
    }
    if low == high:
        effects["irregular"] = False
    return Mention("quality", at, behind + 1, effects=effects, is_after=True)


def _read_rate(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `three times a minute`, `twice per second`."""
    if tokens[at].word in {"once", "twice"}:
        number, behind = (1.0 if tokens[at].word == "once" else 2.0), at + 1
    else:
        read = read_number(tokens, at)
        if read is None or peek(tokens, read[1]) not in _TIMES:
            return None
        number, behind = read[0], read[1] + 1
    unit = SECONDS.get(peek(tokens, behind + 1))
    if peek(tokens, behind) not in _PER or unit is None or number <= 0:
        return None
    every_s = min(max(unit / number, 0.05), MAX_EVERY_S)
    return Mention("quality", at, behind + 2, effects={"every_s": every_s}, is_after=True)


def _read_distance(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `50 metres away`, `half a mile away`, `from 100 feet`."""
    words = [tokens[at].word, peek(tokens, at + 1), peek(tokens, at + 2)]
    if words[:2] == ["half", "a"] and words[2] in _METRES:
        number, behind = 0.5, at + 2
    elif words[0] == "a" and words[1] in _METRES:
        number, behind = 1.0, at + 1
    else:
        read = read_amount(tokens, at)
        if read is None:
            return None
        number, behind = read
    unit = _METRES.get(peek(tokens, behind))
    if unit is None or number <= 0:
        return None
    before = tokens[at - 1].word if at and not tokens[at].gap else ""
    if peek(tokens, behind + 1) not in _AWAY and before not in {"from", "at"}:
        return None
    end = skip(tokens, behind + 1, frozenset({"away", "off", "distant", "distance"}))
    distance_m = min(number * unit, MAX_DISTANCE_M)
    return Mention("quality", at, end, effects={"distance_m": distance_m}, is_after=True)


def _read_apart(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `one second apart`, `2 seconds between them`."""
    found = read_duration(tokens, at)
    if found is None or found.numbers[0] <= 0 or peek(tokens, found.end) not in _APART:
        return None
    behind = found.end + 1
    if tokens[found.end].word == "between":
        if peek(tokens, behind) not in _EACH:
            return None
        behind = skip(tokens, behind, _EACH)
    every_s = min(max(found.numbers[0], 0.05), MAX_EVERY_S)
    effects: dict[str, float | bool] = {"every_s": every_s, "irregular": False}
    return Mention("quality", at, behind, effects=effects, is_after=True)


def _read_wait(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `waits two seconds`, `wait for a moment`, and `waits` alone: a pause."""
    if tokens[at].word not in _WAITING:
        return None
    place = skip(tokens, at + 1, frozenset({"for", "of", "about", "another", "around", "exactly"}))
    found = read_duration(tokens, place) if peek(tokens, place) else None
    if found is not None and found.numbers[0] > 0 and not tokens[place].gap:
        return Mention("pause", at, found.end, number=found.numbers[0])
    if peek(tokens, place) == "a" and peek(tokens, place + 1) in _A_WHILE:
        return Mention("pause", at, place + 2, number=_A_WHILE[tokens[place + 1].word])
    is_begun = at > 0 and (bool(tokens[at].gap) or tokens[at - 1].word in _THEN)
    is_closed = peek(tokens, at + 1) in {"", *_THEN}
    return Mention("pause", at, at + 1) if is_begun and is_closed else None


def _read_length(tokens: Sequence[Token], at: int) -> Mention | None:
    found = read_duration(tokens, at)
    if found is None or found.numbers[0] <= 0:
        return None
    return Mention("duration", at, found.end, number=found.numbers[0])


def _read_times(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `three times`, `3x`, `x3`."""
    if tokens[at].word == "x" and at + 1 < len(tokens) and tokens[at + 1].kind == "number":
        read = read_amount(tokens, at + 1)
        return None if read is None else _count(at, read[1], read[0], is_after=True)
    read = read_amount(tokens, at)
    if read is None or peek(tokens, read[1]) not in _TIMES:
        return None
    return _count(at, read[1] + 1, read[0], is_after=True)


def _read_count(tokens: Sequence[Token], at: int) -> Mention | None:
    read = read_amount(tokens, at)
    if read is None or peek(tokens, read[1]) in _NO_COUNT or read[0] != int(read[0]):
        return None
    return _count(at, read[1], read[0], is_after=False)


def _count(at: int, end: int, number: float, *, is_after: bool) -> Mention | None:
    if not 1 <= number <= MAX_COUNT:
        return None
    return Mention("count", at, end, effects={"count": int(number)}, is_after=is_after)


_READERS = (
    read_end,
    read_moment,
    read_after,
    _read_wait,
    _read_every,
    _read_rate,
    _read_distance,
    _read_apart,
    _read_length,
    _read_times,
    _read_count,
)
