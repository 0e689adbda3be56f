"""Resampling: a sound, or a stream of blocks, at another rate (soxr, very high quality)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.audio import Audio
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUALITY = "VHQ"


def resample(audio: Audio, rate: int) -> Audio:
    """Returns `audio` at `rate` Hz; the same object if it already is.

    The length is that of the original to within one frame, and the sound is not delayed.

    Raises:
        InvalidAudio: if `rate` is out of range.
    """
    if rate == audio.rate:
        return audio
    if audio.frames == 0:
        return Audio(audio.samples, rate)
    import soxr

    Audio(audio.samples[:, :0], rate)  # refuses a bad rate before any work
    frames = np.ascontiguousarray(audio.samples.T)
    return _planar(soxr.resample(frames, audio.rate, rate, quality=QUALITY), rate)


class Resampler:
    """Resamples a stream of blocks; the joined output equals `resample` of the joined input.

    Args:
        rate_in: Hz of the blocks given to `process`.
        rate_out: Hz of the blocks returned.
        channels: channels of both.
    """

    def __init__(self, rate_in: int, rate_out: int, channels: int) -> None:
        self.rate_in = rate_in
        self.rate_out = rate_out
        self._empty = np.zeros((0, channels), np.float32)
        Audio(self._empty.T, rate_in)
        Audio(self._empty.T, rate_out)
        self._stream = None
        if rate_in != rate_out:
            import soxr

            self._stream = soxr.ResampleStream(
                rate_in, rate_out, channels, dtype="float32", quality=QUALITY
            )

    def process(self, block: Audio) -> Audio:
        """Returns what `block` completes, which may be nothing (the filter looks ahead).

        Raises:
            InvalidInput: if the block's rate is not `rate_in`.
        """
        if block.rate != self.rate_in:
            raise InvalidInput(f"expected blocks at {self.rate_in} Hz, not {block.rate}")
        if self._stream is None:
            return block
        frames = np.ascontiguousarray(block.samples.T)
        return _planar(self._stream.resample_chunk(frames), self.rate_out)

    def finish(self) -> Audio:
        """Returns the rest, after the last block."""
        if self._stream is None:
            return Audio(self._empty.T, self.rate_out)
        return _planar(self._stream.resample_chunk(self._empty, last=True), self.rate_out)


def _planar(frames: NDArray[np.float32], rate: int) -> Audio:
    """Turns (frames, channels) into an `Audio`."""
    return Audio(np.ascontiguousarray(frames.T), rate)
