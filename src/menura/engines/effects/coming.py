"""`ComingPlayer`: events of which each is nearer than the one before, or farther away."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.players import EventPlayer
from menura.engines.effects.sources import find
from menura.engines.effects.striking import strike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from menura.engines.effects.place import Heard, Place
    from menura.engines.effects.scene import Layer

FAR_TIMES = 6.0
"""How many times as far away as the nearest the farthest is, of events that come nearer: as much
as "far" is against where one usually hears something, 16 dB."""


class ComingPlayer(EventPlayer):
    """Plays events that each come from nearer than the one before, or from farther away.

    Args:
        layer: what to play; its distance is that of the nearest.
        there: makes the place of a layer.
        start: frame of the first block.
        times: (frame, number) of every event, rising.
    """

    def __init__(
        self,
        layer: Layer,
        there: Callable[[Layer], Place],
        start: int,
        times: Iterator[tuple[int, int]],
    ) -> None:
        self._still = dataclasses.replace(layer, movement="")
        self._there, self._last = there, len(layer.times_s) - 1
        super().__init__(layer, there(self._still), start, times)

    def _heard(self, number: int, rng: np.random.Generator) -> Heard:
        share = min(number / self._last, 1.0)
        away = FAR_TIMES ** (share if self._layer.movement == "leaving" else 1 - share)
        distance_m = self._still.distance_m * away
        place = self._there(dataclasses.replace(self._still, distance_m=distance_m))
        return place.place(strike(self._layer, number) / np.float32(away), rng)


def is_comings(layer: Layer) -> bool:
    """Returns whether several events, and not one that lasts, come nearer or go away."""
    is_way = layer.movement in {"approaching", "leaving"}
    return is_way and len(layer.times_s) > 1 and find(layer.source).kind == "event"
