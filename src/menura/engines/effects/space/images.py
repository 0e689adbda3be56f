"""First reflections: mirror images of a source in a box, and trunks that throw it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.space import head
from menura.engines.effects.space.air import attenuation_db_m
from menura.engines.effects.space.bands import BAND_HZ, mix_bands
from menura.engines.effects.space.place import LATENCY_S
from menura.engines.effects.space.rooms import BANDS_HZ
from menura.engines.effects.space.sinc import scatter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.effects.space.rooms import Room

IMAGES = 700
"""How many mirror images lie in the sphere that is searched: 700 in any room."""
_NOTHING = 1e-5
_SIDE = 0.3
"""How much two microphones that stand for ears prefer their side: 0.7 + 0.3 cos(angle)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Where sound seems to come from after reflections.

    Attributes:
        path_m: way of the sound, shape (images,).
        directions: unit vectors (right, ahead, up) from the listener, shape (images, 3).
        gains: re the direct sound 1 m away, with its 1 / r, shape (images, bands).
        orders: number of reflections, shape (images,).
    """

    path_m: NDArray[np.float64]
    directions: NDArray[np.float64]
    gains: NDArray[np.float64]
    orders: NDArray[np.int64]


def reach_m(room: Room) -> float:
    """Returns how far mirror images are searched: their density in space is 1 / V."""
    return float((3 * room.volume_m3 * IMAGES / (4 * np.pi)) ** (1 / 3))


def mirror(
    room: Room,
    source_m: NDArray[np.float64],
    listener_m: NDArray[np.float64],
    *,
    flutter_s: float = 0.0,
) -> Images:
    """Returns all mirror images within reach but the source itself.

    Allen and Berkley, "Image method for efficiently simulating small-room acoustics", J. Acoust.
    Soc. Am. 65 (1979). A reflection keeps the root of what its side does not absorb, and of what it
    does not scatter. Eyring's formula knows a mean room only: from the first to the fourth order
    gains pass from those of the sides to those of that mean, so that what follows them fits.

    Args:
        room: the box.
        source_m: shape (3,), from a lower corner.
        listener_m: shape (3,); looks along the second axis.
        flutter_s: up to when images between two sides alone are followed beyond the reach.
    """
    size = np.array(room.dimensions_m)
    reach = reach_m(room)
    counts = np.ceil(reach / (2 * size)).astype(np.int64)
    cells = [np.arange(-count, count + 1) for count in counts]
    grid = np.stack(np.meshgrid(*cells, *[[0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 6)
    far = flutter_s * room.medium.speed_m_s
    grid = np.concatenate([grid, *(_along(axis, size, reach, far) for axis in range(3))])
    cell, flip = grid[:, :3], grid[:, 3:]
    offset = 2 * cell * size + np.where(flip == 1, -source_m, source_m) - listener_m
    path = np.sqrt((offset**2).sum(axis=1))
    lone = ((cell != 0) | (flip != 0)).sum(axis=1) == 1
    kept = ((path <= reach) | (lone & (path <= far))) & (np.abs(grid).sum(axis=1) > 0)
    cell, flip, offset, path = cell[kept], flip[kept], offset[kept], path[kept]
    hits = np.stack([np.abs(cell - flip), np.abs(cell)], axis=2).reshape(-1, 6)
    orders = hits.sum(axis=1)
    beyond = path > reach
    gains = np.exp(_loss(room, hits, orders, path, beyond)) / path[:, np.newaxis]
    heard = gains.max(axis=1) > _NOTHING / path
    return Images(
        path_m=path[heard],
        directions=(offset / path[:, np.newaxis])[heard],
        gains=gains[heard],
        orders=orders[heard],
    )


def trunks(room: Room, source_m: NDArray[np.float64], rng: np.random.Generator) -> Images:
    """Returns what trunks around a listener throw back, each once.

    A thick cylinder spreads what meets it: it keeps sqrt(radius / 2 * sin(angle / 2) / distance) of
    it (geometrical scattering, Morse and Ingard, "Theoretical Acoustics", 8.2), and little below
    k radius = 1. On the way other trunks stand: the free path is 1 / (density * diameter).

    Args:
        room: has trees.
        source_m: from the listener, shape (3,).
        rng: draws where they stand.
    """
    trees = room.trees
    if trees is None:
        raise ValueError("a room without trees has no trunks")
    count = int(rng.poisson(trees.per_m2 * np.pi * trees.reach_m**2))
    far = np.maximum(np.sqrt(rng.random(count)) * trees.reach_m, 0.7)
    angle = rng.random(count) * 2 * np.pi
    place = np.stack([far * np.sin(angle), far * np.cos(angle), np.zeros(count)], axis=1)
    leg = place - source_m
    first = np.maximum(np.sqrt((leg**2).sum(axis=1)), 0.7)
    cosine = np.clip(-(leg * place).sum(axis=1) / (first * far), -1, 1)
    radius = trees.diameter_m / 2 * rng.uniform(0.5, 1.5, count)
    turned = np.sqrt((1 + cosine) / 2)
    path = first + far
    spread = np.sqrt(radius / 2 * np.maximum(turned, 0.05) / far) * np.sqrt(first / path) / first
    waves = 2 * np.pi * np.array(BAND_HZ) / room.medium.speed_m_s * radius[:, np.newaxis]
    thick = waves**1.5 / (1 + waves**1.5)
    lost_db = attenuation_db_m(room.medium, np.array(BAND_HZ))
    shade = trees.per_m2 * trees.diameter_m / 2 + lost_db * (np.log(10) / 20)
    gains = spread[:, np.newaxis] * thick * np.exp(-shade * path[:, np.newaxis])
    return Images(
        path_m=path,
        directions=place / far[:, np.newaxis],
        gains=gains,
        orders=np.ones(count, np.int64),
    )


def lay(
    room: Room, images: Images, start_m: float, frames: int, fade: NDArray[np.float64] | None = None
) -> NDArray[np.float32]:
    """Returns what two ears hear of the images, shape (2, frames).

    Powers at the two ears add up to that of the images, in the mean over all directions.

    Args:
        room: gives the speed of sound.
        images: what is heard.
        start_m: way of the sound that is heard LATENCY_S after frame 0.
        frames: length.
        fade: gain of each image, shape (images,), or None.
    """
    speed = room.medium.speed_m_s
    gains = images.gains.T if fade is None else images.gains.T * fade
    delays = head.ear_delays_s(images.directions, binaural=True, speed_m_s=speed)
    evened = np.sqrt(2 * ((1 - _SIDE) ** 2 + _SIDE**2 / 3))
    ears = []
    for ear, side in enumerate((-1, 1)):
        at = ((images.path_m - start_m) / speed + delays[ear] + LATENCY_S) * RATE
        toward = (1 - _SIDE + _SIDE * side * images.directions[:, 0]) / evened
        ears.append(mix_bands(scatter(at, gains * toward, frames)))
    return np.stack(ears)


def _along(axis: int, size: NDArray[np.float64], reach: float, far: float) -> NDArray[np.int64]:
    """Returns the cells along one axis that lie beyond the reach, shape (cells, 6)."""
    first, last = int(np.ceil(reach / (2 * size[axis]))) + 1, int(far / (2 * size[axis]))
    steps = np.arange(first, max(first, last + 1))
    grid = np.zeros((4 * steps.size, 6), np.int64)
    grid[:, axis] = np.concatenate([steps, -steps, steps, -steps])
    grid[2 * steps.size :, 3 + axis] = 1
    return grid


def _loss(
    room: Room,
    hits: NDArray[np.int64],
    orders: NDArray[np.int64],
    path: NDArray[np.float64],
    beyond: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Returns the logarithm of the gain but for 1 / r, shape (images, bands)."""
    hz = np.array(BAND_HZ)
    rising = np.log(BANDS_HZ)
    sides = np.stack([np.interp(np.log(hz), rising, side) for side in room.absorption])
    own = hits @ (0.5 * np.log(np.maximum(1 - sides, 1e-12)))
    air = attenuation_db_m(room.medium, hz) * (np.log(10) / 20)
    objects = np.interp(np.log(hz), rising, room.objects_m2) / (8 * room.volume_m3)
    own = own - (air + objects) * path[:, np.newaxis]
    if not room.is_open:
        time_s = path[:, np.newaxis] / room.medium.speed_m_s
        mean = -3 * np.log(10) * time_s / room.decay_at(hz)
        share = np.where(beyond, 0.0, np.clip((orders - 1) / 3, 0, 1))[:, np.newaxis]
        own = own * (1 - share) + mean * share
    return np.asarray(own + 0.5 * np.log(1 - room.scattering) * orders[:, np.newaxis], np.float64)
