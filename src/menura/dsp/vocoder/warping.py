"""Time warped until the pitch is constant, where harmonics lie on bins of a transform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.spectral import half_spectrum
from menura.dsp.vocoder.features import HOP_S
from menura.dsp.vocoder.smoothing import fill_gaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

PERIODS = 4
_MIN_CYCLE, _MAX_CYCLE = 64, 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warped:
    """A sound at constant pitch.

    Attributes:
        samples: shape (warped frames,), `cycle` of them to the period.
        start: shape (voiced rows,), where the window of PERIODS periods around each begins.
        row: shape (voiced rows,), the index of each.
        cycle: samples of one period.
        pitch_hz: shape (all rows,), float64, the pitch that was made constant, without gaps.
    """

    samples: NDArray[np.float32]
    start: NDArray[np.intp]
    row: NDArray[np.intp]
    cycle: int
    pitch_hz: NDArray[np.float64]

    def spectra(self, part: slice) -> NDArray[np.complex64]:
        """Returns the spectra of some voiced rows under a Hann window: harmonic k is on bin 4 k.

        A Hann window over exactly four periods has its zeros halfway between harmonics.
        """
        size = PERIODS * self.cycle
        window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)
        views = np.lib.stride_tricks.sliding_window_view(self.samples, size)
        return half_spectrum(views[self.start[part]] * window)


def double(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the sound at twice its rate: the samples, and between them a windowed sinc."""
    reach = 8
    offset = np.arange(-reach, reach) + 0.5
    taps = np.sinc(offset) * np.cos(0.5 * np.pi * offset / reach) ** 2
    padded = np.pad(samples, (reach - 1, reach)).astype(np.float64)
    between = np.convolve(padded, taps / taps.sum(), "valid")
    return np.stack([samples, between[: samples.size]], axis=1).ravel().astype(np.float32)


def warp(doubled: NDArray[np.float32], rate: int, f0_hz: NDArray[np.float64]) -> Warped:
    """Returns the windows of the voiced rows at constant pitch.

    Args:
        doubled: the sound at twice its rate, as `double` makes it, so that straight lines
            between its samples are within 1 % of the power.
        rate: of the sound itself, Hz.
        f0_hz: shape (rows,), 0 where there is no voice; at least one row has one.
    """
    voiced = f0_hz > 0
    pitch = np.exp(fill_gaps(np.log(np.where(voiced, f0_hz, 1.0)), voiced))
    least = float(np.quantile(f0_hz[voiced], 0.1))
    cycle = int(np.clip(2 ** np.ceil(np.log2(rate / least)), _MIN_CYCLE, _MAX_CYCLE))
    times = np.arange(pitch.size) * HOP_S
    phase = np.concatenate([[0.0], np.cumsum((pitch[1:] + pitch[:-1]) / 2) * HOP_S])
    margin = PERIODS // 2
    known_phase = np.concatenate([[-margin], phase, [phase[-1] + margin]])
    known_s = np.concatenate([[-margin / pitch[0]], times, [times[-1] + margin / pitch[-1]]])
    at_phase = np.arange(-margin * cycle, int((phase[-1] + margin) * cycle) + 2) / cycle
    at = np.interp(at_phase, known_phase, known_s) * (2 * rate)
    heard = np.interp(at, np.arange(doubled.size), doubled, left=0, right=0).astype(np.float32)
    row = np.flatnonzero(voiced)
    start = np.round(phase[row] * cycle).astype(np.intp)
    held = np.pad(heard, (0, PERIODS * cycle))
    return Warped(samples=held, start=start, row=row, cycle=cycle, pitch_hz=pitch)
