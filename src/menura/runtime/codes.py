"""`Codes`: what a codec makes of a sound, and the file they are kept in."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.audio.files import atomic
from menura.errors import InvalidInput, MenuraError, StorageFailed

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

FORMAT = 1
MAX_FILE_BYTES = 256 * 1024**2
MAX_CODES = 2**28
MAX_SCALE = 1e3
"""Of a segment: a codec that norms what it codes keeps the level (RMS) there, at most 1."""
_SINGLE = ("format", "rate", "frames", "model", "model_id", "loudness")
_KEYS = (*_SINGLE, "lengths", "scales", "codes")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A stretch of sound coded on its own.

    Attributes:
        codes: shape (quantizers, time), int64.
        scale: what the decoded samples are multiplied by.
    """

    codes: NDArray[np.int64]
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """A coded sound.

    Attributes:
        segments: in order; one, unless the codec works in segments.
        rate: frames of sound per second, Hz.
        frames: frames of sound.
        model: name of the codec; "" if it is not known.
        model_id: digest of the codec's files, 12 hex digits, as the store names them.
        loudness_lufs: integrated loudness of the sound that was coded; None if too short or silent.
    """

    segments: tuple[Segment, ...]
    rate: int
    frames: int
    model: str = ""
    model_id: str = ""
    loudness_lufs: float | None = None

    @property
    def codebooks(self) -> int:
        """How many codebooks are used."""
        return int(self.segments[0].codes.shape[0])

    def save(self, path: Path) -> None:
        """Writes the codes as an npz file, whole or not at all.

        Raises:
            InvalidInput: if the path cannot be a file.
            StorageFailed: if the file cannot be written.
        """
        lengths = [segment.codes.shape[1] for segment in self.segments]
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            format=np.int64(FORMAT),
            rate=np.int64(self.rate),
            frames=np.int64(self.frames),
            lengths=np.array(lengths, np.int64),
            scales=np.array([segment.scale for segment in self.segments], np.float64),
            model=np.str_(self.model),
            model_id=np.str_(self.model_id),
            loudness=np.float64(np.nan if self.loudness_lufs is None else self.loudness_lufs),
            codes=np.concatenate([s.codes for s in self.segments], axis=1).astype(np.uint16),
        )
        with atomic(path) as unfinished:
            unfinished.write_bytes(buffer.getbuffer())

    @classmethod
    def load(cls, path: Path) -> Codes:
        """Returns the codes of a file that `save` wrote.

        Raises:
            InvalidInput: if it is not one.
            StorageFailed: if it cannot be read.
        """
        try:
            with path.open("rb") as file:
                return cls.read(file, path.name)
        except OSError as error:
            if isinstance(error, MenuraError):
                raise
            raise StorageFailed(f"cannot read {path.name}: {error.strerror}") from error

    @classmethod
    def read(cls, file: BinaryIO, name: str) -> Codes:
        """Returns the codes in an open file, whoever wrote it.

        Raises:
            InvalidInput: if it holds none, in words that call the file `name`.
            OSError: if it cannot be read.
        """
        try:
            _check_size(file, name)
            with np.load(file, allow_pickle=False) as archive:
                values = {key: archive[key] for key in _KEYS}
        except MenuraError:
            raise
        except (
            ValueError, KeyError, TypeError, EOFError, MemoryError, NotImplementedError,
            RuntimeError, zipfile.BadZipFile, zlib.error,
        ) as error:  # fmt: skip
            raise InvalidInput(f"{name} is no file of codes, or only a part of one") from error
        lengths, scales, codes = values["lengths"], values["scales"], values["codes"]
        fits = (
            all(values[key].shape == () for key in _SINGLE)
            and all(values[key].dtype == np.int64 for key in ("format", "rate", "frames"))
            and all(values[key].dtype.kind == "U" for key in ("model", "model_id"))
            and (codes.dtype, lengths.dtype, scales.dtype) == (np.uint16, np.int64, np.float64)
            and codes.ndim == 2
            and lengths.ndim == 1
            and len(lengths) > 0
            and lengths.shape == scales.shape
            and 0 < lengths.min() <= lengths.max() <= codes.shape[1]
            and int(lengths.sum()) == codes.shape[1]
            and bool((np.abs(scales) <= MAX_SCALE).all())
            and 0 < int(values["frames"]) <= MAX_CODES
            and int(values["format"]) == FORMAT
        )
        if not fits:
            raise InvalidInput(f"{name} holds codes that do not fit together, or another format")
        pieces = np.split(codes.astype(np.int64), np.cumsum(lengths)[:-1], axis=1)
        loudness = float(values["loudness"])
        return cls(
            tuple(Segment(p, float(s)) for p, s in zip(pieces, scales, strict=True)),
            int(values["rate"]),
            int(values["frames"]),
            model=str(values["model"])[:64],
            model_id=str(values["model_id"])[:64],
            loudness_lufs=loudness if -100.0 <= loudness <= 20.0 else None,
        )


def _check_size(file: BinaryIO, name: str) -> None:
    """Refuses an archive whose arrays would unpack to more than any codes take up."""
    file.seek(0, io.SEEK_END)
    packed = file.tell()
    with zipfile.ZipFile(file) as archive:
        size = math.fsum(info.file_size for info in archive.infolist())
    if packed > MAX_FILE_BYTES or size > 2 * MAX_CODES:
        raise InvalidInput(f"{name} is larger than any file of codes")
    file.seek(0)
