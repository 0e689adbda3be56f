"""Steps: walking and running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.animals.strides import Contact, Ground, Strides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.effects.sources.base import Wish


def walk(source: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> Strides:
    """Returns footsteps: two steps make a stride, heel and ball of each foot come down apart."""
    steps_per_s = float(np.interp(wish.intensity, (0, 0.5, 1), source["steps_per_s"]))
    steps_per_s *= 2 ** (0.3 * (0.5 - wish.size))
    roll_s = float(source["roll_s"]) * source["steps_per_s"][1] / steps_per_s
    ground = source["grounds"][wish.variant]
    heel, ball = ground.get("heel", (1.0, 1.0, 0.6)), ground.get("ball", (0.45, 0.5, 1.0))
    contacts = []
    for foot in (0.0, 0.5):
        contacts.append(Contact(at=foot, force=heel[0], ring=heel[1], rub=heel[2]))
        if ball[0] > 0:
            late = foot + roll_s * steps_per_s / 2
            contacts.append(Contact(at=late, force=ball[0], ring=ball[1], rub=ball[2]))
    return Strides(Ground(ground, wish.size, rng), contacts, steps_per_s / 2, wish, rng)
