"""How far the numbers of a timbre may go."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput, NotFound
from menura.espeak import languages

if TYPE_CHECKING:
    from collections.abc import Mapping


def keep_within(name: str, value: float) -> float:
    """Returns a number of a timbre, no further than a description may take it."""
    low, high = limits()["design"][name]
    return float(min(max(value, low), high))


def check_timbre(timbre: Mapping[str, Any]) -> None:
    """Passes a timbre that the engine can speak with; its fields may come from a stranger.

    Raises:
        InvalidInput: if a field is missing, no number, or out of range.
    """
    facts = limits()
    optional = {name: span for name, span in facts["optional"].items() if name in timbre}
    known = facts["stored"] | optional
    for name, (low, high) in known.items():
        value = timbre.get(name)
        whole = isinstance(low, int)
        if type(value) not in ({int} if whole else {int, float}) or not low <= value <= high:
            raise InvalidInput(f"{name} lies between {low:g} and {high:g}, not {value!r:.40}")
    try:
        languages.find_variant(str(timbre.get("variant")))
    except NotFound as error:
        raise InvalidInput(str(error)) from error
    others = facts["others"]
    for name in timbre.keys() - known.keys() - {"variant"}:
        value = timbre[name]
        if type(value) in {int, float} and abs(value) <= others["most"]:
            continue
        if not (isinstance(value, str) and value.isprintable() and len(value) <= others["chars"]):
            raise InvalidInput(f"{name!r:.40} cannot be {value!r:.40}")


@functools.cache
def limits() -> dict[str, Any]:
    """Returns limits.toml."""
    text = (resources.files(__package__) / "limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
