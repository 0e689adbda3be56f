"""Animals: birds, beasts, insects, frogs and hooves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.animals.birds import gather_singers
from menura.engines.effects.sources.animals.calls import make_call
from menura.engines.effects.sources.animals.hooves import gallop
from menura.engines.effects.sources.animals.insects import Flight, gather_crickets
from menura.engines.effects.sources.animals.rattles import drum_wood, shake_tail
from menura.engines.effects.sources.animals.songs import sing_phrase
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS = {
    "birds": gather_singers,
    "frogs": gather_singers,
    "crickets": gather_crickets,
    "insect": Flight,
    "gallop": gallop,
}
CALLS = (
    "crow",
    "owl",
    "gull",
    "rooster",
    "chicken",
    "duck",
    "pigeon",
    "cuckoo",
    "dog",
    "cat",
    "wolf",
    "horse",
    "cow",
    "sheep",
    "pig",
    "lion",
    "bear",
    "roar",
    "whale",
    "hawk",
    "rodent",
    "elephant",
    "donkey",
    "monkey",
    "seal",
)
EVENTS = dict.fromkeys(CALLS, make_call) | {
    "songbird": sing_phrase,
    "dolphin": sing_phrase,
    "woodpecker": drum_wood,
    "snake": shake_tail,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"animals have no bed called {name!r:.60}")
    made: Bed = BEDS[name](find(name).table, wish, rng)
    return made


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, (frames,).

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"animals have no event called {name!r:.60}")
    made: NDArray[np.float32] = EVENTS[name](find(name).table, wish, rng)
    return made
