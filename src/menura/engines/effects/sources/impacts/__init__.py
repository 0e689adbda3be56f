"""Sources: impacts: what strikes, scrapes, rolls, falls and breaks. All are events."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from menura.dsp.solids import Thing, read_things
from menura.engines.effects.sources.impacts import falling, fracture, sliding
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
    """Returns a source that sounds on: none here does.

    Raises:
        NotFound: always.
    """
    raise NotFound(f"no impact sounds on: {name!r:.60}, {wish.variant!r:.60}, {rng!r:.20}")


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns one impact, slide, fall or fracture, shape (frames,), float32.

    Raises:
        NotFound: if no event goes by that name.
    """
    model = _models().get(name)
    if model is None:
        raise NotFound(f"no impact is called {name!r:.60}")
    table = variant_table(_facts()[name], wish.variant)
    return finished(model(table, _things(), wish, rng))


def _models() -> Mapping[str, Model]:
    return {
        "impact": worked,
        "anvil": worked,
        "scrape": sliding.scrape,
        "roll": sliding.roll,
        "drop": falling.drop,
        "ball": falling.drop,
        "rubble": falling.rubble,
        "chain": falling.chain,
        "break": fracture.snap,
    }


@functools.cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    text = (resources.files(__package__ or "") / "facts.toml").read_text("utf-8")
    return tomllib.loads(text)


@functools.cache
def _things() -> Mapping[str, Thing]:
    return read_things((resources.files(__package__ or "") / "objects.toml").read_text("utf-8"))
