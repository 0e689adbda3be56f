"""Octave bands that add up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.engines.effects.space.rooms import BANDS_HZ
from menura.engines.effects.space.transforms import backward, bins_hz, forward, padded

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAND_HZ = (*BANDS_HZ[:5], 2828.0, 4000.0, 5657.0, 8000.0, 11_314.0, 16_000.0)
"""The bands of the tables, and half octaves where air takes twice as much from one to the next."""


def weights(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the share of each band, shape (bands, frequencies), adding up to 1 everywhere.

    Each falls to nothing, straight over log frequency, at the middle of its neighbours.
    """
    steps = np.arange(len(BAND_HZ))
    place = np.interp(np.log(np.maximum(hz, 1.0)), np.log(BAND_HZ), steps)
    return np.asarray(np.maximum(1 - np.abs(place - steps[:, np.newaxis]), 0), np.float64)


def mix_bands(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the sum of rows that each pass through their own band, shape (frames,).

    Args:
        rows: shape (bands, frames). What a filter spreads beyond the ends is lost, not wrapped.
    """
    frames = rows.shape[1]
    size = padded(frames + 2048)
    shares = weights(bins_hz(size)).astype(np.float32)
    return backward((forward(rows, size) * shares).sum(axis=0), size)[:frames]
