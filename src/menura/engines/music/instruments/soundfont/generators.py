"""`Generator`: what a zone can set, from `generators.toml`."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTRUMENT, KEYS, VELOCITIES, SAMPLE = 41, 43, 44, 53
"""Those that say where a zone leads and when it sounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A value that a zone can set.

    Attributes:
        name: as in the TOML file.
        default: where no zone sets it.
        low: least value.
        high: greatest value.
        sample: whether only an instrument can set it.
    """

    name: str
    default: int = 0
    low: int
    high: int
    sample: bool = False


@functools.cache
def generators() -> Mapping[int, Generator]:
    """Returns all generators that are played, by their numbers in a file."""
    text = (resources.files(__package__) / "generators.toml").read_text(encoding="utf-8")
    return {
        int(facts.pop("id")): Generator(name=name, **facts)
        for name, facts in tomllib.loads(text).items()
    }
