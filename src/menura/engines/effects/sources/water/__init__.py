"""Water: drips, streams, falls, waves, bubbles, steam; what is poured and what falls in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.water.drips import Dripping, fall_drop
from menura.engines.effects.sources.water.flow import Flow
from menura.engines.effects.sources.water.flush import flush
from menura.engines.effects.sources.water.pouring import pour
from menura.engines.effects.sources.water.splash import splash
from menura.engines.effects.sources.water.squelch import squelch
from menura.engines.effects.sources.water.steam import Steam
from menura.engines.effects.sources.water.tables import tables
from menura.engines.effects.sources.water.waves import Waves
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {
    "dripping": Dripping,
    "stream": Flow,
    "river": Flow,
    "waterfall": Flow,
    "bubbles": Flow,
    "boiling": Flow,
    "shower": Flow,
    "underwater": Flow,
    "waves": Waves,
    "steam": Steam,
}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "drip": fall_drop,
    "pouring": pour,
    "splash": splash,
    "flush": flush,
    "squelch": squelch,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"water has no bed called {name!r:.60}")
    return BEDS[name](tables()[name], wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, (frames,) or (channels, frames).

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"water has no event called {name!r:.60}")
    return EVENTS[name](tables()[name], wish, rng)
