"""Machines: what turns, pumps, drills, saws, spins, prints, hums and hammers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.machines.hammers import hammer
from menura.engines.effects.sources.machines.works import Works
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    source = find(name)
    if source.family != "machines" or source.kind != "bed":
        raise NotFound(f"machines have no bed called {name!r:.60}")
    return Works(source.table, wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, shape (frames,), float32.

    Raises:
        NotFound: if there is none of that name.
    """
    if name != "hammering":
        raise NotFound(f"machines have no event called {name!r:.60}")
    return hammer(find(name).table, wish, rng)
