"""`Codes`: what a codec makes of a sound, and the file they are kept in."""

from __future__ import annotations

import io
import math
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from menura.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
MAX_FILE_BYTES = 256 * 1024**2
MAX_CODES = 2**28


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
    """

    segments: tuple[Segment, ...]
    rate: int
    frames: int

    def save(self, path: Path) -> None:
        """Writes the codes as an npz file, whole or not at all.

        Raises:
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
            codes=np.concatenate([s.codes for s in self.segments], axis=1).astype(np.uint16),
        )
        try:
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                partial = Path(file.name)
                try:
                    file.write(buffer.getbuffer())
                except OSError:
                    partial.unlink(missing_ok=True)
                    raise
            os.replace(partial, path)  # noqa: PTH105 - over an existing file on every platform
        except OSError as error:
            raise StorageFailed(f"cannot write {path.name}: {error.strerror}") from error

    @classmethod
    def load(cls, path: Path) -> Codes:
        """Returns the codes of a file that `save` wrote.

        Raises:
            InvalidInput: if it is not one.
            StorageFailed: if it cannot be read.
        """
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise InvalidInput(f"{path.name} is larger than any file of codes")
            _check_size(path)
            with np.load(path, allow_pickle=False) as archive:
                if int(archive["format"]) != FORMAT:
                    raise InvalidInput(f"{path.name} holds codes of another format")
                rate, frames = int(archive["rate"]), int(archive["frames"])
                lengths, scales = archive["lengths"], archive["scales"]
                codes = archive["codes"].astype(np.int64)
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(f"{path.name} is no file of codes, or only a part of one") from error
        except OSError as error:
            raise StorageFailed(f"cannot read {path.name}: {error.strerror}") from error
        fits = (
            codes.ndim == 2
            and lengths.ndim == 1
            and len(lengths) > 0
            and lengths.shape == scales.shape
            and lengths.min() > 0
            and int(lengths.sum()) == codes.shape[1]
            and bool(np.isfinite(scales).all())
            and frames > 0
        )
        if not fits:
            raise InvalidInput(f"{path.name} holds codes that do not fit together")
        pieces = np.split(codes, np.cumsum(lengths)[:-1], axis=1)
        segments = [Segment(p, float(s)) for p, s in zip(pieces, scales, strict=True)]
        return cls(tuple(segments), rate, frames)


def _check_size(path: Path) -> None:
    """Refuses an archive whose arrays would unpack to more than any codes take up."""
    with zipfile.ZipFile(path) as archive:
        size = math.fsum(info.file_size for info in archive.infolist())
    if size > 2 * MAX_CODES:
        raise InvalidInput(f"{path.name} is larger than any file of codes")
