"""The running budget: what the mark may cost, spent on soft cells rather than on loud ones.

A loud cell is limited to a noise of `kap` times the mean power of the last second. `kap` is the
value that would have spent exactly the allowed share of the energy of that second; a slow
correction compares what was really spent with what was allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
_MOST_NOISE = np.float32(1e9)  # of the mean power: beyond all that can be, and far from overflow


class Budget:
    """Chooses depths whose cost stays within the budget; remembers the last second.

    Args:
        frames_per_s: analysis frames a second.
        band_sizes: how many bins each half-bark band has, shape (bands,).
        most: the most frames that are asked about at once.
    """

    def __init__(self, frames_per_s: float, band_sizes: NDArray[np.float32], most: int) -> None:
        memory = max(1, round(_MEMORY_S * frames_per_s))
        # Running sums of [power, spent at grid 0, 1, ...]; their differences are means.
        self._history = np.zeros((memory, 1 + _GRID.size))
        self._frames_per_s = frames_per_s
        self._kept = 0.0
        self._spent = 0.0
        self._allowance = _SHARE * _OVERLAP * _CAUTION
        # Room to work in, of one shape: sums then come out the same for any number of frames.
        self._sizes = band_sizes
        self._noise = np.zeros((most, band_sizes.size), np.float32)
        self._limited = np.zeros((_GRID.size, *self._noise.shape), np.float32)
        self._inverse = (1 / _GRID).astype(np.float32)[:, None, None]

    def ceiling(
        self, noise: NDArray[np.float32], power: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Returns what limits the noise of a bin, c, shape (frames, 1): n becomes n / (1 + n / c).

        Args:
            noise: shape (frames, bands), the mean over the bins of a band of the noise that would
                stay masked. It hardly differs within a half bark.
            power: shape (frames,), the sum of |X|^2 over the whole half spectrum.
        """
        memory, count = len(self._history), len(power)
        powers = np.add.accumulate(np.append(self._history[-1, 0], power))[1:]
        mean = powers - np.concatenate([self._history[:, 0], powers])[:count]
        mean = np.maximum(mean / memory, 1e-20)
        spent = self._spendings(noise, mean.astype(np.float32)[:, None]).T * mean[:, None]
        rows = np.concatenate([power[:, None], spent], axis=1)
        sums = np.add.accumulate(np.concatenate([self._history[-1:], rows]))[1:]
        history = np.concatenate([self._history, sums])
        last = np.maximum(sums - history[:count], 0.0)
        self._history = history[-memory:]
        kap = _solve(last[:, 1:], last[:, 0] * self._allowance)
        return np.asarray(np.maximum(mean * kap, 1e-30)[:, None], np.float32)

    def _spendings(
        self, noise: NDArray[np.float32], mean: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Returns what each of the grid would cost, over `mean`, shape (grid, frames)."""
        share = np.divide(noise, mean, out=self._noise[: len(noise)])
        np.minimum(share, _MOST_NOISE, out=share)
        np.multiply(self._noise, self._inverse, out=self._limited)
        self._limited += 1
        np.divide(self._noise, self._limited, out=self._limited)
        return np.asarray((self._limited @ self._sizes)[:, : len(share)])

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
