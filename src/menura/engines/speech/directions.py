"""Directions such as `(sadly)`: which emotion they ask for."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib import resources

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WITHOUT = "without"


def find_emotion(direction: str) -> str | None:
    """Returns the emotion that a direction asks for; None if it is not understood."""
    words = _WORD.findall(direction.casefold())
    emotions = _emotions()
    asked = [emotions[word] for word in words if word in emotions]
    return asked[0] if asked and _WITHOUT not in asked else None


@functools.cache
def _emotions() -> dict[str, str]:
    """Returns the emotion of each word; "without" for those that say what is not meant."""
    text = (resources.files(__package__) / "directions.toml").read_text(encoding="utf-8")
    return {
        word.casefold(): emotion for emotion, words in tomllib.loads(text).items() for word in words
    }
