"""Natural frequencies of simple shapes, from their measures and the speed of sound in them.

Each function returns frequencies, Hz, with two numbers for each mode that say how it is shaped
(waves along and across, or around and inward): float64 arrays of shape (modes,), rising in no
particular order.

N. Fletcher, T. Rossing, "The Physics of Musical Instruments", 2nd edition, 1998, chapters 2 and 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]"

_FREE = (4.7300, 7.8532, 10.9956)
_CLAMPED = (1.8751, 4.6941, 7.8548)
# Roots lambda^2 of a completely free disc (A. Leissa, "Vibration of Plates", NASA SP-160, 1969):
# (nodal diameters, nodal circles, lambda^2).
_DISC = (
    (2, 0, 5.253),
    (0, 1, 9.084),
    (3, 0, 12.23),
    (1, 1, 20.52),
    (4, 0, 21.6),
    (5, 0, 33.1),
    (2, 1, 35.25),
    (0, 2, 38.55),
    (6, 0, 46.2),
    (3, 1, 52.91),
    (1, 2, 59.86),
    (4, 1, 73.1),
)
# Roots of a membrane's Bessel functions over the first: (diameters, circles, ratio).
_MEMBRANE = (
    (0, 1, 1.0),
    (1, 1, 1.593),
    (2, 1, 2.135),
    (0, 2, 2.295),
    (3, 1, 2.653),
    (1, 2, 2.917),
    (4, 1, 3.155),
    (2, 2, 3.500),
    (0, 3, 3.598),
    (5, 1, 3.652),
    (3, 2, 4.059),
    (1, 3, 4.230),
)


def bar(length_m: float, gyration_m: float, speed: float, count: int, *, clamped: bool) -> Shape:
    """Returns the bending modes of a bar with free ends, or clamped at one.

    Args:
        length_m: of the bar.
        gyration_m: radius of gyration: thickness / sqrt(12), or radius / 2 of a rod.
        speed: sqrt(E / density), m/s.
        count: how many.
        clamped: whether one end is held.
    """
    order = np.arange(1, count + 1, dtype=np.float64)
    known = np.array(_CLAMPED if clamped else _FREE)
    root = (order - 0.5 if clamped else order + 0.5) * np.pi
    root[: known.size] = known[:count]
    return root**2 * gyration_m * speed / (2 * np.pi * length_m**2), order, np.zeros(count)


def plate(
    sides_m: tuple[float, float], thickness_m: float, speeds: tuple[float, float], top_hz: float
) -> Shape:
    """Returns the modes of a rectangular plate held at its edges, up to a frequency.

    f = 0.453 h (c1 (m / L1)^2 + c2 (n / L2)^2): section 3.5, with a speed along and one across
    the grain.
    """
    step = 0.453 * thickness_m * np.array(speeds) / np.square(sides_m)
    most = np.maximum(1, np.minimum(400, np.sqrt(top_hz / step))).astype(np.int64)
    along, across = np.meshgrid(np.arange(1, most[0] + 1), np.arange(1, most[1] + 1), indexing="ij")
    hz = (step[0] * along**2 + step[1] * across**2).ravel()
    inside = hz <= max(top_hz, float(hz[0]))
    return hz[inside], along.ravel()[inside] * 1.0, across.ravel()[inside] * 1.0


def disc(radius_m: float, thickness_m: float, speed: float) -> Shape:
    """Returns the modes of a free disc; those with diameters come in pairs (section 3.6)."""
    first = speed * thickness_m / (np.sqrt(12) * 2 * np.pi * radius_m**2)
    table = np.array(_DISC)
    doubled = np.concatenate([table, table[table[:, 0] > 0]])
    return doubled[:, 2] * first, doubled[:, 0], doubled[:, 1]


def membrane(first_hz: float) -> Shape:
    """Returns the modes of a round membrane (table 3.1)."""
    table = np.array(_MEMBRANE)
    return table[:, 2] * first_hz, table[:, 0], table[:, 1]


def shell(size_m: tuple[float, float, float], speed: float, count: int, split: float) -> Shape:
    """Returns the modes of a glass, cup or bottle: pairs of m = 2, 3 ... waves around its rim.

    A ring that bends without stretching: w = m (m^2 - 1) / sqrt(m^2 + 1) h c / (sqrt(12) R^2),
    stiffened by its foot. A. French, "In vino veritas: a study of wineglass acoustics", American
    Journal of Physics 51 (1983), has the factor 1 + 4/3 (R / H)^4 for m = 2; the stiffness along
    the height is the same for every m, and so the factor is 1 + 12 / (m^2 - 1)^2 (R / H)^4.

    Args:
        size_m: radius of the rim, height and thickness of the wall.
        speed: sqrt(E / density), m/s.
        count: how many m.
        split: how far apart the two of a pair lie, as a share: a handle does that.
    """
    radius_m, height_m, thickness_m = size_m
    m = np.arange(2, count + 2, dtype=np.float64)
    round_hz = m * (m**2 - 1) / np.sqrt(m**2 + 1) * thickness_m * speed
    round_hz /= 2 * np.pi * np.sqrt(12) * radius_m**2
    hz = round_hz * np.sqrt(1 + 12 / (m**2 - 1) ** 2 * (radius_m / height_m) ** 4)
    pair = np.concatenate([hz * (1 - split / 2), hz * (1 + split / 2)])
    return pair, np.concatenate([m, m]), np.repeat([0.0, 1.0], count)


def hoop(radius_m: float, wire_radius_m: float, speed: float, count: int) -> Shape:
    """Returns the modes of a ring of round wire: a link of a chain, a key ring."""
    m = np.arange(2, count + 2, dtype=np.float64)
    hz = m * (m**2 - 1) / np.sqrt(m**2 + 1) * speed * wire_radius_m / 2
    hz /= 2 * np.pi * radius_m**2
    return np.concatenate([hz, hz * 1.06]), np.concatenate([m, m]), np.repeat([0.0, 1.0], count)


def block(
    sides_m: tuple[float, float, float],
    speeds: tuple[float, float],
    count: int,
    rng: np.random.Generator,
) -> Shape:
    """Returns the modes of a lump, drawn with the density that its size gives them.

    The k-th lies where the number of modes under f is k: 4 pi / 3 V f^3 for each kind of wave
    and, of a body that is no larger than its waves, pi / 4 S f^2 (H. Kuttruff, "Room Acoustics",
    on normal modes; Cremer and Heckl give the first part for solids). The first comes out near
    ct / 2 L, as it is known of bars.

    Args:
        sides_m: of a box as large as the lump.
        speeds: of longitudinal and of transverse waves, m/s.
        count: how many.
        rng: draws how far each lies from its place.
    """
    order = np.arange(1, count + 1) + rng.uniform(-0.4, 0.4, count)
    a, b, c = sides_m
    hz = np.geomspace(50.0, 60_000.0, 160)
    inside = a * b * c * (1 / speeds[0] ** 3 + 2 / speeds[1] ** 3)
    skin = 2 * (a * b + b * c + c * a) * (1 / speeds[0] ** 2 + 2 / speeds[1] ** 2)
    number = 4 * np.pi / 3 * inside * hz**3 + np.pi / 4 * skin * hz**2
    found = np.exp(np.interp(np.log(order), np.log(number), np.log(hz)))
    return found, np.arange(1.0, count + 1), np.zeros(count)


def sheet(
    area_m2: float, thickness_m: float, speed: float, count: int, rng: np.random.Generator
) -> Shape:
    """Returns the modes of a flat piece of any outline: a shard, a splinter, a lid.

    On average c h / (sqrt(3) S) apart: Cremer and Heckl, on the density of modes of plates.
    """
    order = np.arange(1, count + 1) + rng.uniform(-0.35, 0.35, count)
    hz = order * speed * thickness_m / (np.sqrt(3) * area_m2)
    return hz, np.arange(1.0, count + 1), np.zeros(count)
