"""`Font`: a SoundFont file, mapped and not copied (SoundFont 2.04 specification, 2006)."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.instruments.soundfont.chunks import HEAD_BYTES, find_chunks
from menura.engines.music.instruments.soundfont.records import decode_name, read_tables
from menura.engines.music.instruments.soundfont.zones import read_regions
from menura.errors import InvalidAudio, NotFound, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.music.instruments.soundfont.zones import Region

MAX_BYTES = 1 << 30
DRUM_BANK = 128
_SMALL = np.float32(1 / 32_768)
_SMALLER = np.float32(1 / 8_388_608)


class Font:
    """A SoundFont whose tables have been checked.

    Args:
        data: the file, shape (bytes,); may be mapped.
        name: of the file, for messages.

    Raises:
        InvalidAudio: if it is no SoundFont, or a damaged one.
    """

    def __init__(self, data: NDArray[np.uint8], name: str) -> None:
        self.name = name
        chunks = find_chunks(data)
        self._tables = read_tables(data, chunks)
        self._pool = _pool(data, chunks)
        self._fine = _fine(data, chunks, self._pool.size)

    def presets(self) -> list[tuple[int, int, str]]:
        """Returns bank, program and name of all presets, in order of bank and program.

        Drums are in bank 128.
        """
        heads = self._tables.presets.heads[:-1]
        found = [
            (int(head["bank"]), int(head["program"]), decode_name(bytes(head["name"])))
            for head in heads
        ]
        return sorted(found)

    def find(self, program: int, *, drums: bool) -> tuple[int, int]:
        """Returns bank and program of the preset that is meant, or of what stands in for it.

        Without the program in bank 0, the lowest other bank has it; without the kit, the first.

        Raises:
            NotFound: if there is neither.
        """
        banks = [(bank, number) for bank, number, _ in self.presets()]
        if drums:
            fitting = [found for found in banks if found[0] == DRUM_BANK]
            fitting.sort(key=lambda found: found[1] != program)
        else:
            fitting = [found for found in banks if found[0] < DRUM_BANK and found[1] == program]
        if not fitting:
            wanted = "drums" if drums else f"program {program}"
            raise NotFound(f"the soundfont {self.name!r:.60} has no {wanted}")
        return fitting[0]

    def regions(self, bank: int, program: int) -> tuple[Region, ...]:
        """Returns all that sounds in a preset.

        Raises:
            NotFound: if there is no such preset.
            InvalidAudio: if it is damaged, or silent.
        """
        heads = self._tables.presets.heads[:-1]
        found = np.flatnonzero((heads["bank"] == bank) & (heads["program"] == program))
        if not found.size:
            raise NotFound(f"the soundfont {self.name!r:.60} has no preset {bank}:{program}")
        regions = read_regions(self._tables, int(found[0]), self._pool.size)
        if not regions:
            raise InvalidAudio(f"preset {bank}:{program} of {self.name!r:.60} is silent")
        return regions

    def samples(self, start: int, end: int) -> NDArray[np.float32]:
        """Returns some of the file's sound, shape (end - start,), -1 to 1."""
        coarse = self._pool[start:end]
        if self._fine is None:
            return coarse * _SMALL
        wide = coarse.astype(np.int32) * 256 + self._fine[start:end]
        return wide.astype(np.float32) * _SMALLER


def open_font(path: Path | str, max_bytes: int = MAX_BYTES) -> Font:
    """Returns a SoundFont file, opened.

    Args:
        path: of the file; it must not change while the font is in use.
        max_bytes: a longer file is refused.

    Raises:
        InvalidAudio: if it is no SoundFont, a damaged or compressed one, or too long.
        NotFound: if there is no such file.
        StorageFailed: if it cannot be read.
    """
    path = Path(path)
    size = _size(path)
    if size > max_bytes:
        raise InvalidAudio(f"{path.name!r:.60} has {size} bytes: at most {max_bytes} are read")
    if size < HEAD_BYTES:
        raise InvalidAudio(f"{path.name!r:.60} is cut short: it is no soundfont")
    try:
        data = np.memmap(path, np.uint8, mode="r")
    except OSError as error:
        raise StorageFailed(f"{path.name!r:.60} cannot be read: {error.strerror}") from None
    # As a plain array: slices of a memmap cost far more.
    return Font(np.asarray(data), path.name)


def sha256(path: Path | str) -> str:
    """Returns the SHA-256 of a file in hexadecimal digits.

    Raises:
        InvalidAudio: if it is no regular file.
        NotFound: if there is no such file.
        StorageFailed: if it cannot be read.
    """
    path = Path(path)
    _size(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageFailed(f"{path.name!r:.60} cannot be read: {error.strerror}") from None


def _size(path: Path) -> int:
    """Returns the length of a regular file: a pipe would never end."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise NotFound(f"there is no soundfont {path.name!r:.60}") from None
    except OSError as error:
        raise StorageFailed(f"{path.name!r:.60} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(found.st_mode):
        raise InvalidAudio(f"{path.name!r:.60} is no file")
    return found.st_size


def _pool(data: NDArray[np.uint8], chunks: Mapping[str, tuple[int, int]]) -> NDArray[np.int16]:
    if "smpl" not in chunks:
        raise InvalidAudio("the soundfont has no chunk smpl, so no sound")
    if "ifil" in chunks:
        start, end = chunks["ifil"]
        # SF3 keeps its sounds as Ogg Vorbis.
        if end - start >= 2 and int.from_bytes(data[start : start + 2].tobytes(), "little") != 2:
            raise InvalidAudio("the soundfont is not of version 2: unpack it to SF2")
    start, end = chunks["smpl"]
    return data[start : end - (end - start) % 2].view(np.dtype("<i2"))


def _fine(
    data: NDArray[np.uint8], chunks: Mapping[str, tuple[int, int]], frames: int
) -> NDArray[np.uint8] | None:
    """Returns the lowest eight bits of 24, if the file has them for each frame (6.1)."""
    start, end = chunks.get("sm24", (0, 0))
    if not frames or not frames <= end - start <= frames + 1:
        return None
    return data[start : start + frames]
