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


def places(hz: NDArray[np.floating]) -> NDArray[np.float32]:
    """Returns where among the bands frequencies lie, shape as given: 0 at the first, 1 at the next.

    It is straight over log frequency between them.
    """
    steps = np.arange(len(BAND_HZ))
    rising = np.log(np.maximum(hz, 1.0).astype(np.float32))
    return np.asarray(np.interp(rising, np.log(BAND_HZ), steps), np.float32)


def share(place: NDArray[np.float32], band: int) -> tuple[slice, NDArray[np.float32]]:
    """Returns which of rising places have a share in a band, and how large it is; all add up to 1.

    It falls to nothing, straight, at the middle of its neighbours.
    """
    inside = slice(*np.searchsorted(place, (band - 1, band + 1), side="left"))
    if band == 0:
        inside = slice(0, inside.stop)
    elif band == len(BAND_HZ) - 1:
        inside = slice(inside.start, place.size)
    return inside, np.maximum(1 - np.abs(place[inside] - np.float32(band)), 0)


def mix_bands(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the sum of rows that each pass through their own band, shape (frames,).

    Args:
        rows: shape (bands, frames). What a filter spreads beyond the ends is lost, not wrapped.
    """
    frames = rows.shape[1]
    size = padded(frames + 2048)
    place = places(bins_hz(size))
    spectra = forward(rows, size)
    mixed = np.zeros(spectra.shape[1], np.complex64)
    for band, spectrum in enumerate(spectra):
        inside, size_there = share(place, band)
        mixed[inside] += spectrum[inside] * size_there
    return backward(mixed, size)[:frames]
