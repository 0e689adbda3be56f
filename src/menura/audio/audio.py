"""`Audio`: samples and their rate, the one value that all of menura passes around."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import InvalidAudio, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 384_000
MAX_CHANNELS = 16
"""The most channels that a file may have."""
MAX_BUS_CHANNELS = 1024
"""The most channels of a sound in memory: a mix and its stems travel as one."""
MAX_SILENCE_S = 86_400
MAX_GAIN_DB = 240
"""More takes the quietest step of 24 bits out of the range of anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Sound as numbers.

    Attributes:
        samples: shape (channels, frames), float32, nominal range [-1, 1]. Treat it as read-only.
        rate: frames per second, Hz.

    Raises:
        InvalidAudio: if the shape, the type or the rate is not as above.

    Example:
        >>> tone = Audio(np.zeros((1, 24_000), np.float32), 24_000)
        >>> tone.channels, tone.duration_s
        (1, 1.0)
    """

    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        samples: object = self.samples
        if not isinstance(samples, np.ndarray):
            raise InvalidAudio(f"audio is an array of samples, not {shown(samples)}")
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise InvalidAudio(
                "audio needs float32 samples of shape (channels, frames), not "
                f"{self.samples.dtype} of shape {self.samples.shape}"
            )
        if not 1 <= self.channels <= MAX_BUS_CHANNELS:
            raise InvalidAudio(f"audio has 1 to {MAX_BUS_CHANNELS} channels, not {self.channels}")
        if not _lies(self.rate, MIN_RATE_HZ, MAX_RATE_HZ):
            raise InvalidAudio(
                f"a sample rate lies between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz, "
                f"not {shown(self.rate)}"
            )

    @classmethod
    def silence(cls, duration_s: float, rate: int, channels: int = 1) -> Audio:
        """Returns digital silence, `duration_s` long to the nearest frame.

        Raises:
            InvalidAudio: if a length, a rate or a number of channels is none.
        """
        if not _lies(duration_s, 0, MAX_SILENCE_S) or not _lies(rate, MIN_RATE_HZ, MAX_RATE_HZ):
            raise InvalidAudio(f"silence has no {shown(duration_s)} s at {shown(rate)} Hz")
        if not (_is_whole(channels) and _lies(channels, 1, MAX_BUS_CHANNELS)):
            raise InvalidAudio(f"audio has 1 to {MAX_BUS_CHANNELS} channels, not {shown(channels)}")
        return cls(np.zeros((channels, round(duration_s * rate)), np.float32), rate)

    @property
    def channels(self) -> int:
        """The number of channels."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """The number of frames (samples per channel)."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """The length in seconds."""
        return self.frames / self.rate

    def mono(self) -> Audio:
        """Returns the mean of all channels, shape (1, frames)."""
        if self.channels == 1:
            return self
        return Audio(self.samples.mean(axis=0, keepdims=True, dtype=np.float32), self.rate)

    def slice(self, start_frame: int, stop_frame: int | None = None) -> Audio:
        """Returns frames [start_frame, stop_frame) without copying.

        Raises:
            InvalidAudio: if these are no whole numbers.
        """
        if not (_is_whole(start_frame) and (stop_frame is None or _is_whole(stop_frame))):
            raise InvalidAudio(
                f"frames are whole numbers, not {shown(start_frame)} to {shown(stop_frame)}"
            )
        return Audio(self.samples[:, start_frame:stop_frame], self.rate)

    def scaled(self, gain_db: float) -> Audio:
        """Returns the audio with `gain_db` applied; -inf silences it.

        Raises:
            InvalidAudio: if this is no gain.
        """
        if not _lies(gain_db, -math.inf, MAX_GAIN_DB):
            raise InvalidAudio(f"a gain is a number up to {MAX_GAIN_DB} dB, not {shown(gain_db)}")
        return Audio(self.samples * np.float32(10 ** (gain_db / 20)), self.rate)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral)


def _lies(value: Any, low: float, high: float) -> bool:
    """Whether this is a number in range: no truth value, and not NaN."""
    if isinstance(value, bool | np.bool_):
        return False
    number: object = value
    return isinstance(number, Real) and bool(low <= value <= high)
