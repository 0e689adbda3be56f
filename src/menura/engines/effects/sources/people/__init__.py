"""People without words: crowds, applause, steps, breath, hands, mouths and voices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.animals.calls import make_call
from menura.engines.effects.sources.people.body import Breath, Heart, chew
from menura.engines.effects.sources.people.crowd import gather_crowd
from menura.engines.effects.sources.people.hands import applaud, clap_once, snap_once
from menura.engines.effects.sources.people.mouth import gulp, kiss, whistle
from menura.engines.effects.sources.people.steps import walk
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS = {
    "crowd": gather_crowd,
    "applause": applaud,
    "footsteps": walk,
    "running": walk,
    "breath": Breath,
    "heartbeat": Heart,
    "chewing": chew,
}
EVENTS = {
    "clap": clap_once,
    "snap": snap_once,
    "whistle": whistle,
    "kiss": kiss,
    "gulp": gulp,
    "laugh": make_call,
    "cough": make_call,
    "sneeze": make_call,
    "snore": make_call,
    "scream": make_call,
    "sigh": make_call,
    "gasp": make_call,
    "baby": make_call,
    "sob": make_call,
    "grunt": make_call,
    "belch": make_call,
    "whisper": make_call,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"people have no bed called {name!r:.60}")
    made: Bed = BEDS[name](find(name).table, wish, rng)
    return made


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, (frames,).

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"people have no event called {name!r:.60}")
    return EVENTS[name](find(name).table, wish, rng)
