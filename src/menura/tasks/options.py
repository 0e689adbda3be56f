"""Options of a task: numbers that one engine knows by name and others do not."""

from __future__ import annotations

import math
import re

from menura.errors import InvalidInput, shown

MAX_OPTIONS = 32
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def settle_options(options: object) -> tuple[tuple[str, float], ...]:
    """Returns pairs of a name and a number, by name; which names there are, the engine says.

    Raises:
        InvalidInput: if one is no such pair, or a name stands there twice.
    """
    if not isinstance(options, tuple | list) or len(options) > MAX_OPTIONS:
        raise InvalidInput(f"options are up to {MAX_OPTIONS} pairs of a name and a number")
    settled: dict[str, float] = {}
    for option in options:
        pair = tuple(option) if isinstance(option, tuple | list) else ()
        named = len(pair) == 2 and isinstance(pair[0], str) and NAME.fullmatch(pair[0])
        if not named or type(pair[1]) not in {int, float} or not _is_plain(pair[1]):
            raise InvalidInput(f"an option is a name and a number, not {shown(option)}")
        if pair[0] in settled:
            raise InvalidInput(f"the option {pair[0]} is set twice: leave one out")
        settled[pair[0]] = float(pair[1])
    return tuple(sorted(settled.items()))


def _is_plain(number: float) -> bool:
    return math.isfinite(number) if isinstance(number, float) else abs(number) < 2**53
