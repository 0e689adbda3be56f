"""`Snaps`: what cracks, pops and spits: a few large ones among very many small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import Grains, cut_below, ring_grains
from menura.engines.effects.sources.base import BLOCK_FRAMES, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BANK = 160
_SHARE = (0.0, 0.5, 1.0)


def at_share(value: float | list[float], share: float) -> float:
    """Returns a value of a table: itself, or what a triple for 0, 0.5 and 1 says."""
    return float(np.interp(share, _SHARE, value)) if isinstance(value, list) else float(value)


def draw_sizes(
    count: int, power: float, largest: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Returns sizes from 1 to `largest`, more than a as a^-power, shape (count,).

    Crackling has no scale of its own: J. Sethna, K. Dahmen and C. Myers, "Crackling noise",
    Nature 410 (2001); what breaks in a fire is wood, by steam in its cells.
    """
    rest = largest**-power
    return np.asarray((1 - rng.random(count) * (1 - rest)) ** (-1 / power), np.float64)


def mean_square(power: float, largest: float) -> float:
    """Returns the mean square of such sizes."""
    rest = 1 - largest**-power
    if abs(power - 2) < 1e-6:
        return float(2 * np.log(largest) / rest)
    return float(power / (power - 2) * (1 - largest ** (2 - power)) / rest)


class Snaps:
    """A stream of snaps with a mean power of 1, in one channel.

    Args:
        table: `per_s`, `hz` (lowest of the largest, highest of the smallest), `t60_s` (of the
            smallest, of the largest), `power` and `largest` of their sizes, `follow` (how many
            come in the wake of each, within `wake_s`), `taps`.
        intensity: 0 to 1, moves `per_s`.
        scale: of what snaps: 2 sounds an octave lower.
        rng: draws all there is to draw.
    """

    def __init__(
        self, table: Mapping[str, Any], intensity: float, scale: float, rng: np.random.Generator
    ) -> None:
        self._table, self._rng, self._scale = table, rng, scale
        self._power, self._largest = float(table["power"]), float(table["largest"])
        self._follow = float(table.get("follow", 0.0))
        self._wake = float(table.get("wake_s", 0.05)) * RATE
        self._per_s = at_share(table["per_s"], intensity)
        self._grains = Grains(self._bank(), BLOCK_FRAMES, 1)
        energy = mean_square(self._power, self._largest)
        self._gain = 1 / np.sqrt(self._per_s / RATE * energy)
        self._late: NDArray[np.float64] = np.zeros(0)

    def next(self, busy: float = 1.0) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32.

        Args:
            busy: how many times as many snap as usual.
        """
        rng = self._rng
        first = self._per_s / (1 + self._follow) * busy * BLOCK_FRAMES / RATE
        heads = rng.random(int(rng.poisson(first))) * BLOCK_FRAMES
        tails = np.repeat(heads, rng.poisson(self._follow, heads.size))
        tails = tails + rng.exponential(self._wake, tails.size)
        moments = np.concatenate([self._late, heads, tails])
        now = moments < BLOCK_FRAMES
        self._late = moments[~now] - BLOCK_FRAMES
        at = moments[now].astype(np.int64)
        size = draw_sizes(at.size, self._power, self._largest, rng)
        # The larger the lower and longer: rows are sorted by size.
        place = np.log(size) / np.log(self._largest) + rng.normal(0, 0.15, at.size)
        rows = (place.clip(0, 0.999) * _BANK).astype(np.int64)
        gains = self._gain * size * np.where(rng.random(at.size) < 0.5, -1.0, 1.0)
        return self._grains.next(at, gains, rows)

    def _bank(self) -> NDArray[np.float32]:
        rng, table = self._rng, self._table
        taps = int(table["taps"])
        share = np.linspace(0, 1, _BANK)
        low, high = np.log(np.array(table["hz"]) / self._scale)
        short, long = table["t60_s"]
        t60_s = short * (long / short) ** share * 2 ** rng.normal(0, 0.4, _BANK)
        bank = np.zeros((_BANK, taps), np.float32)
        for _ in range(4):
            middle = high + (low - high) * share
            hz = np.exp(middle + rng.normal(0, 0.4, _BANK)).clip(60, 16_000)
            tone = ring_grains(hz, t60_s * rng.uniform(0.4, 1.2, _BANK), taps, RATE)
            bank += tone * rng.standard_normal((_BANK, 1)).astype(np.float32)
        # The fibre that breaks is heard as noise within the first of it.
        t = np.arange(taps, dtype=np.float32)[np.newaxis] / RATE
        white = rng.standard_normal((_BANK, taps + 2), np.float32)
        burst = white[:, :-2] + 2 * white[:, 1:-1] + white[:, 2:]
        burst *= 10 ** (-3 * t / (0.35 * t60_s[:, np.newaxis].astype(np.float32)))
        bank += burst * np.float32(0.4 * float(table.get("noise", 0.5)))
        bank = cut_below(bank, np.exp(high + (low - high) * share) / 3, RATE)
        energy: NDArray[np.float32] = np.sum(bank**2, axis=1, keepdims=True)
        return np.asarray(bank / np.sqrt(energy), np.float32)
