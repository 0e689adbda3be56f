"""`Audio`: samples and their rate, the one value that all of menura passes around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidAudio

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 384_000
MAX_CHANNELS = 16
"""The most channels that a file may have."""
MAX_BUS_CHANNELS = 1024
"""The most channels of a sound in memory: a mix and its stems travel as one."""


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
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise InvalidAudio(
                "audio needs float32 samples of shape (channels, frames), not "
                f"{self.samples.dtype} of shape {self.samples.shape}"
            )
        if not 1 <= self.channels <= MAX_BUS_CHANNELS:
            raise InvalidAudio(f"audio has 1 to {MAX_BUS_CHANNELS} channels, not {self.channels}")
        if isinstance(self.rate, bool) or not MIN_RATE_HZ <= self.rate <= MAX_RATE_HZ:
            raise InvalidAudio(
                f"a sample rate lies between {MIN_RATE_HZ} and {MAX_RATE_HZ} Hz, not {self.rate}"
            )

    @classmethod
    def silence(cls, duration_s: float, rate: int, channels: int = 1) -> Audio:
        """Returns digital silence, `duration_s` long to the nearest frame."""
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
        """Returns frames [start_frame, stop_frame) without copying."""
        return Audio(self.samples[:, start_frame:stop_frame], self.rate)

    def scaled(self, gain_db: float) -> Audio:
        """Returns the audio with `gain_db` applied."""
        return Audio(self.samples * np.float32(10 ** (gain_db / 20)), self.rate)
