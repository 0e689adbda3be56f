"""Lids: a chest whose hasp falls, whose hinges creak, whose lid thuds on its stop or rim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.base import RATE, Wish
from menura.engines.effects.sources.household.creaking import creak
from menura.engines.effects.sources.impacts.edges import overlay
from menura.engines.effects.sources.impacts.sequence import worked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.dsp.solids import Thing

_EARLY_S = 0.06
"""The lid meets what stops it before its hinges have come to rest."""


def lift(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a chest that is opened or closed, shape (frames,).

    Args:
        table: of the variant: steps `before` the lid moves and `after` it has, `after_db`;
            `begin_s`, when it does; `creak`, as `creaking.creak` has it, that lasts about
            `creak_s` and is `creak_db` against what comes before.
        things: the objects.
        wish: intensity is how quickly, size how heavy.
        rng: draws everything else.
    """
    first = worked({**table, "steps": table["before"]}, things, wish, rng)
    last = worked({**table, "steps": table["after"]}, things, wish, rng)
    pace = 2.0 ** (0.5 - wish.intensity) * 1.4 ** (2 * wish.size - 1)
    length_s = float(table["creak_s"]) * pace * float(rng.uniform(0.8, 1.25))
    slow = Wish(variant=wish.variant, intensity=wish.intensity, size=wish.size, length_s=length_s)
    hinge = creak(table["creak"], things, slow, rng)
    hinge *= np.float32(_energy(first) / _energy(hinge) * 10 ** (table["creak_db"] / 20))
    last *= np.float32(_energy(first) / _energy(last) * 10 ** (table["after_db"] / 20))
    begin_s = float(table["begin_s"]) * pace
    return overlay([(0.0, first), (begin_s, hinge), (begin_s + length_s - _EARLY_S, last)], RATE)


def _energy(sound: NDArray[np.float32]) -> float:
    """Returns the root of a sound's energy, never 0."""
    return float(np.sqrt(max(float(np.dot(sound, sound)), 1e-12)))
