"""The hub: what a repository there holds, and its files, fetched where a download stopped.

The only module that opens the network, and only when a model is added. No token is sent.
"""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from menura.catalog import transfer
from menura.errors import NotFound, StorageFailed
from menura.settings import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One file on the hub.

    Attributes:
        name: with `/`.
        size: in bytes.
        sha256: its digest, if the hub or the card states it.
    """

    name: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What the hub has in a repository at one commit: files by name."""

    commit: str
    files: Mapping[str, Remote]


class Watched(io.BufferedWriter):
    """A file that grows at its end and says how long it has become.

    Args:
        path: the file; made if it is not there.
        progress: called with its length in bytes after each piece.
    """

    def __init__(self, path: Path, progress: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path, "ab"))
        self._progress = progress

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        """Writes a piece at the end."""
        written = super().write(piece)
        self._progress(self.tell())
        return written


def listing(repository: str, revision: str) -> Listing:
    """Returns what the hub has in a repository.

    Raises:
        NotFound: if there is no such repository or revision, or not for everybody.
        StorageFailed: if the hub cannot be reached.
    """
    from huggingface_hub import HfApi

    with _network(repository):
        info = HfApi(library_name="menura", library_version=VERSION, token=False).model_info(
            repository, revision=revision, files_metadata=True
        )
    files = {
        each.rfilename: Remote(
            name=each.rfilename, size=each.size or 0, sha256=each.lfs.sha256 if each.lfs else None
        )
        for each in info.siblings or ()
    }
    return Listing(commit=info.sha or revision, files=files)


def bring(
    repository: str,
    commit: str,
    files: Mapping[str, Remote],
    folder: Path,
    progress: Callable[[float], None],
) -> dict[str, str]:
    """Fetches what is not yet in a folder, and returns the digests of all files.

    A file that is still coming is called NAME.part; what is there of it is kept if anything fails.

    Raises:
        NotFound: if the hub does not have a file.
        StorageFailed: if disk or network fail, or a file arrives damaged.
    """
    whole = sum(file.size for file in files.values()) or 1
    parts = {name: folder / f"{name}.part" for name in files}
    here = sum(
        (transfer.stamp(folder / name) or transfer.stamp(part) or (0, 0))[0]
        for name, part in parts.items()
    )
    transfer.check_room(folder, whole - here)
    done = 0
    digests: dict[str, str] = {}
    for name, file in files.items():
        path, part = folder / name, parts[name]
        if transfer.stamp(path) is not None:
            part = path
        else:
            with transfer.storage(f"cannot keep {name}"):
                part.parent.mkdir(parents=True, exist_ok=True)
                _complete(repository, commit, file, part, _from(done, whole, progress))
        digests[name] = transfer.digest(part)
        if part.stat().st_size != file.size or file.sha256 not in {None, digests[name]}:
            part.unlink()
            raise StorageFailed(
                f"{name} did not arrive as {repository} has it (its size or SHA-256 differs); "
                "run the command again"
            )
        transfer.sync(part)
        part.replace(path)
        done += file.size
        progress(done / whole)
    return digests


def _complete(
    repository: str, commit: str, remote: Remote, part: Path, progress: Callable[[int], None]
) -> None:
    """Brings the rest of a file, or all of it."""
    stamp = transfer.stamp(part)
    if stamp is not None and stamp[0] > remote.size:
        part.unlink()
    with Watched(part, progress) as growing:
        if growing.tell() < remote.size:
            fetch(repository, commit, remote, growing)


def _from(done: int, whole: int, progress: Callable[[float], None]) -> Callable[[int], None]:
    return lambda size: progress((done + size) / whole)


def fetch(repository: str, commit: str, remote: Remote, growing: Watched) -> None:
    """Appends what is missing of a file on the hub: all of it, or the rest of a download.

    Raises:
        NotFound: if the hub does not have it.
        StorageFailed: if the hub cannot be reached, or stops.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    with _network(repository):
        # `hf_hub_download` begins anew in every process; what it is made of can go on.
        http_get(
            hf_hub_url(repository, remote.name, revision=commit),
            growing,
            resume_size=growing.tell(),
            expected_size=remote.size,
        )


@contextlib.contextmanager
def _network(repository: str) -> Iterator[None]:
    """Turns what the hub's library raises into our errors."""
    from huggingface_hub.errors import (
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # Its errors are those of its transport and of the system: what it derives its own from.
    failures = cast("tuple[type[Exception], ...]", HfHubHTTPError.__bases__)
    try:
        yield
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise NotFound(
            f"the hub does not have {repository}, or not for everybody: get its files yourself and "
            "`menura models import` them"
        ) from error
    except failures as error:
        if transfer.is_full(error):
            raise
        reason = " ".join(str(error).split())
        raise StorageFailed(
            f"the download from {repository} stopped ({reason:.120}); run the command again: it "
            "goes on where it stopped. Without a network, `menura models import` takes the files "
            "from a folder"
        ) from error
