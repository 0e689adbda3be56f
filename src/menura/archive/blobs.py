"""`Blobs`: files that tasks name by their SHA-256, kept so that a take can be made again.

In the data folder, below `blobs`: one file for each digest, called by it, never changed. Whoever
wants a recording forgotten removes its file; a task that names it is refused from then on.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from menura.audio.files import open_regular
from menura.errors import InvalidInput, NotFound, StorageFailed

if TYPE_CHECKING:
    from typing import BinaryIO

    from menura.audio import Audio
    from menura.audio.limits import Limits

FOLDER = "blobs"
"""Name of the folder, in the data folder."""
MAX_BYTES = 512 * 1024**2
_STEP_BYTES = 2**20
_DRAFT = ".draft-"
_STALE_S = 24 * 3600.0
"""A draft that nobody has touched for a day was left by a process that was ended."""


class Blobs:
    """Files by SHA-256. Safe for many processes at once.

    Args:
        home: the data folder.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def keep(self, path: Path) -> str:
        """Returns the SHA-256 of a file, of which a copy is kept; the same file is kept once.

        Raises:
            NotFound: if there is no such file.
            InvalidInput: if it is no plain file, is empty, or too large to be kept.
            StorageFailed: if the data folder does not take it.
        """
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if not 0 < size <= MAX_BYTES:
                what = "is empty" if size == 0 else f"has more than {MAX_BYTES >> 20} MB"
                raise InvalidInput(f"{path.name:.80} {what}: it is not kept; give a shorter one")
            try:
                return self._copied(file)
            except OSError as error:
                raise StorageFailed(
                    f"cannot keep {path.name:.80} in the data folder: {error.strerror}"
                ) from error

    def open(self, sha256: str) -> BinaryIO:
        """Returns a kept file, open for reading, after its digest has been taken again.

        Raises:
            NotFound: if nothing of that digest is kept.
            StorageFailed: if it is not what was kept, or cannot be read.
        """
        path = self._folder / sha256
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(
                f"this install keeps no file with the SHA-256 {sha256:.12}...: give it again"
            ) from error
        except OSError as error:
            raise StorageFailed(f"cannot read {path}: {error.strerror}") from error
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            file.close()
            raise StorageFailed(f"{path} was altered: remove it, and give the file again")
        file.seek(0)
        return file

    def sound(self, sha256: str, limits: Limits) -> Audio:
        """Returns the sound in a kept file, decoded within limits in a process of its own.

        Raises:
            NotFound, StorageFailed: as `open`.
            InvalidAudio: if it cannot be decoded, or is over a limit.
        """
        from menura.audio.decode import Decoder
        from menura.audio.spool import Spool

        with (
            self.open(sha256) as file,
            Decoder(file, limits, f"the recording {sha256:.12}") as decoder,
            Spool(decoder.header.rate, decoder.header.channels) as spool,
        ):
            for block in decoder:
                spool.append(block)
            return spool.audio()

    def _copied(self, file: BinaryIO) -> str:
        """Returns the digest of an open file, whose copy is in its place, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for stale in self._folder.glob(f"{_DRAFT}*"):
            with suppress(OSError):
                if time.time() - stale.stat().st_mtime > _STALE_S:
                    stale.unlink()
        digest = hashlib.sha256()
        descriptor, name = tempfile.mkstemp(prefix=_DRAFT, dir=self._folder)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as copy:
                left = MAX_BYTES
                while step := file.read(min(_STEP_BYTES, left)):
                    digest.update(step)
                    copy.write(step)
                    left -= len(step)
                copy.flush()
                os.fsync(copy.fileno())
            sha256 = digest.hexdigest()
            draft.replace(self._folder / sha256)
        finally:
            with suppress(OSError):
                draft.unlink()
        return sha256
