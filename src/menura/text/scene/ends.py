"""Ends: when something is asked to be over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.tokens import peek, skip
from menura.text.scene.mentions import Mention
from menura.text.scene.moments import ABOUT, MAX_START_S, is_of_end, read_listed, read_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.text.brief.tokens import Token

_UNTIL = frozenset({"until", "till", "til"})
_AT = frozenset({"at", "by"})
_TO = frozenset({"to", "until", "till"})
_NO_MOMENT = frozenset({"long", "apart", "each", "between", "later", "of", "after", "before"})
_THE_END = (("the", "end"), ("the", "very", "end"))


def read_end(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `until 5 seconds`, `until the end`, `from 2 to 6 seconds`, and of `stops at 3 s` the 3.

    Of "rain until 5 seconds" the rain is over then; of "from 2 to 6 seconds" it begins at 2.
    """
    word = tokens[at].word
    if tokens[at].kind == "time" or word in {"from", "between"}:
        return _read_span(tokens, at)
    if word in {"for", "during"}:
        return _read_first(tokens, at)
    if word in _UNTIL:
        return _read_until(tokens, at)
    # Of "stops at 3 seconds" the "at" has been read with the verb, or not.
    before = at if word in _AT else at - 1
    if before < 0 or tokens[before].word not in _AT or not is_of_end(tokens, before):
        return None
    found = read_time(tokens, skip(tokens, before + 1, ABOUT))
    return None if found is None else _end(at, found[1], found[0])


def _read_until(tokens: Sequence[Token], at: int) -> Mention | None:
    for phrase in _THE_END:
        behind = at + 1 + len(phrase)
        words = tuple(token.word for token in tokens[at + 1 : behind])
        if words == phrase and peek(tokens, behind) != "of":
            return Mention("quality", at, behind, effects={"goes_on": True}, is_after=True)
    found = read_time(tokens, skip(tokens, at + 1, ABOUT))
    if found is None or peek(tokens, found[1]) in _NO_MOMENT:
        return None
    return _end(at, found[1], found[0])


def _read_first(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `for the first 5 seconds`."""
    if peek(tokens, at + 1) != "the" or peek(tokens, at + 2) != "first":
        return None
    found = read_time(tokens, at + 3)
    return None if found is None else _end(at, found[1], found[0])


def _read_span(tokens: Sequence[Token], at: int) -> Mention | None:
    """Reads `from 2 to 6 seconds`, `between 0:02 and 0:06`, `0:02-0:06`."""
    is_clock = tokens[at].kind == "time"
    first = read_listed(tokens, at + (not is_clock), is_sure=True)
    if first is None:
        return None
    is_range = first.end < len(tokens) and tokens[first.end].kind == "time"
    is_range = is_clock and is_range and not tokens[first.end].gap
    joints = {"and"} if tokens[at].word == "between" else _TO
    if not is_range and peek(tokens, first.end) not in joints:
        return None
    place = first.end if is_range else skip(tokens, first.end + 1, ABOUT)
    last = read_listed(tokens, place, is_sure=True)
    if last is None or not last.unit_s or peek(tokens, last.end) in _NO_MOMENT:
        return None
    start_s = first.number * (first.unit_s or last.unit_s)
    stop_s = min(last.number * last.unit_s, MAX_START_S)
    if not start_s < stop_s:
        return None
    effects = {"start_s": start_s, "moments_s": (), "stop_s": stop_s}
    return Mention("quality", at, last.end, effects=effects, is_after=True)


def _end(at: int, behind: int, stop_s: float) -> Mention | None:
    """Returns the mention of when something is over."""
    if stop_s <= 0:
        return None
    effects = {"stop_s": min(stop_s, MAX_START_S)}
    return Mention("quality", at, behind, effects=effects, is_after=True)
