"""`Path`: how a source moves past, around, towards or above a listener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

FASTEST_M_S = 300.0
"""A source that overtakes its own sound has no place here."""
_SPEED_OF_SOUND_M_S = 343.0
_STEP_RADIANS = np.radians(0.25)
"""Chords of a circle: at 5 m they leave it by 12 micrometres."""
_SPURT_S = 0.1
"""Pieces of a way that is gone faster and faster: at 3 m/s2 the pitch steps by a thousandth."""


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Straight pieces that a source goes along while it sounds.

    Attributes:
        points: rows of time_s, right_m, ahead_m, up_m from the listener, times rising, shape
            (points, 4). Before the first and after the last it stands still.
    """

    points: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Checks the points.

        Raises:
            InvalidInput: if there are none, if time stands still, or if it goes too fast.
        """
        if self.points.ndim != 2 or self.points.shape[0] < 1 or self.points.shape[1] != 4:
            raise InvalidInput("a path needs rows of time, right, ahead and up")
        if not np.isfinite(self.points).all():
            raise InvalidInput("a path has a point that is not a number")
        steps = np.diff(self.points, axis=0)
        if (steps[:, 0] <= 0).any():
            raise InvalidInput("the times of a path must rise from point to point")
        speeds = np.sqrt((steps[:, 1:] ** 2).sum(axis=1)) / steps[:, 0]
        if speeds.size and speeds.max() > FASTEST_M_S:
            raise InvalidInput(f"a source moves no faster than {FASTEST_M_S * 3.6:.0f} km/h")

    @classmethod
    def through(cls, points: list[tuple[float, float, float]]) -> Self:
        """Returns a path on the ground through (time_s, right_m, ahead_m)."""
        return cls(np.array([(*point, 0.0) for point in points], np.float64))

    @classmethod
    def passing(
        cls,
        speed_kmh: float,
        closest_m: float,
        seconds: float,
        at_s: float,
        *,
        rightward: bool = True,
        up_m: float = 0.0,
    ) -> Self:
        """Returns a straight way past, ahead of the listener, heard at its closest at `at_s`.

        Args:
            speed_kmh: speed.
            closest_m: how far ahead it passes.
            seconds: how long it goes on.
            at_s: when its closest point is heard.
            rightward: from left to right, or the other way.
            up_m: height.
        """
        speed = speed_kmh / 3.6
        nearest = float(np.hypot(closest_m, up_m))
        # The way at the start is longer than the closest, so that what is passed comes sooner.
        passed_s = at_s
        for _ in range(60):
            first_m = float(np.hypot(nearest, speed * passed_s))
            passed_s = at_s + (first_m - nearest) / _SPEED_OF_SOUND_M_S
        end_s = max(seconds, passed_s) + 1.0
        side = speed if rightward else -speed
        ends = [(t, side * (t - passed_s), closest_m, up_m) for t in (0.0, end_s)]
        return cls(np.array(ends, np.float64))

    @classmethod
    def crossing(
        cls, seconds: float, closest_m: float = 5.0, *, rightward: bool = True, reach: float = 3.0
    ) -> Self:
        """Returns a way from one side to the other in a time, from `reach` times as far aside."""
        side = reach * closest_m * (1 if rightward else -1)
        return cls.through([(0.0, -side, closest_m), (seconds, side, closest_m)])

    @classmethod
    def approaching(
        cls, from_m: float, to_m: float, seconds: float, direction_deg: float = 0.0
    ) -> Self:
        """Returns a straight way towards the listener, from one distance to another."""
        angle = np.radians(direction_deg)
        return cls.through(
            [
                (t, float(far * np.sin(angle)), float(far * np.cos(angle)))
                for t, far in ((0.0, from_m), (seconds, to_m))
            ]
        )

    @classmethod
    def leaving(
        cls, from_m: float, to_m: float, seconds: float, direction_deg: float = 0.0
    ) -> Self:
        """Returns a straight way away from the listener."""
        return cls.approaching(from_m, to_m, seconds, direction_deg)

    @classmethod
    def setting_off(
        cls, from_m: float, to_m: float, seconds: float, direction_deg: float = 0.0
    ) -> Self:
        """Returns a straight way away from the listener, faster and faster from standing still."""
        angle = np.radians(direction_deg)
        share = np.linspace(0, 1, max(2, int(seconds / _SPURT_S) + 1))
        far = from_m + (to_m - from_m) * share**2
        rows = [seconds * share, far * np.sin(angle), far * np.cos(angle), np.zeros(share.size)]
        return cls(np.stack(rows, axis=1))

    @classmethod
    def circling(
        cls,
        radius_m: float,
        turn_s: float,
        seconds: float,
        *,
        start_deg: float = 0.0,
        up_m: float = 0,
    ) -> Self:
        """Returns rounds about the listener, clockwise; `turn_s` below 0: the other way."""
        whole = 2 * np.pi * seconds / turn_s
        count = max(2, int(abs(whole) / _STEP_RADIANS) + 1)
        share = np.linspace(0, 1, count)
        angle = np.radians(start_deg) + whole * share
        rows = [seconds * share, radius_m * np.sin(angle), radius_m * np.cos(angle)]
        return cls(np.stack([*rows, np.full(count, float(up_m))], axis=1))

    @classmethod
    def above(
        cls,
        speed_kmh: float,
        height_m: float,
        seconds: float,
        at_s: float,
        *,
        rightward: bool = True,
    ) -> Self:
        """Returns a flight over the listener, heard at its closest at `at_s`."""
        aside = 0.1 * height_m
        return cls.passing(speed_kmh, aside, seconds, at_s, rightward=rightward, up_m=height_m)

    @property
    def nearest_m(self) -> float:
        """How near it comes."""
        places = self.points[:, 1:]
        legs = np.diff(places, axis=0)
        squares = np.maximum((legs**2).sum(axis=1), 1e-12)
        share = np.clip(-(places[:-1] * legs).sum(axis=1) / squares, 0, 1)
        passed = places[:-1] + share[:, np.newaxis] * legs
        candidates = np.concatenate([places, passed])
        return float(np.sqrt((candidates**2).sum(axis=1)).min())
