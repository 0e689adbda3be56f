"""How deep each bin may be modulated before it is heard, and before the mark costs too much.

Only elementwise arithmetic is used, and products of matrices of one shape (`FixedProduct`): their
results do not depend on how many frames are worked on at once, so the mark is bit-identical for any
cut into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.safeguards.watermark.layout import LAYOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

Profile = Literal["speech", "music"]

DB = np.float32(np.log(10) / 20)  # a gain of m dB is about 1 + DB m
_TINY = np.float32(1e-20)
_NOISE, _TONE = np.float32(0.55), np.float32(0.15)  # flatness of what is surely one or the other
_LOWEST_HZ = 150.0  # the masking reaches down to here and up to a bark above the top band
_HIGHEST_HZ = 8_000.0
_SPREAD_BANDS = 3  # half barks: how far masking reaches
_NEAR_BANDS = 2  # to each side: over so many tones are told from noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What limits the depth of the mark.

    Attributes:
        window_s: the embedder's window. 18 ms keeps PESQ of speech; music prefers 24 ms.
        noise_offset_db: how far below the spread energy of noise the masked threshold is taken
            to lie, and
        tone_offset_db: below that of tones, which mask less.
        cap_db: deepest modulation of a bin.
        upward_db: fall of the spreading per bark towards higher bands, and
        downward_db: towards lower ones (Schroeder, Atal & Hall, JASA 66, 1979: +25 and -10 dB
            asymptotically; the steeper -15 was measured to be as safe).
        forward: share of the frame before that still masks (post-masking).
    """

    window_s: float
    noise_offset_db: float
    tone_offset_db: float
    cap_db: float
    upward_db: float = 15.0
    downward_db: float = 27.0
    forward: float = 0.6


# Speech: PESQ 4.52 at SNR 28.2 dB. Music: tones that stand alone mask less than noise does.
DEPTHS: dict[Profile, Depth] = {
    "speech": Depth(window_s=0.018, noise_offset_db=11.0, tone_offset_db=11.0, cap_db=4.0),
    "music": Depth(window_s=0.024, noise_offset_db=9.0, tone_offset_db=17.0, cap_db=4.0),
}


