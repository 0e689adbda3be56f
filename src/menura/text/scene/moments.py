"""Moments: when something is asked to begin, and when it comes again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.text.brief.durations import SECONDS, read_duration
from menura.text.brief.numbers import read_number
from menura.text.brief.tokens import STOP, peek, skip
from menura.text.scene.mentions import Mention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from menura.text.brief.tokens import Token

MAX_START_S = 3600.0
MAX_CLOCK_S = 600.0
"""A time of the clock is a moment up to so late: "at 10:15" is in the morning."""
MAX_MOMENTS = 64
_OF_DAY = frozenset({"am", "pm", "oclock", "morning", "evening", "afternoon", "night"})
ABOUT = frozenset({"about", "around", "roughly", "approximately", "exactly", "precisely"})
_ENDS = re.compile("(stop|end|ceas|fad|cut|finish|halt)p?(e|s|es|ed|ing)?|die[sd]?|dying")
_ENDING = re.compile(
    "(is|are|cut|fad|switch|shut|turn|power|taper|trail|drop|wind|burn)t?(e|s|es|ed|ing|ting|ped)?"
    "|die[sd]?|dying"
)
_QUIET = frozenset({"silent", "quiet"})
_TURNING = frozenset({"go", "goes", "going", "fall", "falls", "falling", "turns", "becomes"})
_PARTICLES = frozenset({"over", "out", "off", "down"})
_AND = frozenset({"and", "or"})
_AGAIN = frozenset({"again", "at"})
_GOES_ON = frozenset({"and", "then", "with", "while", "as", "from", "on", "behind", "far"})
"""Words that may stand behind several moments: before any other, the last is of what comes next."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One of several moments: a number without a unit has that of the next."""

    number: float
    unit_s: float
    """0 = none stands behind it."""
    end: int
    is_sure: bool
    """Whether it can be no length: a time of the clock, or one that "and" stands before."""


