"""Sources: fantasy: magic, machines of science fiction, and beings that nobody has heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.fantasy.beings import chatter, moan
from menura.engines.effects.sources.fantasy.hums import Hum
from menura.engines.effects.sources.fantasy.patch import play_patch
from menura.engines.effects.sources.fantasy.robots import work_robot
from menura.engines.effects.sources.fantasy.vessels import pass_by
from menura.engines.effects.sources.impacts.sequence import variant_table
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS = ("spaceship", "forcefield", "energy_blade")
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    **dict.fromkeys(
        (
            "magic",
            "laser",
            "power_up",
            "power_down",
            "teleport",
            "portal",
            "time_warp",
            "crystal",
            "energy_blade_swing",
        ),
        play_patch,
    ),
    "robot": work_robot,
    "spaceship_pass": pass_by,
    "ghost": moan,
    "alien": chatter,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in BEDS:
        raise NotFound(f"fantasy has no bed called {name!r:.60}")
    return Hum(variant_table(find(name).table, wish.variant), wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, shape (frames,).

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in EVENTS:
        raise NotFound(f"fantasy has no event called {name!r:.60}")
    return EVENTS[name](variant_table(find(name).table, wish.variant), wish, rng)
