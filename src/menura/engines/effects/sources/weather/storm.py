"""`Storm`: wind in strong gusts that drives rain, snow or the sea before it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.base import BLOCK_FRAMES
from menura.engines.effects.sources.weather.rain import fall_rain
from menura.engines.effects.sources.weather.tables import tables
from menura.engines.effects.sources.weather.wind import DRIVING, Wind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish


class Storm:
    """Wind with what it drives, in two channels."""

    channels = 2

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        parts = table["parts"][wish.variant]
        self._rain = None
        share = 0.0
        if "rain" in parts:
            rain = dataclasses.replace(wish, variant=parts["rain"])
            falling = {**tables()["rain"], "single_per_s": table["single_per_s"]}
            self._rain = fall_rain(falling, rain, rng)
            share = 10 ** (float(parts["rain_db"]) / 10)
        self._wind = Wind(table, wish, rng, self._rain.colour if self._rain else None)
        # The rain's level goes with the wind, and is near 1 on the average.
        self._wind_gain = np.float32(1 / np.sqrt(1 + share))
        self._rain_gain = np.float32(np.sqrt(share / (1 + share)))
        if self._rain is not None:
            self._wind.driven_rms = self._rain.far_rms * float(np.sqrt(share))
        self._last = np.ones(2, np.float32)
        self._rising = np.linspace(0, 1, BLOCK_FRAMES, dtype=np.float32)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (2, BLOCK_FRAMES), float32."""
        block = self._wind.next() * self._wind_gain
        if self._rain is not None:
            now = self._wind.blowing.mean(axis=1, dtype=np.float32) ** np.float32(DRIVING)
            ramp = np.outer(now - self._last, self._rising) + self._last[:, np.newaxis]
            self._last = now.astype(np.float32)
            ramp *= self._rain.near()
            ramp *= self._rain_gain
            block += ramp
        return block
