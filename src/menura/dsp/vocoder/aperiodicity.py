"""How much of a voice is breath, band by band, measured between its harmonics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.smoothing import smooth_rows
from menura.dsp.vocoder.warping import PERIODS, warp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.dsp.vocoder.warping import Warped

BAND_EDGES_HZ = (0, 1000, 2000, 3000, 4000, 5500, 7000, 9000, 12_000, 16_000, 20_000)
LEAST = 1e-4
SMOOTHING_ROWS = 1.5
_ROWS_AT_ONCE = 256


def measure_aperiodicity(
    doubled: NDArray[np.float32], rate: int, f0_hz: NDArray[np.float64], bins: int
) -> NDArray[np.float32]:
    """Returns the share of noise in the power, shape (rows, bins), float32, 0 to 1.

    Where time is warped until the pitch is constant, a Hann window over exactly four periods has
    the harmonics on every fourth bin and nothing but noise halfway between them. With
    V the power there and H on the harmonics, a sine holds (H - V) * 8 / N^2 and the noise around
    it V * 64 / (3 N^2), which gives noise / all = 8 V / (3 H + 5 V).

    Args:
        doubled: the sound at twice its rate, as `warping.double` makes it.
        rate: of the sound itself, Hz.
        f0_hz: shape (rows,), 0 where there is no voice; there all is noise.
        bins: how many frequencies from 0 Hz to half the rate.
    """
    result = np.ones((f0_hz.size, bins), np.float32)
    if not f0_hz.any():
        return result
    warped = warp(doubled, rate, f0_hz)
    rows = warped.row
    edges = np.array([edge for edge in BAND_EDGES_HZ if edge < 0.9 * rate / 2] + [rate / 2])
    valleys, peaks = _bands(warped, edges / f0_hz[rows, None])
    sums = np.zeros((2, f0_hz.size, edges.size - 1), np.float32)
    sums[0, rows], sums[1, rows] = valleys, peaks
    valley, peak = (smooth_rows(part, SMOOTHING_ROWS)[rows] for part in sums)
    share = 8 * valley / np.maximum(3 * peak + 5 * valley, 1e-20)
    share = np.clip(np.where(peak > 0, share, 1.0), LEAST, 1.0)
    result[rows] = np.exp(np.log(share) @ _between(edges, bins, rate))
    return np.clip(result, 0, 1)


def _bands(
    warped: Warped, edges: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns mean power halfway between harmonics and on them, both (rows, bands).

    Args:
        warped: the sound at constant pitch.
        edges: of the bands, in harmonics, shape (rows, bands + 1).
    """
    last = warped.cycle // 2 - 1
    low = np.clip(np.ceil(edges[:, :-1] - 0.25), 1, last - 1).astype(np.intp)
    high = np.clip(np.ceil(edges[:, 1:] - 0.25), low + 1, last).astype(np.intp)
    result = np.empty((2, *low.shape), np.float32)
    for at in range(0, warped.row.size, _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        power = np.square(np.abs(warped.spectra(part)))
        row = np.arange(power.shape[0])[:, None]
        on = power[:, PERIODS : PERIODS * last : PERIODS]
        half = power[:, PERIODS // 2 :: PERIODS]
        around = (half[:, : on.shape[1]] + half[:, 1 : on.shape[1] + 1]) / 2
        for index, values in enumerate((around, on)):
            sums = np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
            total = sums[row, high[part] - 1] - sums[row, low[part] - 1]
            result[index, part] = total / (high[part] - low[part])
    return result[0], result[1]


def _between(edges: NDArray[np.float64], bins: int, rate: int) -> NDArray[np.float64]:
    """Returns the matrix (bands, bins) that draws lines between the middles of the bands."""
    middles = (edges[1:] + edges[:-1]) / 2
    at = np.arange(bins) * (rate / 2 / (bins - 1))
    unit = np.eye(middles.size)
    return np.stack([np.interp(at, middles, row) for row in unit])
