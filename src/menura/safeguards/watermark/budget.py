"""The running budget: what the mark may cost, spent on soft cells rather than on loud ones.

A loud cell is limited to a noise of `kap` times the mean power of the last second. `kap` is the
value that would have spent exactly the allowed share of the energy of that second; a slow
correction compares what was really spent with what was allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.safeguards.watermark.masking import DB

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGET_SNR_DB = 28.2
_SHARE = 10 ** (-TARGET_SNR_DB / 10)
_MEMORY_S = 1.0
# Overlapping windows smooth the gains, so 1.2 dB less is spent than the gains foretell.
_OVERLAP = 10**0.12
_LEDGER_S = 20.0
_CAUTION = 0.75  # of the first moments, before anything was booked: they are the onset of a sound
_GRID = np.geomspace(1e-7, 1e-2, 11)


class Budget:
    """Chooses depths whose cost stays within the budget; remembers the last second.

    Args:
        frames_per_s: analysis frames a second.
    """

    def __init__(self, frames_per_s: float) -> None:
        memory = max(1, round(_MEMORY_S * frames_per_s))
        # Running sums of [power, spent at grid 0, 1, ...]; their differences are means.
        self._history = np.zeros((memory, 1 + _GRID.size))
        self._frames_per_s = frames_per_s
        self._kept = 0.0
        self._spent = 0.0
        self._allowance = _SHARE * _OVERLAP * _CAUTION

    def limit(
        self,
        depth_db: NDArray[np.float32],
        smoothed: NDArray[np.float32],
        power: NDArray[np.float64],
    ) -> NDArray[np.float32]:
        """Returns the depths, dB, that keep to the budget, shape (frames, bins).

        Args:
            depth_db: shape (frames, bins), what would stay masked.
            smoothed: shape (frames, bins), |X|^2 averaged over neighbours.
            power: shape (frames,), the sum of |X|^2 over the whole half spectrum.
        """
        noise = np.square(depth_db * DB) * smoothed
        memory = len(self._history)
        powers = np.add.accumulate(np.append(self._history[-1, 0], power))[1:]
        mean = powers - np.concatenate([self._history[:, 0], powers])[: len(powers)]
        mean = np.maximum(mean / memory, 1e-20).astype(np.float32)[:, None]
        spent = np.stack([_limited(noise, mean * np.float32(k)).sum(1) for k in _GRID], axis=1)
        rows = np.concatenate([power[:, None], spent], axis=1)
        sums = np.add.accumulate(np.concatenate([self._history[-1:], rows]))[1:]
        history = np.concatenate([self._history, sums])
        last = np.maximum(sums - history[: len(sums)], 0.0)
        self._history = history[-memory:]
        kap = _solve(last[:, 1:], last[:, 0] * self._allowance)
        ceiling = mean * kap.astype(np.float32)[:, None]
        return np.asarray(depth_db / np.sqrt(1 + noise / np.maximum(ceiling, np.float32(1e-30))))

    def settle(self, kept: float, spent: float, frames: int) -> None:
        """Books what a stretch of sound kept and lost, and corrects the allowance.

        Args:
            kept: energy of the sound.
            spent: energy of the difference between marked and unmarked sound.
            frames: how many frames that took.
        """
        fade = np.exp(-frames / self._frames_per_s / _LEDGER_S)
        self._kept = self._kept * float(fade) + kept
        self._spent = self._spent * float(fade) + spent
        ratio = _SHARE * self._kept / self._spent if self._spent > 0 else 1.0
        self._allowance = _SHARE * _OVERLAP * float(np.clip(ratio**4, 0.1, 1.5))


def _limited(noise: NDArray[np.float32], ceiling: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(noise / (1 + noise / np.maximum(ceiling, np.float32(1e-30))))


def _solve(spent: NDArray[np.float64], allowed: NDArray[np.float64]) -> NDArray[np.float64]:
    """The kap at which `spent`, rising along the grid, meets `allowed`; linear between points."""
    low = np.count_nonzero(spent <= allowed[:, None], axis=1)
    spent = np.concatenate([np.zeros((len(spent), 1)), spent], axis=1)
    grid = np.concatenate([[0.0], _GRID])
    high = np.minimum(low + 1, _GRID.size)
    low = np.minimum(low, _GRID.size - 1)
    row = np.arange(len(spent))
    rise = np.maximum(spent[row, high] - spent[row, low], 1e-300)
    share = np.clip((allowed - spent[row, low]) / rise, 0.0, 1.0)
    return np.asarray(grid[low] + share * (grid[high] - grid[low]))