def read_moment(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `at 3 seconds`, `at about 0:03`, `at the 3 second mark`, `3 s in`.

    What is said of an end is none: `stops at 3 seconds`.
    """
    # Of "a knock at 3 seconds" the "at" has been read with the knock.
    is_read = tokens[at].word != "at" and at > 0 and not tokens[at].gap
    word = at - 1 if is_read else at
    if tokens[word].word != "at":
        return _read_elapsed(tokens, at)
    place = skip(tokens, word + 1, ABOUT)
    several = _read_several(tokens, place, is_leading=word == 0 or bool(tokens[word].gap))
    if several is not None and not is_of_end(tokens, word):
        return _moment(at, several[1], *several[0])
    found = read_time(tokens, place)
    if found is None or peek(tokens, found[1]) in {"long", "apart"}:
        return None
    return None if is_of_end(tokens, word) else _moment(at, found[1], found[0])


def is_of_end(tokens: Sequence[Token], at: int) -> bool:
    """Returns whether the words before say that something is over: `stops`, `cuts out`."""
    if at == 0 or tokens[at].gap:
        return False
    if at > 1 and tokens[at - 1].word.endswith("ly") and not tokens[at - 1].gap:
        at -= 1  # "stops suddenly at 3 seconds"
    word = tokens[at - 1].word
    before = tokens[at - 2].word if at > 1 and not tokens[at - 1].gap else ""
    if word in _QUIET:
        return before in _TURNING
    if word in _PARTICLES:
        return bool(_ENDING.fullmatch(before))
    return bool(_ENDS.fullmatch(word))


def _read_several(
    tokens: Sequence[Token], at: int, *, is_leading: bool
) -> tuple[tuple[float, ...], int] | None:
    """Reads `0:02 and 0:04`, `1, 3 and 5 seconds`, `2 s and again at 4 s`.

    In `at 2 s, 10 seconds` the second is a length, and in `at 2 s and 4 s a bell` it is the bell's,
    unless both lead the clause.
    """
    listed = list(_list_moments(tokens, at))
    while len(listed) > 1:
        last = listed[-1]
        behind = peek(tokens, last.end)
        is_open = bool(behind) and behind not in _GOES_ON
        if behind == "in":
            is_open = not peek(tokens, last.end + 1)
        if is_leading:
            is_open = behind in {"of", "long", "later", "apart", "in", "into"}
        is_needed = last.is_sure or listed[-2].unit_s == 0
        if last.unit_s and is_needed and not is_open:
            break
        listed.pop()
    if len(listed) < 2:
        return None
    starts_s: list[float] = []
    unit_s = 0.0
    for moment in reversed(listed):
        unit_s = moment.unit_s or unit_s
        starts_s.append(moment.number * unit_s)
    return tuple(starts_s), listed[-1].end


def _list_moments(tokens: Sequence[Token], at: int) -> Iterator[Moment]:
    """Yields the moments from a token on that commas and "and" join."""
    is_sure = True
    for _ in range(MAX_MOMENTS):
        moment = read_listed(tokens, at, is_sure=is_sure)
        if moment is None:
            return
        yield moment
        at = moment.end
        if at >= len(tokens) or tokens[at].gap == STOP:
            return
        is_sure = tokens[at].word in _AND
        if not is_sure and not tokens[at].gap:
            return
        at = at + 1 if is_sure else at
        at = skip(tokens, at, _AGAIN, 2) if is_sure else at


def read_listed(tokens: Sequence[Token], at: int, *, is_sure: bool) -> Moment | None:
    """Returns a moment whose unit may stand behind a later one."""
    found = read_time(tokens, at)
    if found is not None:
        is_clock = tokens[at].kind == "time"
        number = None if is_clock else read_number(tokens, at)
        unit_s = SECONDS.get(peek(tokens, number[1]), 1.0) if number is not None else 1.0
        return Moment(found[0] / unit_s, unit_s, found[1], is_sure or is_clock)
    bare = read_number(tokens, at) if at < len(tokens) else None
    return None if bare is None else Moment(bare[0], 0.0, bare[1], is_sure)


def _read_elapsed(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `3 s in`, `three seconds into the rain`, and a time alone: `0:03 knock`."""
    is_clock = tokens[at].kind == "time"
    is_leading = at == 0 or bool(tokens[at].gap)
    several = _read_several(tokens, at, is_leading=True) if is_clock and is_leading else None
    if several is not None:
        return _moment(at, several[1], *several[0])
    found = read_time(tokens, at)
    if found is None:
        return None
    start_s, behind = found
    before = tokens[at - 1].word if at and not tokens[at].gap else ""
    if before in {"for", "lasting", "last", "first"}:
        return None
    if peek(tokens, behind) == "into":
        return _moment(at, behind + 1, start_s)
    is_in = peek(tokens, behind) == "in" or (behind > at and tokens[behind - 1].word == "in")
    behind += peek(tokens, behind) == "in"
    is_closed = behind >= len(tokens) or bool(tokens[behind].gap)
    if is_in:
        # "3 seconds in a cave" is a length.
        return _moment(at, behind, start_s) if is_closed else None
    is_alone = is_clock and not is_closed and not before
    return _moment(at, behind, start_s) if is_alone else None


def read_after(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `after 2.5 seconds`, but not `after three seconds of rain`, `stops after 3 seconds`."""
    if tokens[at].word != "after":
        return None
    found = read_time(tokens, skip(tokens, at + 1, ABOUT))
    if found is None or peek(tokens, found[1]) in {"of", "long", "apart"}:
        return None
    if is_of_end(tokens, at):
        return None
    return Mention("delay", at, found[1], number=min(found[0], MAX_START_S), is_after=True)


def read_time(tokens: Sequence[Token], at: int) -> tuple[float, int] | None:
    """Returns a moment in seconds and the token behind it: `0:03`, `3 s`, `the 3 second mark`."""
    if at >= len(tokens):
        return None
    if tokens[at].kind == "time":
        minutes, _, seconds = tokens[at].text.partition(":")
        clock_s = 60.0 * int(minutes) + int(seconds) if seconds.isdigit() else MAX_CLOCK_S
        words = {peek(tokens, at + 1 + ahead) for ahead in range(3)}
        is_of_day = not _OF_DAY.isdisjoint(words) or int(seconds[:2] or 99) >= 60
        return None if is_of_day or clock_s >= MAX_CLOCK_S else (clock_s, at + 1)
    found = read_duration(tokens, skip(tokens, at, frozenset({"the"}), 1))
    if found is None:
        return None
    return found.numbers[0], skip(tokens, found.end, frozenset({"mark", "point"}), 1)


def _moment(at: int, behind: int, *starts_s: float) -> Mention:
    """Returns the mention of one moment, or of several."""
    named_s = tuple(sorted({min(start_s, MAX_START_S) for start_s in starts_s}))
    effects = {"start_s": named_s[0], "moments_s": named_s if len(named_s) > 1 else ()}
    return Mention("quality", at, behind, effects=effects, is_after=True)
