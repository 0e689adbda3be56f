"""Places: how large they are, what they are made of, and how long sound stays in them."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.space.air import AIR, Medium, attenuation_db_m
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BANDS_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
"""Octave bands of all tables."""

_LONGEST_S = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Trunks that send sound back.

    Attributes:
        per_m2: how many there are.
        diameter_m: of a trunk.
        reach_m: how far away the last ones are that count.
    """

    per_m2: float
    diameter_m: float
    reach_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place that answers, as a box whose sides have materials.

    Attributes:
        name: its name.
        dimensions_m: length, width, height; () if it does not answer at all.
        absorption: of the sides x low, x high, y low, y high, floor, ceiling in each band, 0 to 1.
        objects_m2: equivalent absorption area of what stands in it, per band.
        scattering: how much of each reflection is not as by a mirror, 0 to 1.
        diffuse: whether there is a tail: not in a field.
        curve: (Hz, dB) of a colouring that lies over everything heard there; () = none.
        medium: what fills it.
        trees: or None.
    """

    name: str
    dimensions_m: tuple[float, ...] = ()
    absorption: tuple[tuple[float, ...], ...] = ()
    objects_m2: tuple[float, ...] = ()
    scattering: float = 0.1
    diffuse: bool = True
    curve: tuple[tuple[float, float], ...] = ()
    medium: Medium = AIR
    trees: Trees | None = None

    def resized(self, factor: float) -> Room:
        """Returns the room with every length so many times as long, and what stands in it too."""
        return replace(
            self,
            dimensions_m=tuple(factor * side for side in self.dimensions_m),
            objects_m2=tuple(factor**2 * area for area in self.objects_m2),
        )

    @property
    def volume_m3(self) -> float:
        """Length by width by height."""
        return float(np.prod(self.dimensions_m)) if self.dimensions_m else 0.0

    @property
    def areas_m2(self) -> tuple[float, ...]:
        """Of the sides, in the order of `absorption`."""
        length, width, height = self.dimensions_m
        ends, sides, flats = width * height, length * height, length * width
        return (ends, ends, sides, sides, flats, flats)

    @property
    def free_path_m(self) -> float:
        """Mean way between two reflections, 4 V / S (Kuttruff, "Room Acoustics", 5.2)."""
        return 4 * self.volume_m3 / sum(self.areas_m2)

    @property
    def is_open(self) -> bool:
        """Whether a side is missing."""
        return any(min(side) >= 1 for side in self.absorption)

    @property
    def decay_s(self) -> tuple[float, ...]:
        """Time in which sound falls by 60 dB, one for each of BANDS_HZ; 0 of a dry place."""
        if not self.dimensions_m:
            return (0.0,) * len(BANDS_HZ)
        return tuple(self.decay_at(np.array(BANDS_HZ)).tolist())

    def decay_at(self, hz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the time in which sound falls by 60 dB, s, shape as given.

        Eyring's formula with the air's share: T = 24 ln 10 / c * V / (4 m V - S ln(1 - a)),
        Kuttruff, "Room Acoustics", equation (5.25). What stands there adds its own area. Never
        longer than 12 s. Beyond the bands the nearest is taken; only the air goes on.
        """
        areas = np.array(self.areas_m2)
        mean = areas @ np.array(self.absorption) / areas.sum()
        walls = -areas.sum() * np.log(1 - np.minimum(mean, 0.999)) + np.array(self.objects_m2)
        lost = np.interp(np.log(hz), np.log(BANDS_HZ), walls)
        speed = self.medium.speed_m_s
        volume = self.volume_m3
        lost += 4 * volume * attenuation_db_m(self.medium, hz) / (10 * np.log10(np.e))
        decay_s = 24 * np.log(10) / speed * volume / lost
        return np.asarray(np.minimum(decay_s, _LONGEST_S), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """What stands between a sound and the listener.

    Attributes:
        name: its name.
        curve: (Hz, dB) of what it lets through; 0 dB is what passes best.
        loss_db: how much weaker that is.
    """

    name: str
    curve: tuple[tuple[float, float], ...]
    loss_db: float


def room_names() -> tuple[str, ...]:
    """Returns the names of all rooms, without other names for the same."""
    return tuple(_tables()["rooms"])


def barrier_names() -> tuple[str, ...]:
    """Returns the names of all barriers."""
    return tuple(_tables()["barriers"])


@functools.cache
def find_room(name: str) -> Room:
    """Returns a room by its name or another name for it.

    Raises:
        NotFound: if none goes by that name.
    """
    tables = _tables()
    asked = " ".join(name.lower().replace("_", " ").split())
    for known, table in tables["rooms"].items():
        if asked == known or asked in table.get("also", ()):
            return _room(known, table, tables["materials"])
    raise NotFound(f"no room is called {name!r:.60}; there are: {', '.join(room_names())}")


@functools.cache
def find_barrier(name: str) -> Barrier:
    """Returns what stands between by its name.

    Raises:
        NotFound: if none goes by that name.
    """
    table = _tables()["barriers"].get(" ".join(name.lower().replace("_", " ").split()))
    if table is None:
        raise NotFound(
            f"no barrier is called {name!r:.60}; there are: {', '.join(barrier_names())}"
        )
    return Barrier(name=name, curve=_curve(table), loss_db=float(table["loss_db"]))


def _room(name: str, table: Mapping[str, Any], materials: Mapping[str, Any]) -> Room:
    medium = Medium(**table.get("medium", {}))
    if "dimensions_m" not in table:
        return Room(name=name, curve=_curve(table), medium=medium)
    walls = table["walls"]
    ends = table.get("ends", walls)
    sides = (ends, ends, walls, walls, table["floor"], table["ceiling"])
    objects = np.zeros(len(BANDS_HZ))
    for material, area_m2 in table.get("objects_m2", {}).items():
        objects += area_m2 * np.array(materials[material]["absorption"])
    trees = table.get("trees")
    return Room(
        name=name,
        dimensions_m=tuple(float(side) for side in table["dimensions_m"]),
        absorption=tuple(tuple(materials[side]["absorption"]) for side in sides),
        objects_m2=tuple(objects.tolist()),
        scattering=float(table["scattering"]),
        diffuse=bool(table.get("diffuse", True)),
        curve=_curve(table),
        medium=medium,
        trees=Trees(**trees) if trees else None,
    )


def _curve(table: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple((float(hz), float(gain_db)) for hz, gain_db in table.get("curve", ()))


@functools.cache
def _tables() -> Mapping[str, Any]:
    folder = resources.files("menura.engines.effects.space")
    return tomllib.loads((folder / "rooms.toml").read_text("utf-8"))
