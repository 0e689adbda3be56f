"""Noise filling: what carries the mark where a sound has nothing to be turned up or down.

A steady tone leaves nearly all bands empty, and gains multiply: there the mark would be in a few
bands only, too few to be told from chance. Frames in which most bins are empty get a noise 60 dB
below the sound, in the cells that the mark turns up. It is made of the sound's own frames
(`Turner` scales it by them), so it falls silent with them and stems still add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL_DB = -60.0
"""Of the noise under the sound, over cells with and without it. A third of a bark then holds -77
dB: under the threshold of hearing (ISO 226) for sounds of up to 75 dB SPL."""

_EMPTY = np.float32(10**-6.6)  # share of a frame's power in a bin: above it the sound is enough
_LEAST_EMPTY = 0.5  # of the bins: speech, rain and most music have fewer and are left alone
_EVERY = 3  # bins: energies are means over three
_ROWS = 256  # of random phases, then again from the first: 1.1 to 1.5 s
_SEED = 18


class Filling:
    """The noise of each frame, as spectra.

    Args:
        up: shape (cells, bins), whether the mark turns a bin up there.
        centres_hz: shape (bins,), of the bins that are turned.
    """

    def __init__(self, up: NDArray[np.bool_], centres_hz: NDArray[np.floating]) -> None:
        shape = 1 / np.maximum(centres_hz, 1.0)  # as much in each octave
        # Half the cells hold it; frames that have nothing to do with each other lose 6 dB where
        # they overlap; a half spectrum holds half the energy.
        total = 2 * 4 * 0.5 * 10 ** (LEVEL_DB / 10)
        amplitudes = np.sqrt(total * shape / max(float(shape.sum()), 1e-9))
        # Real and imaginary parts side by side: products of reals are quicker.
        self._amplitudes = np.repeat((up * amplitudes).astype(np.float32), 2, axis=1)
        # Quarter turns, so that products with them are exact.
        turns = np.random.default_rng(_SEED).integers(0, 4, (_ROWS, len(shape)))
        self._phases = np.array([1, 1j, -1, -1j], np.complex64)[turns].view(np.float32)
        self._most = (1 - _LEAST_EMPTY) * len(shape[::_EVERY])

    def wanted(
        self, energies: NDArray[np.float32], powers: NDArray[np.float64]
    ) -> NDArray[np.intp]:
        """Returns which frames are filled, their indices in order.

        Args:
            energies: shape (frames, bins), the mean |X|^2 around each bin.
            powers: shape (frames,), the sum of |X|^2 over the whole half spectrum.
        """
        least = powers.astype(np.float32) * _EMPTY
        full = energies[:, ::_EVERY] >= least[:, None]
        counts = np.add.reduce(full.view(np.uint8), axis=1, dtype=np.uint8)
        return np.flatnonzero(counts < self._most)

    def spectra(
        self, frames: NDArray[np.integer], cells: NDArray[np.integer]
    ) -> NDArray[np.complex64]:
        """Returns the noise for a frame of energy 1, shape (frames, bins).

        Args:
            frames: the number of each frame in the stream.
            cells: the cell of the pattern in which each of them lies.
        """
        noise = self._phases.take(frames % _ROWS, axis=0)
        noise *= self._amplitudes.take(cells, axis=0)
        return noise.view(np.complex64)
