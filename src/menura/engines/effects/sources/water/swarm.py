"""`Swarm`: bubbles that form in running, falling or boiling water, as many as one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.bubbles import ring_bubbles
from menura.dsp.grains import Grains
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BANK = 96
_RENEWED = 8
"""One bubble of the bank is drawn anew every so many blocks: all of them in two minutes."""
_SHARE = (0.0, 0.5, 1.0)


def at_share(value: float | list[float], share: float) -> float:
    """Returns a value of a table: itself, or what a triple for 0, 0.5 and 1 says."""
    return float(np.interp(share, _SHARE, value)) if isinstance(value, list) else float(value)


def draw_radii(
    radius_mm: list[float], slope: float, count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns radii that are the rarer the larger, number over radius as r^-slope, metres.

    G. Deane and M. Stokes, "Scale dependence of bubble creation mechanisms in breaking waves",
    Nature 418 (2002): slopes of 3/2 under 1 mm and 10/3 over it.
    """
    low, high = radius_mm[0] / 1000, radius_mm[1] / 1000
    power = 1 - slope
    u = rng.random(count)
    if abs(power) < 1e-6:
        return np.asarray(low * (high / low) ** u, np.float64)
    return np.asarray((low**power + u * (high**power - low**power)) ** (1 / power), np.float64)


class Swarm:
    """Bubbles of one kind, in a stream with a mean power of 1.

    K. van den Doel, "Physically based models for liquid sounds", ACM Transactions on Applied
    Perception 2 (2005): each bubble rings by itself, larger ones louder, some with a pitch that
    rises as they near the surface.

    Args:
        table: `radius_mm` (smallest, largest), `slope` of their numbers, `per_s`, `rising` (its
            xi), `rising_share` (how many do), `grows` (amplitude over radius as its power),
            `lossy` (how many times as fast they fade as free spheres), `regular` (1: as chance
            has it; more: in trains), `spread_db`, `taps`.
        intensity: 0 to 1: moves `per_s`.
        scale: factor on all radii.
        channels: 1 or 2.
        rng: draws all there is to draw.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        intensity: float,
        scale: float,
        channels: int,
        rng: np.random.Generator,
    ) -> None:
        self._table, self._scale, self._rng, self._channels = table, scale, rng, channels
        self._regular = float(table.get("regular", 1.0))
        self._spread_db = float(table.get("spread_db", 4.0))
        self._per_s = at_share(table["per_s"], intensity)
        bank = self._draw(_BANK)
        self._size = 1 / np.sqrt(np.mean(np.sum(bank.astype(np.float64) ** 2, axis=1)))
        self._grains = Grains(bank * np.float32(self._size), BLOCK_FRAMES, channels)
        loud = float(np.exp(2 * (self._spread_db * np.log(10) / 20) ** 2))
        self._gain = 1 / np.sqrt(self._per_s / RATE / channels * loud)
        self._wait = self._interval(1)[0] * rng.random()
        self._blocks = 0

    def next(self, busy: float = 1.0) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, BLOCK_FRAMES), float32.

        Args:
            busy: how many times as many bubbles come as usual, with a power to match.
        """
        rng = self._rng
        self._blocks += 1
        if self._blocks % _RENEWED == 0:
            row = self._blocks // _RENEWED % _BANK
            self._grains.replace(row, self._draw(1)[0] * np.float32(self._size))
        at = self._moments(busy)
        gains = self._gain * 10 ** (rng.normal(0, self._spread_db, at.size) / 20)
        gains *= np.where(rng.random(at.size) < 0.5, -1.0, 1.0)
        rows = rng.integers(0, _BANK, at.size)
        angle = None if self._channels == 1 else rng.random(at.size) * np.pi / 2
        return self._grains.next(at, gains, rows, angle)

    def _moments(self, busy: float) -> NDArray[np.int64]:
        rng = self._rng
        if self._regular <= 1.0:
            count = int(rng.poisson(self._per_s * busy * BLOCK_FRAMES / RATE))
            return np.asarray(rng.integers(0, BLOCK_FRAMES, count), np.int64)
        if busy < 0.02:
            return np.zeros(0, np.int64)
        expected = self._per_s * busy * BLOCK_FRAMES / RATE
        steps = self._interval(int(2 * expected + 8)) / busy
        times = self._wait + np.concatenate([[0.0], np.cumsum(steps)])
        inside: NDArray[np.float64] = times[times < BLOCK_FRAMES]
        self._wait = float(times[inside.size] - BLOCK_FRAMES)
        return inside.astype(np.int64)

    def _interval(self, count: int) -> NDArray[np.float64]:
        mean = RATE / self._per_s
        return self._rng.gamma(self._regular, mean / self._regular, count)

    def _draw(self, count: int) -> NDArray[np.float32]:
        rng, table = self._rng, self._table
        slope = float(table.get("slope", 1.5))
        radius_m = draw_radii(table["radius_mm"], slope, count, rng) * self._scale
        rising = np.where(
            rng.random(count) < float(table.get("rising_share", 0.3)),
            rng.uniform(0.3, 1.0, count) * float(table.get("rising", 0.1)),
            0.0,
        )
        size = (radius_m / 0.001) ** float(table.get("grows", 1.0))
        lossy = float(table.get("lossy", 1.0))
        bank = ring_bubbles(radius_m, rising, int(table["taps"]), RATE, lossy)
        return bank * size[:, np.newaxis].astype(np.float32)
