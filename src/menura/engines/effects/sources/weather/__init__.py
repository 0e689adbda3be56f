"""Weather: rain, hail, wind, gusts, storms and thunder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.weather.hail import fall_hail
from menura.engines.effects.sources.weather.rain import fall_rain
from menura.engines.effects.sources.weather.storm import Storm
from menura.engines.effects.sources.weather.tables import tables
from menura.engines.effects.sources.weather.thunder import strike_thunder
from menura.engines.effects.sources.weather.wind import Wind, blow_gust
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {
    "rain": fall_rain,
    "hail": fall_hail,
    "wind": Wind,
    "storm": Storm,
}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "thunder": strike_thunder,
    "gust": blow_gust,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"weather has no bed called {name!r:.60}")
    return BEDS[name](tables()[name], wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, (frames,) or (channels, frames).

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"weather has no event called {name!r:.60}")
    return EVENTS[name](tables()[name], wish, rng)
