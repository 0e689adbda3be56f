"""Sources: household: doors, locks, glasses, dishes, paper, cloth, keys, clocks, all by hand."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.dsp.solids import Thing, read_things
from menura.engines.effects.sources.household import (
    clattering,
    clocks,
    creaking,
    keyboards,
    lids,
    scratching,
    shattering,
    sheets,
    writing,
)
from menura.engines.effects.sources.impacts import sliding
from menura.engines.effects.sources.impacts.edges import finished
from menura.engines.effects.sources.impacts.sequence import variant_table, worked
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

    Model = Callable[
        [Mapping[str, Any], Mapping[str, Thing], Wish, np.random.Generator], NDArray[np.float32]
    ]


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source that sounds on: keys, a pen, a clock.

    Raises:
        NotFound: if no bed goes by that name, or it has no such variant.
    """
    if name not in {"typing", "pen", "clock_tick"}:
        raise NotFound(f"nothing in the house that sounds on is called {name!r:.60}")
    table = variant_table(_facts()[name], wish.variant)
    if name == "pen":
        return writing.Pen(table, _things(), wish, rng)
    if name == "typing":
        return keyboards.Typing(table, _things(), wish, rng)
    return clocks.Clock(table, _things(), wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one sound of the house, shape (frames,), float32.

    Raises:
        NotFound: if no event goes by that name, or it has no such variant.
    """
    table = _facts().get(name)
    if table is None or table["kind"] != "event":
        raise NotFound(f"nothing in the house that sounds once is called {name!r:.60}")
    model = _models().get(name, worked)
    return finished(model(variant_table(table, wish.variant), _things(), wish, rng))


def _models() -> Mapping[str, Model]:
    """Returns the sources that are not a mechanism with steps."""
    return {
        "door_creak": creaking.creak,
        "chair": sliding.scrape,
        "glass_break": shattering.shatter,
        "chest": lids.lift,
        "coins": clattering.coins,
        "dice": clattering.coins,
        "keys": clattering.keys,
        "paper": sheets.paper,
        "record_scratch": scratching.scratch,
        "cloth": sheets.cloth,
    }


@functools.cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files(__package__ or "") / "facts.toml").read_text("utf-8")
    return tomllib.loads(text)


@functools.cache
def _things() -> Mapping[str, Thing]:
    return read_things((resources.files(__package__ or "") / "objects.toml").read_text("utf-8"))
