"""A sharper pitch: what is left of it where time was warped by a first estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.vocoder.features import HOP_S
from menura.dsp.vocoder.warping import PERIODS, warp

if TYPE_CHECKING:
    from numpy.typing import NDArray

HIGHEST_HARMONIC_HZ = 2500.0
MOST = 0.03  # of the pitch; more is an error of the first estimate, not a lack of sharpness
_ROWS_AT_ONCE = 256


def refine_pitch(
    doubled: NDArray[np.float32], rate: int, f0_hz: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Returns the pitch corrected by the phases of its harmonics, shape (rows,), Hz.

    In warped time a harmonic's phase stands still if the pitch was right; how far it moves from
    row to row, weighted by power and harmonic (least squares over J. Flanagan, R. Golden, "Phase
    vocoder", 1966), is the error. Only the error is averaged over the window, not the melody.

    Args:
        doubled: the sound at twice its rate.
        rate: of the sound itself, Hz.
        f0_hz: shape (rows,), 0 where there is no voice.
    """
    if np.count_nonzero(f0_hz) < 2:
        return f0_hz
    warped = warp(doubled, rate, f0_hz)
    count = int(HIGHEST_HARMONIC_HZ / f0_hz[f0_hz > 0].min())
    count = max(2, min(count, warped.cycle // 2 - 1))
    harmonic = np.arange(1, count + 1)
    parts = [slice(at, at + _ROWS_AT_ONCE) for at in range(0, warped.row.size, _ROWS_AT_ONCE)]
    on = slice(PERIODS, PERIODS * count + 1, PERIODS)
    spectra = np.concatenate([warped.spectra(part)[:, on] for part in parts])
    heard = harmonic * warped.pitch_hz[warped.row, None] <= HIGHEST_HARMONIC_HZ
    heard[:, :2] = True
    spectra = spectra * heard
    follows = np.diff(warped.row) == 1
    turned = np.exp(-2j * np.pi * harmonic * (np.diff(warped.start) / warped.cycle)[:, None])
    cross = spectra[1:] * spectra[:-1].conj() * turned
    weight = np.abs(cross)
    scale = np.maximum((weight * harmonic**2).sum(axis=1), 1e-30)
    cycles = (weight * harmonic * np.angle(cross)).sum(axis=1) / (2 * np.pi * scale)
    error = np.zeros(f0_hz.size)
    pairs = np.zeros(f0_hz.size)
    for side in (warped.row[:-1][follows], warped.row[1:][follows]):
        error[side] += cycles[follows] / HOP_S
        pairs[side] += 1
    limit = MOST * f0_hz
    return np.asarray(f0_hz + np.clip(error / np.maximum(pairs, 1), -limit, limit))
