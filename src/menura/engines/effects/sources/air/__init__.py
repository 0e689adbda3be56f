"""Sources: air: what moves through it, what strikes, and the swells and drops of film."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING

from menura.dsp.solids import read_things
from menura.engines.effects.sources.air.glitches import break_up
from menura.engines.effects.sources.air.risers import rise_up
from menura.engines.effects.sources.air.strikes import crack_whip, strike_with
from menura.engines.effects.sources.air.whooshes import swing
from menura.engines.effects.sources.air.wings import Wings
from menura.engines.effects.sources.fantasy.hums import Hum
from menura.engines.effects.sources.fantasy.patch import play_patch
from menura.engines.effects.sources.impacts.sequence import variant_table
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {"wings": Wings, "drone_bed": Hum, "vent": Hum}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "whoosh": swing,
    "swish": swing,
    "sword": strike_with,
    "arrow": strike_with,
    "punch": strike_with,
    "whip": crack_whip,
    "riser": rise_up,
    "impact_hit": play_patch,
    "sub_drop": play_patch,
    "jump": play_patch,
    "glitch": break_up,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in BEDS:
        raise NotFound(f"air has no bed called {name!r:.60}")
    return BEDS[name](variant_table(find(name).table, wish.variant), wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, shape (frames,).

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in EVENTS:
        raise NotFound(f"air has no event called {name!r:.60}")
    table = {**variant_table(find(name).table, wish.variant), "things": _things()}
    return EVENTS[name](table, wish, rng)


@functools.cache
def _things() -> Mapping[str, Thing]:
    return read_things((resources.files(__package__ or "") / "objects.toml").read_text("utf-8"))
