"""`MovingNoise`: noise whose spectrum goes its own way while it sounds: wind, surf, flames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_FRAMES = 1024
"""How often the spectrum is set anew: 21 ms at 48 kHz."""
WINDOW = 2 * HOP_FRAMES
BINS = HOP_FRAMES + 1
_TABLE = 1 << 13


class MovingNoise:
    """Gaussian noise out of bands whose levels are given anew every hop.

    Spectra of complex normal values, laid over each other under sine windows, whose squares add
    to one: the power at each moment is what the levels say, and bands cost next to nothing.

    Args:
        shapes: of the bands, shape (bands, BINS), from `make_shapes`.
        block_frames: length of every block, a multiple of HOP_FRAMES.
        channels: independent channels.
        rng: draws the noise.
    """

    def __init__(
        self,
        shapes: NDArray[np.float32],
        block_frames: int,
        channels: int,
        rng: np.random.Generator,
    ) -> None:
        self._power = shapes**2
        self._hops, self._channels, self._rng = block_frames // HOP_FRAMES, channels, rng
        pairs = rng.standard_normal((_TABLE, 2), np.float32) * np.float32(np.sqrt(0.5))
        self._normal = np.ascontiguousarray(pairs).view(np.complex64).reshape(-1)
        angle = np.pi * (np.arange(WINDOW) + 0.5) / WINDOW
        self._window = np.sin(angle).astype(np.float32)
        self._tail = np.zeros((channels, HOP_FRAMES), np.float32)
        self._started = False

    @property
    def hops(self) -> int:
        """How many levels a block takes."""
        return self._hops

    def next(
        self, levels: NDArray[np.float64], more: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, block_frames), float32.

        Args:
            levels: rms of each band, shape (hops, bands), or (channels, hops, bands).
            more: power at each bin that is added, in the units of `make_shapes` squared,
                shape (hops, BINS) or (channels, hops, BINS).
        """
        power = np.asarray(levels**2, np.float32) @ self._power
        if more is not None:
            power = power + more
        size = np.sqrt(power)
        if not self._started:
            self._started = True
            first = self._windows(np.broadcast_to(size, self._shape(self._hops))[:, :1])
            self._tail = first[:, 0, HOP_FRAMES:].copy()
        pieces = self._windows(size)
        block = pieces[:, :, :HOP_FRAMES].copy()
        block[:, 1:] += pieces[:, :-1, HOP_FRAMES:]
        block[:, 0] += self._tail
        self._tail = pieces[:, -1, HOP_FRAMES:].copy()
        return block.reshape(self._channels, -1)

    def _shape(self, hops: int) -> tuple[int, int, int]:
        return self._channels, hops, BINS

    def _windows(self, size: NDArray[np.float32]) -> NDArray[np.float32]:
        hops = size.shape[-2]
        shape = self._shape(hops)
        count = shape[0] * shape[1] * shape[2]
        which = np.frombuffer(self._rng.bytes(2 * count), np.uint16) & np.uint16(_TABLE - 1)
        spectra = self._normal.take(which).reshape(shape)
        spectra *= size
        sound = np.fft.irfft(spectra, WINDOW, norm="ortho")
        sound *= self._window
        return np.asarray(sound, np.float32)


def make_shapes(curves: list[list[tuple[float, float]]], rate: int) -> NDArray[np.float32]:
    """Returns bands that have an rms of 1 each, shape (curves, BINS), float32.

    Args:
        curves: (Hz, dB) of each band, straight between points on a logarithmic axis; beyond the
            first and the last it falls by 24 dB per octave.
        rate: Hz.
    """
    return np.stack([_shape(points, rate) for points in curves])


def _shape(points: list[tuple[float, float]], rate: int) -> NDArray[np.float32]:
    hz = np.maximum(np.fft.rfftfreq(WINDOW, 1 / rate), 1.0)
    octave = np.log2(hz)
    at = np.log2([p[0] for p in points])
    gain_db = np.interp(octave, at, [p[1] for p in points])
    gain_db -= 24 * np.maximum(at[0] - octave, 0) + 24 * np.maximum(octave - at[-1], 0)
    return unit_shape(10 ** (gain_db / 10))


def unit_shape(power: NDArray[np.float64]) -> NDArray[np.float32]:
    """Returns a band with this power at each bin, shape (BINS,), scaled to an rms of 1."""
    inside = power.copy()
    inside[0] = inside[-1] = 0.0  # no direct current; the last bin counts but once
    return np.asarray(np.sqrt(inside * (HOP_FRAMES / inside.sum())), np.float32)


def add_bell(
    power: NDArray[np.float32],
    hz: NDArray[np.float64],
    q: float,
    rms: NDArray[np.float64],
    rate: int,
) -> None:
    """Adds a narrow band to the power at each bin: a resonance that moves.

    Args:
        power: changed in place, shape (hops, BINS) or (channels, hops, BINS).
        hz: its centre at each hop, shape (hops,).
        q: centre over the width between its -3 dB points; no narrower than the bins allow.
        rms: how loud it is at each hop, shape (hops,) or (channels, hops).
        rate: Hz.
    """
    bin_hz = rate / WINDOW
    centre = np.clip(hz, 2 * bin_hz, 0.45 * rate)
    # A bell over log frequency: width 2 sqrt(ln 2) deviations between the -3 dB points.
    width = max(1 / (2 * np.sqrt(np.log(2)) * q), 0.75 * bin_hz / float(centre.min()))
    first = max(1, int(centre.min() * np.exp(-4 * width) / bin_hz))
    last = min(BINS - 1, int(centre.max() * np.exp(4 * width) / bin_hz) + 2)
    bins = np.log(np.arange(first, last) * bin_hz)
    off = (bins - np.log(centre)[:, np.newaxis]) / width
    bell = np.exp(-off * off)
    bell *= (HOP_FRAMES / bell.sum(axis=1))[:, np.newaxis]
    power[..., first:last] += (rms**2)[..., np.newaxis] * bell
