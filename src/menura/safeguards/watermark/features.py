"""What the detector listens to: band levels with the host taken out of them.

The level of a band, minus its own mean over 2.5 cells, minus half of both neighbour bands: what
is left of speech and music after that is small, what is left of the mark is nearly all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.resample import Resampler
from menura.audio.spectral import half_spectrum
from menura.errors import InvalidAudio
from menura.safeguards.watermark.layout import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from menura.audio import Audio

RATE_HZ = 16_000
WINDOW = 384  # 24 ms
HOP = 64  # 4 ms
FRAME_S = HOP / RATE_HZ
STEPS = 3  # columns to a band: a pitch half a band off would correlate to nothing
PADDING = 5 * STEPS  # columns below the lowest band and above the highest
COLUMNS = LAYOUT.bands * STEPS + 2 * PADDING
_MEAN_FRAMES = 31  # 2.5 cells
_CLIP = 1.5  # robust standard deviations at which tanh bends
_LEAST_TRUST = 0.2  # of the lowest band beside the highest
_LEAST = 0.05  # nepers added to the deviation: bands above a low Nyquist hold rounding only
_FLOOR = 1e-13  # power; about -100 dB below full scale in a band
_AUDIBLE = 1e-9  # mean square of a frame (-90 dBFS) under which there is nothing to detect


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of sound as the detector sees it.

    Attributes:
        start_s: where it begins in the sound.
        levels: shape (frames, COLUMNS), float32, in [-1, 1]: whitened band levels every 4 ms.
        active_s: how much of it is not silent.
    """

    start_s: float
    levels: NDArray[np.float32]
    active_s: float

    @property
    def centres_s(self) -> NDArray[np.float64]:
        """The centre of each frame in the sound, s."""
        first_s = self.start_s + WINDOW / 2 / RATE_HZ
        return np.asarray(first_s + FRAME_S * np.arange(len(self.levels)))

    @property
    def stop_s(self) -> float:
        """Where it ends in the sound."""
        return self.start_s + FRAME_S * len(self.levels)


def listen(blocks: Iterable[Audio], stretch_s: float) -> Iterator[Stretch]:
    """Returns the stretches of a sound, each about `stretch_s` long; the last one half to 1.5 so.

    Memory does not grow with the length of the sound.

    Raises:
        InvalidAudio: if the blocks differ in rate or channels, or hold NaN or infinity.
    """
    length = round(stretch_s * RATE_HZ / HOP) * HOP
    weights = _band_weights()
    held: list[NDArray[np.float32]] = []
    frames = taken = 0
    for samples in _resampled(blocks):
        held.append(samples)
        frames += samples.shape[1]
        while frames >= length * 3 // 2 + WINDOW:
            sound = np.concatenate(held, axis=1)
            yield _stretch(sound[:, : length + WINDOW - HOP], taken / RATE_HZ, weights)
            held, frames, taken = [sound[:, length:]], frames - length, taken + length
    if frames >= WINDOW + HOP:
        yield _stretch(np.concatenate(held, axis=1), taken / RATE_HZ, weights)


def _resampled(blocks: Iterable[Audio]) -> Iterator[NDArray[np.float32]]:
    """Blocks at 16 kHz, shape (channels, frames)."""
    resampler: Resampler | None = None
    shape: tuple[int, int] | None = None
    for block in blocks:
        if shape is not None and shape != (block.channels, block.rate):
            raise InvalidAudio("blocks of one sound need the same rate and number of channels")
        if not np.isfinite(block.samples).all():
            raise InvalidAudio("the sound holds NaN or infinite samples: repair it first")
        if resampler is None:
            shape = (block.channels, block.rate)
            resampler = Resampler(block.rate, RATE_HZ, block.channels)
        yield resampler.process(block).samples
    if resampler is not None:
        yield resampler.finish().samples


def _stretch(sound: NDArray[np.float32], start_s: float, weights: NDArray[np.float32]) -> Stretch:
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW, axis=1)[:, ::HOP]
    powers = np.zeros((frames.shape[1], WINDOW // 2 + 1), np.float32)
    squares = np.zeros(frames.shape[1])
    for channel in frames:
        spectrum = half_spectrum(channel * window)
        powers += np.square(spectrum.real) + np.square(spectrum.imag)
        squares += np.square(channel[:, ::4]).mean(axis=1)
    scale = np.float32(2 / WINDOW**2 / len(frames))
    energies = powers @ weights * scale
    active = squares / len(frames) > _AUDIBLE
    levels = np.log(energies + np.float32(1e-6 * energies.mean() + _FLOOR))
    return Stretch(
        start_s=start_s, levels=_whiten(levels, active), active_s=float(active.sum()) * FRAME_S
    )


def _whiten(levels: NDArray[np.float32], active: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Takes the host out: mean over time, neighbour bands, outliers."""
    levels = levels - _moving_mean(levels, _MEAN_FRAMES)
    apart = levels.copy()
    wide = PADDING + LAYOUT.wide_bands * STEPS
    below, above = levels[:, : wide + 2 * STEPS], levels[:, wide - STEPS :]
    # Below 1.5 kHz the chips are 4 bands tall: minus the mean over five bands.
    inner = slice(2 * STEPS, wide)
    apart[:, inner] -= sum(below[:, k * STEPS : wide + (k - 2) * STEPS] for k in range(5)) / 5
    apart[:, wide:-STEPS] -= (
        above[:, : -2 * STEPS] + above[:, STEPS:-STEPS] + above[:, 2 * STEPS :]
    ) / 3
    apart *= active[:, None]
    seen = apart[active]
    if len(seen) == 0:
        return np.zeros_like(apart)
    # A third of the frames is enough for a median; they overlap sixfold.
    spread = np.median(np.abs(seen[::3]), axis=0) / np.float32(0.6745)
    clipped = np.tanh(apart / (np.float32(_CLIP) * spread + np.float32(_LEAST)))
    return np.asarray(clipped * _trust())


def _trust() -> NDArray[np.float32]:
    """How much each column counts, shape (COLUMNS,).

    In the lowest octave the windows cannot tell the bands apart and the mark agrees with its
    pilot hardly better than chance; from there on the agreement rises about linearly.
    """
    band = np.clip((np.arange(COLUMNS) - PADDING) / STEPS, 0, LAYOUT.bands - 1)
    return (_LEAST_TRUST + (1 - _LEAST_TRUST) * band / (LAYOUT.bands - 1)).astype(np.float32)


def _moving_mean(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """The mean over `length` rows around each row, of those that exist."""
    half = length // 2
    sums = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=sums[1:])
    row = np.arange(len(values))
    start, stop = np.maximum(row - half, 0), np.minimum(row + half + 1, len(values))
    means = (sums[stop] - sums[start]) / (stop - start)[:, None]
    return np.asarray(means, np.float32)


def _band_weights() -> NDArray[np.float32]:
    """How much of each bin lies in each band, shape (bins, COLUMNS): bands 1/12 octave wide."""
    band = (np.arange(COLUMNS) - PADDING) / STEPS
    lower_hz = LAYOUT.lowest_hz * 2 ** (band / LAYOUT.bands_per_octave)
    upper_hz = lower_hz * 2 ** (1 / LAYOUT.bands_per_octave)
    edges_hz = (np.arange(WINDOW // 2 + 2) - 0.5) * RATE_HZ / WINDOW
    overlap = np.minimum(edges_hz[1:, None], upper_hz) - np.maximum(edges_hz[:-1, None], lower_hz)
    return np.asarray(np.maximum(overlap, 0.0) / (RATE_HZ / WINDOW), np.float32)
