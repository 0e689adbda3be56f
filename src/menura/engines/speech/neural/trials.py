"""What a voice says once, so that streams of it can be levelled."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def trials(language: str) -> Iterator[str]:
    """Yields texts to be tried in this language, the best first.

    Args:
        language: a tag of espeak-ng, such as `en-us`.
    """
    facts = _facts()
    own = facts["sentences"].get(language.partition("-")[0])
    if own is not None:
        yield own
    yield facts["other"]["text"]


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "trials.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
