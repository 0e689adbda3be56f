"""Sources: interface: what screens and games answer with. All are short events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.engines.effects.sources.impacts.sequence import variant_table
from menura.engines.effects.sources.interface.bubbles import pop_bubble
from menura.engines.effects.sources.interface.clicks import touch
from menura.engines.effects.sources.interface.motifs import play_motif
from menura.engines.effects.sources.registry import find
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Bed, Wish

EVENTS: dict[str, Callable[..., NDArray[np.float32]]] = {
    **dict.fromkeys(("tap", "ui_click", "toggle_ui", "typing_ui", "swipe"), touch),
    **dict.fromkeys(
        ("success", "error", "notification", "level_up", "game_over", "coin_pickup"), play_motif
    ),
    "pop": pop_bubble,
}


def bed(name: str, wish: Wish, rng: np.random.Generator) -> Bed:
    """Returns a source that sounds on: none here does.

    Raises:
        NotFound: always.
    """
    raise NotFound(f"no interface sounds on: {name!r:.60}, {wish.variant!r:.60}, {rng!r:.20}")


def event(name: str, wish: Wish, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns a sound of an interface, shape (frames,).

    Raises:
        NotFound: if there is none of that name, or no such variant.
    """
    if name not in EVENTS:
        raise NotFound(f"no sound of an interface is called {name!r:.60}")
    return EVENTS[name](variant_table(find(name).table, wish.variant), wish, rng)
