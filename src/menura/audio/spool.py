"""`Spool`: a sound of unknown length, kept in memory and, when it grows, in a temporary file."""

from __future__ import annotations

import mmap
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
_CELL_FRAMES = 2**14
_STEP_FRAMES = 2**18
_SAMPLE_BYTES = 4


class Spool:
    """Collects blocks and gives them back, as often as wanted.

    The file has no name (it is removed as it is made), so nothing is left behind after a crash. It
    holds cells, in each of them one channel after the other; what is in one cell can be mapped.
    What is read back by `blocks` and `read` is not mapped: it takes no memory once it is dropped.

    Args:
        rate: Hz of the blocks.
        channels: channels of the blocks.
        memory_frames: frames held in memory before everything moves to the file.
        frames: how many there will be, if that is known: the file is then one cell. Else `audio`
            makes it one, where there are several channels.
    """

    def __init__(
        self,
        rate: int,
        channels: int,
        memory_frames: int = MEMORY_FRAMES,
        *,
        frames: int | None = None,
    ) -> None:
        Audio(np.zeros((channels, 0), np.float32), rate)
        self.rate = rate
        self.channels = channels
        self.frames = 0
        self._memory_frames = memory_frames
        self._cell = frames or _CELL_FRAMES
        self._blocks: list[NDArray[np.float32]] = []
        self._file: IO[bytes] | None = None
        self._closing: weakref.finalize[[], Spool] | None = None

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
            self.frames += block.frames
            return
        if self._file is None:
            held, self._blocks = self._blocks, []
            self.frames = 0
            for samples in held:
                self._write(samples)
        self._write(block.samples)

    def blocks(self, frames: int) -> Iterator[Audio]:
        """Yields the sound from its start in blocks of `frames`; the last may be shorter."""
        for start in range(0, self.frames, frames):
            samples = np.empty((self.channels, min(frames, self.frames - start)), np.float32)
            self.read(start, samples)
            yield Audio(samples, self.rate)

    def read(self, start: int, samples: NDArray[np.float32]) -> None:
        """Fills (channels, frames) with the sound from a frame on.

        Args:
            start: the first frame.
            samples: as long as wanted, within the sound; each channel contiguous.
        """
        if self._file is None:
            samples[:] = self.audio().samples[:, start : start + samples.shape[1]]
            return
        for offset, here in self._places(start, samples.shape[1]):
            for channel, row in enumerate(samples[:, here]):
                self._file.seek(offset + channel * self._cell * _SAMPLE_BYTES)
                _read_all(self._file, row)

    def audio(self) -> Audio:
        """Returns the whole sound; mapped from the file, not loaded, when it is there."""
        if self._file is not None:
            if self.channels > 1 and self.frames > self._cell:
                self._make_one_cell()
            return Audio(self._map(), self.rate)
        if len(self._blocks) != 1:
            empty = np.zeros((self.channels, 0), np.float32)
            self._blocks = [np.concatenate([empty, *self._blocks], axis=1)]
        return Audio(self._blocks[0], self.rate)

    def scale(self, gain: float) -> None:
        """Multiplies every sample by `gain` (linear), in place."""
        if self._file is None:
            self._blocks = [block * np.float32(gain) for block in self._blocks]
            return
        end, start = self.frames, 0
        for block in self.blocks(_STEP_FRAMES):
            self.frames = start
            self._write(block.samples * np.float32(gain), held=block.samples)
            start, self.frames = self.frames, end

    def close(self) -> None:
        """Lets go of the memory and the file. Sounds given out by `audio` stay valid."""
        self._blocks = []
        self.frames = 0
        self._drop_file()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _places(self, start: int, frames: int) -> Iterator[tuple[int, slice]]:
        """Yields where the first channel of each piece of some frames is, in bytes, and which."""
        done = 0
        while done < frames:
            cell, inside = divmod(start + done, self._cell)
            count = min(self._cell - inside, frames - done)
            offset = (cell * self.channels * self._cell + inside) * _SAMPLE_BYTES
            yield offset, slice(done, done + count)
            done += count

    def _map(self) -> NDArray[np.float32]:
        """The file of one cell as (channels, frames)."""
        if self._file is None or self.frames == 0:
            return np.zeros((self.channels, 0), np.float32)
        width = self._cell if self.channels > 1 else self.frames
        if self._file.seek(0, 2) < (size := self.channels * width * _SAMPLE_BYTES):
            self._file.truncate(size)  # it may end in silence
        whole = np.memmap(self._file, np.float32, "r", shape=(self.channels, width))
        mapped: NDArray[np.float32] = whole[:, : self.frames]
        return mapped

    def _make_one_cell(self) -> None:
        """Lays the file out anew."""
        one = Spool(self.rate, self.channels, 0, frames=self.frames)
        for block in self.blocks(_STEP_FRAMES):
            one.append(block)
        self._drop_file()
        file = one._release_file()
        if file is not None:
            self._take_file(file)
        self._cell = one._cell

    def _take_file(self, file: IO[bytes]) -> None:
        self._file = file
        self._closing = weakref.finalize(self, file.close)  # also if nobody closes the spool

    def _release_file(self) -> IO[bytes] | None:
        file, self._file = self._file, None
        if self._closing is not None:
            self._closing.detach()
        return file

    def _drop_file(self) -> None:
        file = self._release_file()
        if file is not None:
            file.close()

    def _write(self, samples: NDArray[np.float32], held: NDArray[np.float32] | None = None) -> None:
        """Adds (channels, frames) to the file, made now if there is none.

        Silence is not written where nothing was `held`: what a file has not been given is zero.
        """
        try:
            file = self._file
            if file is None:
                file = tempfile.TemporaryFile(prefix="menura-", buffering=0)  # noqa: SIM115
                self._take_file(file)
            for offset, here in self._places(self.frames, samples.shape[1]):
                for channel, row in enumerate(samples[:, here]):
                    if (row if held is None else held[channel, here]).any():
                        file.seek(offset + channel * self._cell * _SAMPLE_BYTES)
                        _write_all(file, row)
        except OSError as error:
            raise StorageFailed(
                f"the temporary folder would not take the sound ({error.strerror}): "
                "free some space or set TMPDIR"
            ) from error
        self.frames += samples.shape[1]


def let_go(audio: Audio) -> None:
    """Drops the memory that a mapped sound takes; what is wanted again is read again."""
    mapped = getattr(audio.samples, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _write_all(file: IO[bytes], row: NDArray[np.float32]) -> None:
    """Writes one channel; an unbuffered file may take less than given."""
    data = np.ascontiguousarray(row).view(np.uint8).data
    while data:
        data = data[file.write(data) :]


def _read_all(file: IO[bytes], row: NDArray[np.float32]) -> None:
    """Fills one channel; what lies behind the end of the file is silence."""
    data = row.view(np.uint8).data
    while data:
        count = file.readinto(data)  # type: ignore[attr-defined]
        if not count:
            row[len(row) - len(data) // _SAMPLE_BYTES :] = 0.0
            return
        data = data[count:]
