"""`Features`: a voice as melody, spectral envelope and breath, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from menura.audio.audio import MAX_RATE_HZ
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOP_S = 0.005
"""Distance of the frames of features, seconds."""
LOG_FLOOR = -46.0
"""Natural logarithm of the least power (-200 dB); a frame that has no more is silent."""
MIN_RATE_HZ = 8_000
LONGEST_WINDOW_S = 3 / 71
"""Three periods at 71 Hz, the longest window of WORLD's CheapTrick."""


def count_rows(frames: int, rate: int) -> int:
    """Returns how many frames of features a sound of `frames` samples has."""
    # A nanosecond guards against 0.3 / 0.005 = 59.99...
    return int(frames / rate / HOP_S + 1e-9) + 1


def fft_frames(rate: int) -> int:
    """Returns the length of the Fourier transforms at a rate, a power of two."""
    return 1 << int(np.ceil(np.log2(LONGEST_WINDOW_S * rate)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """A sound as a vocoder sees it. Row t describes the sound around `t * hop_s` seconds.

    Attributes:
        f0_hz: shape (rows,), float64, fundamental frequency in Hz; 0 where there is no voice.
        log_envelope: shape (rows, bins), float32, natural logarithm of the power spectrum's
            envelope. Bin k lies at `k * rate / (2 * (bins - 1))` Hz; the mean of its exponential
            over the whole spectrum is the variance of the samples.
        aperiodicity: shape (rows, bins), float32, share of the power that is noise, 0 to 1.
        rate: frames per second of the sound, Hz.
        frames: length of the sound.
        roughness: irregularity of the pulses, 0 (regular) to 1 (hoarse); see `roughen`.

    Raises:
        InvalidInput: if these do not fit together.
    """

    hop_s: ClassVar[float] = HOP_S

    f0_hz: NDArray[np.float64]
    log_envelope: NDArray[np.float32]
    aperiodicity: NDArray[np.float32]
    rate: int
    frames: int
    roughness: float = 0.0

    def __post_init__(self) -> None:
        if not MIN_RATE_HZ <= self.rate <= MAX_RATE_HZ:
            raise InvalidInput(
                f"the vocoder works at {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz, not {self.rate}: "
                "resample the sound"
            )
        rows = count_rows(self.frames, self.rate)
        shape = self.log_envelope.shape
        if self.f0_hz.shape != (rows,) or shape != (rows, self.bins):
            raise InvalidInput(
                f"{self.frames} frames at {self.rate} Hz have {rows} rows of features, not "
                f"{self.f0_hz.shape} of pitch and {shape} of envelope"
            )
        if self.aperiodicity.shape != shape or self.bins < 3 or self.bins % 2 == 0:
            raise InvalidInput(
                f"envelope {shape} and aperiodicity {self.aperiodicity.shape} need one shape "
                "with an odd number of bins"
            )
        if not (np.isfinite(self.f0_hz).all() and np.isfinite(self.log_envelope).all()):
            raise InvalidInput("pitch or envelope holds a value that is no number")
        if self.f0_hz.min() < 0 or self.f0_hz.max() >= self.rate / 4:
            raise InvalidInput(f"a pitch lies between 0 and {self.rate // 4} Hz at this rate")
        if not (self.aperiodicity.min() >= 0 and self.aperiodicity.max() <= 1):
            raise InvalidInput("aperiodicity is a share from 0 to 1")
        if not 0 <= self.roughness <= 1:
            raise InvalidInput(f"roughness goes from 0 to 1, not {self.roughness:g}")

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.f0_hz.size)

    @property
    def bins(self) -> int:
        """The number of frequencies."""
        return int(self.log_envelope.shape[-1])

    @property
    def fft_frames(self) -> int:
        """The length of the Fourier transform whose bins these are."""
        return 2 * (self.bins - 1)

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Which rows have a pitch, shape (rows,)."""
        return np.asarray(self.f0_hz > 0)

    def frequencies_hz(self) -> NDArray[np.float64]:
        """Returns the frequency of each bin, shape (bins,)."""
        return np.arange(self.bins, dtype=np.float64) * (self.rate / self.fft_frames)

    def log_power(self) -> NDArray[np.float64]:
        """Returns the natural logarithm of the power of each row, shape (rows,)."""
        return log_power(self.log_envelope)


def log_power(log_envelope: NDArray[np.float32]) -> NDArray[np.float64]:
    """Returns the logarithm of the mean power over the whole (two-sided) spectrum.

    Args:
        log_envelope: shape (rows, bins), bins from 0 Hz to half the rate.
    """
    weights = np.full(log_envelope.shape[-1], 1 / (log_envelope.shape[-1] - 1))
    weights[[0, -1]] /= 2
    power: NDArray[np.float64] = np.exp(log_envelope).astype(np.float64) @ weights
    result: NDArray[np.float64] = np.log(np.maximum(power, np.exp(LOG_FLOOR)))
    return result
