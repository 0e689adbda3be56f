"""Strokes: beds that are made of mechanisms worked again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.noise import Overlay
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from menura.engines.effects.sources.pace import Pace

    Stroke = tuple[float, NDArray[np.float32]]


class Strokes:
    """Strokes laid over each other as they come.

    Its level is set once, from strokes that are made for that alone.

    Args:
        course: makes a course of strokes from a generator: (seconds since the last, sound).
        trial: how many strokes set the level.
        rng: of both courses.
        pace: how they come quicker or slower; None = as they are.
    """

    def __init__(
        self,
        course: Callable[[np.random.Generator], Iterator[Stroke]],
        trial: int,
        rng: np.random.Generator,
        pace: Pace | None = None,
    ) -> None:
        tried, heard = rng.spawn(2)
        energy, length_s = 0.0, 0.0
        for _, (gap_s, sound) in zip(range(trial), course(tried), strict=False):
            energy += float(np.dot(sound, sound))
            length_s += gap_s
        wanted = 10 ** (LEVEL_DBFS / 10) * length_s * RATE
        self._gain = np.float32(np.sqrt(wanted / max(energy, 1e-12)))
        self._course = course(heard)
        self._sound = Overlay(1, BLOCK_FRAMES)
        self._at_s = 0.0
        self._pace = pace
        self._next = next(self._course)

    @property
    def channels(self) -> int:
        """1."""
        return 1

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        end = self._sound.position + BLOCK_FRAMES
        while self._frame(self._at_s + self._next[0]) < end:
            gap_s, sound = self._next
            self._at_s += gap_s
            frame = max(self._sound.position, self._frame(self._at_s))
            self._sound.add(frame, sound * self._gain)
            self._next = next(self._course)
        return self._sound.next()

    def _frame(self, at_s: float) -> int:
        return round((at_s if self._pace is None else self._pace.moment_s(at_s)) * RATE)
