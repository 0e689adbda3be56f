"""Moving large files: copies and digests by the piece, room on the disk, errors of the disk."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from typing import TYPE_CHECKING

from menura.audio.files import open_regular
from menura.errors import MenuraError, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PIECE_BYTES = 4 * 1024**2
SPARE_BYTES = 64 * 1024**2
"""What stays free on a disk that a model is put on."""


def copy(
    sources: Mapping[str, Path], folder: Path, progress: Callable[[float], None]
) -> dict[str, str]:
    """Copies files into a new folder, on the disk, and returns their digests.

    Args:
        sources: name in the folder, with `/`, -> file.
        folder: made here.
        progress: called with the share done.

    Raises:
        StorageFailed: if the disk is full, or does not take them.
        InvalidInput: if a source cannot be read.
    """
    whole = sum(path.stat().st_size for path in sources.values()) or 1
    check_room(folder, whole)
    digests: dict[str, str] = {}
    done = 0
    with storage("cannot copy the model"):
        for name, source in sources.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with open_regular(source) as old, target.open("xb") as new:
                while piece := old.read(PIECE_BYTES):
                    digest.update(piece)
                    new.write(piece)
                    done += len(piece)
                    progress(min(1.0, done / whole))
                new.flush()
                os.fsync(new.fileno())
            digests[name] = digest.hexdigest()
    return digests


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file, as hex digits.

    Raises:
        StorageFailed: if it cannot be read.
    """
    with storage(f"cannot read {path.name}"), open_regular(path) as file:
        taken = hashlib.sha256()
        while piece := file.read(PIECE_BYTES):
            taken.update(piece)
        return taken.hexdigest()


def stamp(path: Path) -> tuple[int, int] | None:
    """Returns size and time of change (ns) of a plain file; None if there is none, or a link."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return (facts.st_size, facts.st_mtime_ns) if stat.S_ISREG(facts.st_mode) else None


def sync(path: Path) -> None:
    """Has a file written to the disk."""
    with storage(f"cannot write {path.name}"), path.open("r+b") as file:
        os.fsync(file.fileno())


def size_of(folder: Path) -> int:
    """Returns how many bytes the files below a folder have."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def check_room(folder: Path, needed: int) -> None:
    """Refuses what a disk has no room for, before anything is written.

    Raises:
        StorageFailed: if less is free than is needed, and a little to spare.
    """
    there = folder
    while not there.exists():
        there = there.parent
    with storage(f"cannot look at the disk of {there}"):
        free = shutil.disk_usage(there).free
    if needed + SPARE_BYTES > free:
        raise StorageFailed(
            f"the disk of {there} has {free / 1e6:,.0f} MB free, and "
            f"{(needed + SPARE_BYTES) / 1e6:,.0f} MB are needed: make room, or set MENURA_HOME to "
            "another disk"
        )


def is_full(error: BaseException) -> bool:
    """Returns whether an error says that a disk is full."""
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def storage(what: str) -> Iterator[None]:
    """Turns the system's errors about files into ours."""
    try:
        yield
    except MenuraError:
        raise
    except OSError as error:
        if is_full(error):
            raise StorageFailed(
                f"{what}: the disk is full; make room and run the command again"
            ) from error
        raise StorageFailed(f"{what}: {error.strerror or error}") from error
