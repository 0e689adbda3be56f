"""Signals: alarms, sirens, bells, telephones, radio, and what beeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.registry import find
from menura.engines.effects.sources.signals.bells import sound_gong, toll
from menura.engines.effects.sources.signals.calls import beep, buzz, ping, whistle
from menura.engines.effects.sources.signals.radio import Radio
from menura.engines.effects.sources.signals.sounder import Sounder
from menura.engines.effects.sources.signals.strokes import Chime, Countdown, Morse, TwoGongs
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

BEDS: dict[str, Callable[..., Bed]] = {
    "alarm": Sounder,
    "siren": Sounder,
    "phone": Sounder,
    "radio": Radio,
    "morse": Morse,
    "chime": Chime,
    "countdown": Countdown,
}
EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    "bell": toll,
    "gong": sound_gong,
    "beep": beep,
    "buzzer": buzz,
    "whistle_referee": whistle,
    "sonar": ping,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source of this family that sounds on.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in BEDS:
        raise NotFound(f"signals have no bed called {name!r:.60}")
    table = find(name).table
    if table.get("voices", {}).get(wish.variant, {}).get("kind") == "struck":
        return TwoGongs(table, wish, rng)
    return BEDS[name](table, wish, rng)


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of this family that is made once, shape (frames,), float32.

    Raises:
        NotFound: if there is none of that name.
    """
    if name not in EVENTS:
        raise NotFound(f"signals have no event called {name!r:.60}")
    return EVENTS[name](find(name).table, wish, rng)