class FixedProduct:
    """Multiplies rows by a matrix, always as many at once: each comes out the same in any company.

    A library of linear algebra adds up in another order where there are fewer rows.

    Args:
        matrix: shape (values, results).
        most: the most rows.
    """

    def __init__(self, matrix: NDArray[np.floating], most: int) -> None:
        self._matrix = matrix.astype(np.float32)
        self._rows = np.zeros((most, len(matrix)), np.float32)
        self._products = np.zeros((most, matrix.shape[1]), np.float32)

    def __call__(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the products, shape (rows, results): a view that the next call fills anew."""
        self._rows[: len(rows)] = rows
        np.matmul(self._rows, self._matrix, out=self._products)
        return self._products[: len(rows)]


class Mask:
    """The masked threshold of frames, from their own energies.

    Args:
        rate: Hz.
        window_frames: of the frames.
        depth: what limits the mark.
        most: the most frames that are asked about at once.
    """

    def __init__(self, rate: int, window_frames: int, depth: Depth, most: int) -> None:
        resolution_hz = rate / window_frames
        nyquist_bin = window_frames // 2
        self.first_bin = min(int(_LOWEST_HZ / resolution_hz), nyquist_bin)
        self.stop_bin = min(int(_HIGHEST_HZ / resolution_hz) + 1, nyquist_bin) + 1
        self.centres_hz = np.arange(self.first_bin, self.stop_bin) * resolution_hz
        self._depth = depth
        barks = _barks(self.centres_hz)
        # Half-bark bands; where a bin is wider than that, the bin is the band.
        band = np.cumsum(np.diff(np.floor(2 * barks), prepend=-1.0) > 0) - 1
        self._band = band
        self._starts = np.flatnonzero(np.diff(band, prepend=-1))
        self._sizes = np.diff(self._starts, append=band.size).astype(np.float32)
        middle = np.add.reduceat(barks, self._starts) / self._sizes
        apart = middle - middle[:, None]
        near = np.abs(np.subtract.outer(np.arange(middle.size), np.arange(middle.size)))
        falls_db = np.where(apart >= 0, depth.upward_db, depth.downward_db) * np.abs(apart)
        # A level is folded in: from a share of power to one of the depth in dB.
        spread = np.where(near <= _SPREAD_BANDS, 10 ** (-falls_db / 10), 0.0) / np.square(DB)
        belongs = np.equal.outer(band, np.arange(self._sizes.size)).astype(np.float64)
        around = belongs @ (near <= _NEAR_BANDS)
        self._near_sizes = around.sum(axis=0).astype(np.float32)
        self._summed = FixedProduct(np.concatenate([belongs, around], axis=1), most + 1)
        self._roots = FixedProduct(around, most)
        self._spread = FixedProduct(spread / self._sizes, most)
        self._means = FixedProduct(belongs / self._sizes, most)

    @property
    def band_sizes(self) -> NDArray[np.float32]:
        """How many bins each half-bark band has, shape (bands,)."""
        return self._sizes

    def band_means(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the mean over the bins of each half-bark band, shape (frames, bands).

        Args:
            values: shape (frames, bins).
        """
        return self._means(values)

    def depth_db(
        self, energies: NDArray[np.float32], smoothed: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Returns the depth that stays masked, dB, shape (frames, bins).

        Args:
            energies: shape (frames + 1, bins), |X|^2 from one frame before on.
            smoothed: shape (frames, bins), the energies averaged over neighbours.
        """
        sums = self._summed(energies)
        bands, near = sums[:, : self._sizes.size], sums[1:, self._sizes.size :]
        bands = np.maximum(bands[1:], np.float32(self._depth.forward) * bands[:-1])
        spread = self._spread(bands)
        spread *= self._offset(energies[1:], near)
        masked = spread.take(self._band, axis=1)
        masked /= smoothed + _TINY
        np.sqrt(masked, out=masked)
        return np.minimum(masked, np.float32(self._depth.cap_db), out=masked)

    def _offset(
        self, energies: NDArray[np.float32], near: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The factor from spread energy to masked threshold, shape (frames or 1, bands).

        Args:
            energies: shape (frames, bins).
            near: shape (frames, bands), their sums over 2.5 bark.
        """
        noise, tone = self._depth.noise_offset_db, self._depth.tone_offset_db
        least, most = np.float32(10 ** (-tone / 10)), np.float32(10 ** (-noise / 10))
        if noise == tone:
            return np.full((1, near.shape[1]), most)
        # Flatness over 2.5 bark as the fourth power of the mean fourth root over the mean: 0.67
        # for Gaussian noise, under 0.1 for a tone in silence; roots, unlike logarithms, round
        # the same however many values are worked on at once.
        roots = np.sqrt(energies)
        flatness = self._roots(np.sqrt(roots, out=roots)) / self._near_sizes
        np.square(np.square(flatness, out=flatness), out=flatness)
        flatness /= near / self._near_sizes + _TINY
        tonality = np.clip((_NOISE - flatness) / (_NOISE - _TONE), 0, 1)
        return np.asarray(least + (most - least) * np.square(1 - tonality))

    def bin_bands(self) -> NDArray[np.intp]:
        """Returns the mark's band of each bin, shape (bins,); -1 where there is none."""
        octaves = np.log2(np.maximum(self.centres_hz, 1.0) / LAYOUT.lowest_hz)
        band = np.floor(octaves * LAYOUT.bands_per_octave).astype(np.intp)
        return np.where((band >= 0) & (band < LAYOUT.bands), band, -1)


def smooth(energies: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the mean over three frames by three bins, shape (frames - 2, bins).

    At the lowest and the highest bin the missing neighbour counts as zero: no mark lies there.
    """
    rows = energies[:-2] + energies[1:-1]
    rows += energies[2:]
    mean = rows.copy()
    mean[:, 1:] += rows[:, :-1]
    mean[:, :-1] += rows[:, 1:]
    mean *= np.float32(1 / 9)
    return mean


def _barks(frequencies_hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """Critical-band rate (Traunmueller, JASA 88, 1990, eq. 6)."""
    return 26.81 * frequencies_hz / (1960 + frequencies_hz) - 0.53
