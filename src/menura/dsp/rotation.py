"""What turns: a shaft, tones and blows that come so many times a turn. Streams, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from menura.dsp.noise import Wander
from menura.dsp.waves import HOP_FRAMES, find_places, make_table, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW = 20
"""Blows in a block that are laid one by one; more are quicker all at once, by a transform."""
_LATE_FRAMES = 1024
"""So far into the next block blows reach that come in crowds."""
_EVEN: Literal["ortho"] = "ortho"
"""Keeps transforms in single precision, see `menura.dsp.convolution`."""


class Shaft:
    """How far something has turned, with a speed that is never quite even.

    Args:
        flutter: deviation of its speed, as a share.
        per_s: how many times a second the speed changes its mind.
        rate: frames per second, Hz.
        block_frames: length of every block, a multiple of HOP_FRAMES.
        rng: draws where it begins and how it flutters.
    """

    def __init__(
        self,
        flutter: float,
        per_s: float,
        rate: int,
        block_frames: int,
        rng: np.random.Generator,
    ) -> None:
        hops = block_frames // HOP_FRAMES
        self._flutter, self._step = flutter / 0.85, HOP_FRAMES / rate
        self._course = Wander(per_s, rate // HOP_FRAMES, hops, rng)
        self._turned = float(rng.random())

    def next(self, hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Returns the turns at the edges of all hops, shape (hops + 1,), never falling.

        Args:
            hz: turns per second without flutter, one value or shape (hops,).
        """
        uneven = np.maximum(1 + self._flutter * self._course.next().astype(np.float64), 0.0)
        turned = np.empty(uneven.size + 1)
        turned[0] = self._turned
        turned[1:] = self._turned + np.cumsum(hz * uneven * self._step)
        self._turned = float(turned[-1])
        return turned


