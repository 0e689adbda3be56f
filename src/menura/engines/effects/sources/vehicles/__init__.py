"""Vehicles: engines, rails, rotors, traffic; horns, brakes, tyres that skid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.machines.works import Works
from menura.engines.effects.sources.registry import find
from menura.engines.effects.sources.vehicles.cycling import ride
from menura.engines.effects.sources.vehicles.horns import blow
from menura.engines.effects.sources.vehicles.squeals import squeal
from menura.engines.effects.sources.vehicles.traffic import Traffic
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {
    "car": Works,
    "motorcycle": Works,
    "truck": Works,
    "train": Works,
    "aircraft": Works,
    "helicopter": Works,
    "boat": Works,
    "drone": Works,
    "bicycle_ride": Works,
    "traffic": Traffic,
}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "bicycle": ride,
    "brakes": squeal,
    "skid": squeal,
    "horn": blow,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"vehicles have no bed called {name!r:.60}")
    return BEDS[name](find(name).table, wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, shape (frames,), float32.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"vehicles have no event called {name!r:.60}")
    return EVENTS[name](find(name).table, wish, rng)
