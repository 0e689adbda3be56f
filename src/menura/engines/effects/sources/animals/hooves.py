"""Hooves: the four beats of a gallop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.animals.strides import Contact, Ground, Strides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.sources.base import Wish


def gallop(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Strides:
    """Returns a horse that gallops: four hooves come down one by one, then all are in the air."""
    per_s = float(np.interp(wish.intensity, (0, 0.5, 1), source["strides_per_s"]))
    per_s *= 2 ** (0.3 * (0.5 - wish.size))
    contacts = [
        Contact(at=at, force=force, rub=force)
        for at, force in zip(source["beats"], source["forces"], strict=True)
    ]
    ground = Ground(source["grounds"][wish.variant], wish.size, rng)
    return Strides(ground, contacts, per_s, wish, rng)
