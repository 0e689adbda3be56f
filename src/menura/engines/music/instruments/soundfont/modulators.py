"""`Modulator`: how velocity and key move the values of a zone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.engines.music.instruments.soundfont.generators import generators

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NONE, _VELOCITY, _KEY = 0, 2, 3
_CONTROLLER, _DOWN, _BIPOLAR = 1 << 7, 1 << 8, 1 << 9
_LINEAR, _CONCAVE, _CONVEX, _SWITCH = range(4)
_ABSOLUTE = 2
_STEPS = 127.0
_CURVE_DB = 96.0
"""A concave curve is a squared amplitude in dB over this range (SoundFont 2.04, 9.5.3)."""

Identity = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Modulator:
    """A value moved by what is played (SoundFont 2.04, 8.2).

    Attributes:
        source: what moves it, as bits.
        destination: number of the generator moved.
        amount: by how much at most, in its units.
        amount_source: what scales that, as bits.
        transform: 0 = as it is, 2 = without its sign.
    """

    source: int
    destination: int
    amount: int
    amount_source: int
    transform: int

    @property
    def identity(self) -> Identity:
        """What two modulators have in common of which one replaces the other (9.5.1)."""
        return self.source, self.destination, self.amount_source, self.transform

    def value(self, key: float, velocity: float) -> float:
        """Returns what is added for a key and a velocity, both 0 to 127."""
        share = _curve(self.source, key, velocity) * _curve(self.amount_source, key, velocity)
        moved = self.amount * share
        return abs(moved) if self.transform == _ABSOLUTE else moved


# 8.4.1 and 8.4.2: softer notes are quieter, and darker. The other defaults are of controllers.
DEFAULTS = (
    Modulator(_VELOCITY | _DOWN | _CONCAVE << 10, 48, 960, _NONE, 0),
    Modulator(_VELOCITY | _DOWN, 8, -2400, _NONE, 0),
)


def by_identity(modulators: Iterable[Modulator]) -> dict[Identity, Modulator]:
    """Returns modulators by their identity; of two, the last counts."""
    return {modulator.identity: modulator for modulator in modulators}


def moves(modulators: Iterable[Modulator], key: float, velocity: float) -> Mapping[str, float]:
    """Returns what modulators add to the values of a zone, by name."""
    known = generators()
    sums: dict[str, float] = {}
    for modulator in modulators:
        generator = known.get(modulator.destination)
        if generator is not None and not generator.sample:
            moved = modulator.value(key, velocity)
            sums[generator.name] = sums.get(generator.name, 0.0) + moved
    return sums


def _curve(source: int, key: float, velocity: float) -> float:
    """Returns a source's value, 0 to 1 or -1 to 1: a controller, which nobody moves, gives 0."""
    index, shape = source & 127, source >> 10
    if source & _CONTROLLER or index not in {_NONE, _VELOCITY, _KEY} or shape > _SWITCH:
        return 0.0
    if index == _NONE:
        return 1.0
    raw = velocity if index == _VELOCITY else key
    if source & _DOWN:
        raw = _STEPS - raw
    share = min(max(raw / _STEPS, 0.0), 1.0)
    if shape == _CONCAVE:
        share = _concave(share)
    elif shape == _CONVEX:
        share = 1 - _concave(1 - share)
    elif shape == _SWITCH:
        share = float(share >= 0.5)
    return 2 * share - 1 if source & _BIPOLAR else share


def _concave(share: float) -> float:
    return 1.0 if share >= 1 else min(1.0, -40 / _CURVE_DB * math.log10(1 - share))
