"""`Spool`: a sound of unknown length, kept in memory and, when it grows, in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from typing import TYPE_CHECKING, Self

import numpy as np

from menura.audio.audio import Audio
from menura.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from numpy.typing import NDArray

MEMORY_FRAMES = 2**22
_SCALE_FRAMES = 2**18


class Spool:
    """Collects blocks and gives them back, as often as wanted.

    The file has no name (it is removed as it is made), so nothing is left behind after a crash.

    Args:
        rate: Hz of the blocks.
        channels: channels of the blocks.
        memory_frames: frames held in memory before everything moves to the file.
    """

    def __init__(self, rate: int, channels: int, memory_frames: int = MEMORY_FRAMES) -> None:
        Audio(np.zeros((channels, 0), np.float32), rate)
        self.rate = rate
        self.channels = channels
        self.frames = 0
        self._memory_frames = memory_frames
        self._blocks: list[NDArray[np.float32]] = []
        self._file: IO[bytes] | None = None

    @staticmethod
    def memory_frames(count: int) -> int:
        """Returns how many frames each of several spools may hold so that all stay in bounds."""
        return MEMORY_FRAMES // max(count, 1)

    def append(self, block: Audio) -> None:
        """Adds a block at the end.

        Raises:
            InvalidInput: if the block has another rate or number of channels.
            StorageFailed: if the temporary folder is full.
        """
        if (block.rate, block.channels) != (self.rate, self.channels):
            raise InvalidInput(
                f"expected {self.channels} channels at {self.rate} Hz, "
                f"not {block.channels} at {block.rate} Hz"
            )
        if self._file is None and self.frames + block.frames <= self._memory_frames:
            self._blocks.append(block.samples.copy())
        else:
            self._write(block.samples)
        self.frames += block.frames

    def blocks(self, frames: int) -> Iterator[Audio]:
        """Yields the sound from its start in blocks of `frames`; the last may be shorter."""
        whole = self.audio()
        for start in range(0, self.frames, frames):
            samples = np.ascontiguousarray(whole.samples[:, start : start + frames])
            yield Audio(samples, self.rate)

    def audio(self) -> Audio:
        """Returns the whole sound; mapped from the file, not loaded, when it is there."""
        if self._file is not None:
            return Audio(self._map("r").T, self.rate)
        if len(self._blocks) != 1:
            empty = np.zeros((self.channels, 0), np.float32)
            self._blocks = [np.concatenate([empty, *self._blocks], axis=1)]
        return Audio(self._blocks[0], self.rate)

    def scale(self, gain: float) -> None:
        """Multiplies every sample by `gain` (linear), in place."""
        if self._file is None:
            self._blocks = [block * np.float32(gain) for block in self._blocks]
            return
        mapped = self._map("r+")
        for start in range(0, self.frames, _SCALE_FRAMES):
            mapped[start : start + _SCALE_FRAMES] *= np.float32(gain)

    def close(self) -> None:
        """Lets go of the memory and the file. Sounds given out by `audio` stay valid."""
        self._blocks = []
        self.frames = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _map(self, mode: str) -> NDArray[np.float32]:
        """The file as (frames, channels)."""
        if self._file is None or self.frames == 0:
            return np.zeros((0, self.channels), np.float32)
        shape = (self.frames, self.channels)
        return np.memmap(self._file, np.float32, mode, shape=shape)  # type: ignore[call-overload, no-any-return]

    def _write(self, samples: NDArray[np.float32]) -> None:
        """Appends (channels, frames) to the file, made now if there is none."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="menura-", buffering=0)  # noqa: SIM115
                weakref.finalize(self, self._file.close)  # also if nobody closes the spool
                for block in self._blocks:
                    _write_all(self._file, block)
                self._blocks = []
            _write_all(self._file, samples)
        except OSError as error:
            raise StorageFailed(
                f"the temporary folder would not take the sound ({error.strerror}): "
                "free some space or set TMPDIR"
            ) from error


def _write_all(file: IO[bytes], samples: NDArray[np.float32]) -> None:
    """Writes (channels, frames) interleaved; an unbuffered file may take less than given."""
    data = memoryview(samples.T.tobytes())
    while data:
        data = data[file.write(data) :]
