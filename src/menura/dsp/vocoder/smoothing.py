"""Smoothing of tracks over time and of spectra over frequency by Gaussian weights."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REACH = 3.0  # of the Gaussian's sigma


def smooth_track(track: NDArray[np.float64], sigma_rows: float) -> NDArray[np.float64]:
    """Returns a track of shape (rows,) smoothed in time; its ends are held beyond it."""
    reach = int(np.ceil(_REACH * sigma_rows))
    return np.convolve(np.pad(track, reach, mode="edge"), _gaussian(sigma_rows), "valid")


def smooth_rows(rows: NDArray[np.float32], sigma_rows: float) -> NDArray[np.float32]:
    """Returns (rows, bins) smoothed over time; the first and last row are held beyond them."""
    weights = _gaussian(sigma_rows).astype(np.float32)
    reach = weights.size // 2
    padded = np.pad(rows, ((reach, reach), (0, 0)), mode="edge")
    total = np.zeros_like(rows)
    for shift, weight in enumerate(weights):
        total += weight * padded[shift : shift + rows.shape[0]]
    return total


@functools.lru_cache(maxsize=16)
def frequency_smoother(bins: int, sigma_bins: float) -> NDArray[np.float32]:
    """Returns the matrix (bins, bins) that smooths `rows @ matrix`; each row is weighted to 1.

    It takes as long to make as to use, so it is kept; nobody may write to it.
    """
    distance = np.arange(bins, dtype=np.float32)[:, None] - np.arange(bins, dtype=np.float32)
    weights = np.exp(-0.5 * (distance / np.float32(sigma_bins)) ** 2)
    weights /= weights.sum(axis=0)
    weights.flags.writeable = False
    return weights


def fill_gaps(track: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Returns the track with straight lines where it is not known, its ends held."""
    rows = np.arange(track.size)
    return np.interp(rows, rows[known], track[known])


def runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Returns the first rows and the ends (one past the last row) of the runs of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return edges[::2], edges[1::2]


def _gaussian(sigma: float) -> NDArray[np.float64]:
    reach = int(np.ceil(_REACH * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-9)) ** 2)
    return np.asarray(weights / weights.sum())
