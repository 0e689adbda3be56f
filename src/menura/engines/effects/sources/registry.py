"""Every source by name, whichever family makes it."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.base import levelled
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

FAMILIES = (
    "weather",
    "water",
    "fire",
    "animals",
    "people",
    "household",
    "impacts",
    "vehicles",
    "machines",
    "signals",
    "explosions",
    "fantasy",
    "interface",
    "air",
)
"""Packages beside this module: each has its `facts.toml`, `bed(name, wish, rng)` and
`event(name, wish, rng)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a family's `facts.toml` says of one source.

    Attributes:
        name: its name.
        family: its package.
        kind: "bed" (sounds on) or "event" (sounds once).
        variants: its variants; the first is the usual one.
        level_db: sound pressure level, dB re 20 uPa: of an event the largest, 1 m away; of a bed
            where one usually hears it.
        levels_db: the same of variants that differ from it.
        distance_m: where one usually hears it.
        length_s: (shortest, longest) an event can be stretched to; () = it lasts as it lasts.
        figures: measures its sound must meet: name of a function of `menura.metrics.texture` (or
            a table with `measure` and its arguments), with its bounds and where they come from.
        table: all that stands there.
    """

    name: str
    family: str
    kind: str
    variants: tuple[str, ...]
    level_db: float
    levels_db: Mapping[str, float]
    distance_m: float
    length_s: tuple[float, ...]
    figures: tuple[Mapping[str, Any], ...]
    table: Mapping[str, Any]

    def level_of(self, variant: str) -> float:
        """Returns the level of a variant, dB; "" = the usual one."""
        return self.levels_db.get(variant or self.variants[0], self.level_db)


def sources() -> Mapping[str, Source]:
    """Returns every source by name."""
    return _sources()


def find(name: str) -> Source:
    """Returns one source.

    Raises:
        NotFound: if none goes by that name.
    """
    source = _sources().get(name)
    if source is None:
        raise NotFound(f"no source of sound is called {name!r:.60}")
    return source


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source that sounds on.

    Raises:
        NotFound: if none goes by that name.
    """
    made: Bed = _module(find(name).family).bed(name, wish, rng)
    return made


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound that is made once, at LEVEL_DBFS, shape (channels, frames), float32.

    It begins within 5 ms and ends in silence.

    Raises:
        NotFound: if none goes by that name.
    """
    sound: NDArray[np.float32] = _module(find(name).family).event(name, wish, rng)
    return np.atleast_2d(levelled(sound))


@functools.cache
def _sources() -> Mapping[str, Source]:
    return {
        name: Source(
            name=name,
            family=family,
            kind=table["kind"],
            variants=tuple(table["variants"]),
            level_db=float(table["level_db"]),
            levels_db=dict(table.get("levels_db", {})),
            distance_m=float(table["distance_m"]),
            length_s=tuple(table.get("length_s", ())),
            figures=tuple(table["figures"]),
            table=table,
        )
        for family in FAMILIES
        for name, table in _facts(family).items()
    }


def _facts(family: str) -> dict[str, Any]:
    folder = resources.files(f"menura.engines.effects.sources.{family}")
    return tomllib.loads((folder / "facts.toml").read_text("utf-8"))


def _module(family: str) -> ModuleType:
    return import_module(f"menura.engines.effects.sources.{family}")
