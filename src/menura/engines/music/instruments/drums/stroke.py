"""`Stroke`: what one blow on a drum, a plate or a piece of wood sounds like: a sum of layers.

Each layer is one physical thing: the modes of a membrane or bar, a band of noise from wires or
breath, a plate with hundreds of modes, the oscillators of a drum machine, or grains of a rattle.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from menura.engines.music.instruments.drums.bands import metal, noise, squares
from menura.engines.music.instruments.drums.rattles import Bursts, Grains
from menura.engines.music.instruments.drums.ringing import Ringing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from menura.engines.music.instruments.drums.layer import Layer

WINDOW_S = 0.05
_SEARCHED_S = 0.6
_HARD_AT = 0.6


class Source(Protocol):
    """What a layer sounds from."""

    def sound(self, force: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,); another one with every draw."""


SOURCES: dict[str, Callable[[Layer, int], Source]] = {
    "modes": Ringing,
    "noise": noise,
    "metal": metal,
    "squares": squares,
    "bursts": Bursts,
    "grains": Grains,
}


class Stroke:
    """A drum, struck.

    Args:
        layers: what sounds.
        rate: Hz.
    """

    def __init__(self, layers: tuple[Layer, ...], rate: int) -> None:
        self._layers = layers
        self._rate = rate
        self._sources = tuple(SOURCES[layer.kind](layer, rate) for layer in layers)

    def sound(self, force: float, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns one stroke, shape (frames,), of unit power in its loudest 50 ms.

        Args:
            force: 0 (as soft as can be) to 1 (as hard).
            rng: where it is struck, and all noise.
        """
        made = []
        for layer, source in zip(self._layers, self._sources, strict=True):
            sound = source.sound(force, rng)
            level_db = layer.level_db + layer.hard * (force - _HARD_AT)
            sound *= np.float32(10 ** (level_db / 20) / loudest(sound, self._rate))
            made.append((round(layer.late_s * self._rate), sound))
        total = np.zeros(max(late + sound.size for late, sound in made), np.float32)
        for late, sound in made:
            total[late : late + sound.size] += sound
        total *= np.float32(1 / loudest(total, self._rate))
        return total


def loudest(sound: NDArray[np.float32], rate: int) -> float:
    """Returns the rms of the loudest 50 ms soon after the blow, in steps of 12.5 ms."""
    step = round(WINDOW_S / 4 * rate)
    first = sound[: round(_SEARCHED_S * rate)]
    rows = max(-(-first.size // step), 4)
    cells = np.zeros((rows, step), np.float32)
    cells.reshape(-1)[: first.size] = first
    power = np.einsum("ij,ij->i", cells, cells)
    four = power[:-3] + power[1:-2] + power[2:-1] + power[3:]
    return math.sqrt(float(four.max()) / (4 * step) + 1e-20)
