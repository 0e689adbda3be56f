"""Fire: hearths and torches, matches, bursts of flame, fuses and frying pans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.fire.burst import burst
from menura.engines.effects.sources.fire.hearth import Hearth
from menura.engines.effects.sources.fire.match import strike_match
from menura.engines.effects.sources.fire.tables import tables
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {"fire": Hearth, "fuse": Hearth, "sizzling": Hearth}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {"match": strike_match, "flame": burst}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"fire has no bed called {name!r:.60}")
    return BEDS[name](tables()[name], wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, (frames,) or (channels, frames).

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"fire has no event called {name!r:.60}")
    return EVENTS[name](tables()[name], wish, rng)
