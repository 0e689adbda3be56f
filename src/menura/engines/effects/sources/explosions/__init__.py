"""Sources: explosions: charges, guns, cannon and fireworks. All are events."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING

from menura.dsp.solids import read_things
from menura.engines.effects.sources.explosions import blast, fireworks, guns
from menura.engines.effects.sources.impacts.sequence import variant_table
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Bed, Wish

EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "explosion": blast.detonate,
    "cannon": blast.detonate,
    "gunshot": guns.fire_gun,
    "machine_gun": guns.fire_machine_gun,
    "reload": guns.reload_gun,
    "ricochet": guns.glance,
    "firework": fireworks.light_firework,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source that sounds on: none here does.

    Raises:
        NotFound: always.
    """
    raise NotFound(f"no explosion sounds on: {name!r:.60}, {wish.variant!r:.60}, {rng!r:.20}")


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns an explosion, shape (frames,).

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in EVENTS:
        raise NotFound(f"no explosion is called {name!r:.60}")
    table = {**variant_table(find(name).table, wish.variant), "things": _things()}
    return EVENTS[name](table, wish, rng)


@functools.cache
def _things() -> Mapping[str, Thing]:
    return read_things((resources.files(__package__ or "") / "objects.toml").read_text("utf-8"))