class Harmonics:
    """A periodic tone, phases of its harmonics drawn: rms 1.

    Args:
        amplitude: of the harmonics from the first, shape (harmonics,); those that the highest
            pitch would carry past what a rate holds must be left out by the caller.
        rng: draws their phases.
    """

    def __init__(self, amplitude: NDArray[np.float64], rng: np.random.Generator) -> None:
        phase = rng.random(amplitude.size)
        size = amplitude / np.sqrt(0.5 * np.sum(amplitude**2))
        self._table = make_table((size * np.exp(2j * np.pi * phase))[np.newaxis])

    def read(self, cycles: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns the tone, shape (frames,), from its cycles at the edges of hops, (hops + 1,)."""
        return read_table(self._table, find_places(cycles))[:, 0]


class Blows:
    """Moments at some places of every cycle, each a little late and of a size of its own.

    Args:
        at: places in a cycle, 0 to 1, shape (blows,).
        weights: their sizes, shape (blows,).
        late: deviation of their moments, cycles; none is early.
        spread_db: deviation of their sizes.
        block_frames: length of every block.
        rng: draws all there is to draw.
    """

    def __init__(
        self,
        at: NDArray[np.float64],
        weights: NDArray[np.float64],
        late: float,
        spread_db: float,
        *,
        block_frames: int,
        rng: np.random.Generator,
    ) -> None:
        self._at, self._weights, self._late = at, weights, late
        self._spread = spread_db * np.log(10) / 20
        self._frames, self._rng = block_frames, rng
        self._edges = np.arange(block_frames // HOP_FRAMES + 1) * float(HOP_FRAMES)

    def next(
        self, cycles: NDArray[np.float64], gain: NDArray[np.float64] | float = 1.0
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Returns the frames of the next blows, counted from the block, and their sizes.

        Args:
            cycles: at the edges of hops, shape (hops + 1,).
            gain: at the edges of hops, shape (hops + 1,), or one value.
        """
        whole = np.arange(np.floor(cycles[0]), np.ceil(cycles[-1]))
        due = (whole[:, np.newaxis] + self._at).reshape(-1)
        now = (due >= cycles[0]) & (due < cycles[-1])
        due = due[now]
        if not due.size:
            return np.zeros(0, np.int64), np.zeros(0)
        weights = np.broadcast_to(self._weights, (whole.size, self._at.size)).reshape(-1)[now]
        frames_each = self._frames / max(cycles[-1] - cycles[0], 1e-6)
        moment = np.interp(due, cycles, self._edges)
        late = np.abs(self._rng.standard_normal(due.size)) * self._late * frames_each
        spread = self._spread * self._rng.standard_normal(due.size) - self._spread**2
        size = weights * np.exp(spread)
        size *= gain if isinstance(gain, float) else np.interp(moment, self._edges, gain)
        return (moment + np.minimum(late, self._frames)).astype(np.int64), size


class Struck:
    """What rings when it is hit: lays a response, one of some, at every blow.

    Args:
        responses: shape (kinds, taps), taps at most block_frames.
        block_frames: length of every block.
        rng: draws which response each blow has.
    """

    def __init__(
        self, responses: NDArray[np.float32], block_frames: int, rng: np.random.Generator
    ) -> None:
        self._responses, self._frames, self._rng = responses, block_frames, rng
        taps = responses.shape[1]
        self._ahead = np.zeros(3 * block_frames + taps, np.float32)
        self._fft_frames = -(-(block_frames + _LATE_FRAMES + taps) // 2048) * 2048
        self._spectra = np.fft.rfft(responses, self._fft_frames).astype(np.complex64)

    def next(self, at: NDArray[np.int64], size: NDArray[np.float64]) -> NDArray[np.float32]:
        """Returns the next block, shape (block_frames,), float32.

        Args:
            at: frames of the blows, from 0 to under 2 block_frames, shape (blows,).
            size: shape (blows,).
        """
        kind = self._rng.integers(0, self._responses.shape[0], at.size)
        if at.size <= _FEW:
            taps = self._responses.shape[1]
            rows = self._responses[kind] * size.astype(np.float32)[:, np.newaxis]
            for first, row in zip(at.tolist(), rows, strict=True):
                self._ahead[first : first + taps] += row
        else:
            shape = (self._responses.shape[0], self._frames + _LATE_FRAMES)
            places = kind * shape[1] + np.minimum(at, shape[1] - 1)
            hits = np.bincount(places, size, shape[0] * shape[1]).astype(np.float32)
            spectra = np.fft.rfft(hits.reshape(shape), self._fft_frames, norm=_EVEN)
            spectra *= self._spectra
            rung = np.fft.irfft(spectra.sum(axis=0), norm=_EVEN)
            last = min(rung.size, self._ahead.size)
            self._ahead[:last] += rung[:last]
        block = self._ahead[: self._frames].copy()
        self._ahead[: -self._frames] = self._ahead[self._frames :]
        self._ahead[-self._frames :] = 0
        return block


def blow_power(
    at: NDArray[np.float64],
    weights: NDArray[np.float64],
    late: float,
    cycles_per_frame: float,
    responses: NDArray[np.float32],
) -> float:
    """Returns the mean power of blows through a response, as a Fourier series has it.

    What is in time adds as amplitudes; `late` blurs harmonic k by exp(-(2 pi k late)^2), and what
    it takes off comes back as noise of the same spectrum.

    Args:
        at: places in a cycle, shape (blows,).
        weights: their sizes, shape (blows,).
        late: deviation of their moments, cycles.
        cycles_per_frame: cycles in a frame.
        responses: one of each kind, shape (kinds, taps).
    """
    size = max(16_384, responses.shape[1])
    answer = (np.abs(np.fft.rfft(responses, size)) ** 2).mean(axis=0)
    order = np.arange(1, max(2, int(min(0.5 / cycles_per_frame, 4000))))
    there = np.interp(order * cycles_per_frame * size, np.arange(answer.size), answer)
    together = np.abs(np.exp(-2j * np.pi * np.outer(order, at)) @ weights) ** 2
    kept = np.exp(-((2 * np.pi * order * late * 0.6) ** 2))
    apart = float(np.sum(weights**2))
    series = float(np.sum(there * (together * kept + apart * (1 - kept))))
    if order.size == 3999:
        # Slow blows stand apart: their energies add.
        return float(cycles_per_frame * apart * np.sum(responses**2) / responses.shape[0])
    return float(2 * cycles_per_frame**2 * series)
