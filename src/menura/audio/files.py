"""Sound files: whole or not at all when written, limited and in another process when read."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from menura.audio.encode import encoder
from menura.audio.limits import Limits
from menura.errors import InvalidInput, MenuraError, NotFound, StorageFailed, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from menura.audio.audio import Audio
    from menura.audio.chapters import Section
    from menura.audio.decode import Header
    from menura.audio.formats import Format

__all__ = ["Limits", "atomic", "blocks", "fill", "probe", "read", "write"]


def write(path: Path, blocks: Iterable[Audio], format: Format, tags: Mapping[str, str]) -> None:  # noqa: A002
    """Writes a sound file, whole or not at all; see `atomic` for what may be at `path`.

    Args:
        path: where.
        blocks: at least one; all of one rate and number of channels.
        format: what kind of file.
        tags: see `menura.audio.tags`; dropped by formats that carry none.

    Raises:
        InvalidInput: if there is no sound, or the format or the path cannot be used.
        StorageFailed: if the disk or the folder does not take it.
    """
    with atomic(path) as temporary:
        fill(temporary, blocks, format, tags)


def fill(
    temporary: Path,
    blocks: Iterable[Audio],
    format: Format,  # noqa: A002
    tags: Mapping[str, str],
    *,
    chapters: Sequence[Section] = (),
    line_gain_db: float | None = None,
) -> None:
    """Encodes into the file that `atomic` made, lengths in its headers and all.

    Args:
        temporary: the file.
        blocks: at least one; all of one rate and number of channels.
        format: what kind of file.
        tags: see `menura.audio.tags`.
        chapters: see `encoder`.
        line_gain_db: see `encoder`.

    Raises:
        InvalidInput: if there is no sound, or the format cannot carry it.
        StorageFailed: if the disk is full.
    """
    iterator = iter(blocks)
    first = next(iterator, None)
    if first is None:
        raise InvalidInput("there is no sound to write")
    encoding = encoder(
        format,
        first.rate,
        first.channels,
        tags,
        seekable=True,
        chapters=chapters,
        line_gain_db=line_gain_db,
    )
    with _storage_errors(temporary), temporary.open("r+b") as file:
        file.write(encoding.encode(first))
        for block in iterator:
            file.write(encoding.encode(block))
        file.write(encoding.finish())
        for offset, data in encoding.patches:
            file.seek(offset)
            file.write(data)


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields an empty temporary file beside `path` that takes its place if the block succeeds.

    The temporary file is ours alone (mode 0600) until the end, and is removed if anything fails;
    what was at `path` then stays as it was. `path` may be free, or a regular file. If it is a
    symbolic link to one (or to nothing), the *link* is replaced: nothing is ever written through
    it. Folders, devices, pipes and links to them are refused.

    Raises:
        InvalidInput: if the path cannot be a file.
        StorageFailed: if the disk or the folder does not take it.
    """
    mode = check_target(path)
    temporary = path.parent / f".menura-{secrets.token_hex(8)}{path.suffix[:16]}"
    with _storage_errors(path):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(temporary, flags, 0o666)
    try:
        # The mode it was made with has the umask applied: the way to ask for it without a race.
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode) if mode is None else mode
        os.close(descriptor)
        with _storage_errors(path):
            temporary.chmod(0o600)
        yield temporary
        with _storage_errors(path):
            _settle(temporary, mode, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def read(path: Path, limits: Limits | None = None) -> Audio:
    """Returns the sound in a file; a long one is mapped from a temporary file, not held.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it cannot be decoded, or is over a limit.
    """
    from menura.audio.decode import Decoder
    from menura.audio.spool import Spool

    with (
        open_regular(path) as file,
        Decoder(file, limits or Limits(), path.name) as decoder,
        Spool(decoder.header.rate, decoder.header.channels) as spool,
    ):
        for block in decoder:
            spool.append(block)
        return spool.audio()


def blocks(path: Path, limits: Limits | None = None, block_frames: int = 65_536) -> Iterator[Audio]:
    """Yields the sound in a file in blocks of `block_frames`; the last may be shorter.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it cannot be decoded, or is over a limit; maybe only after some blocks.
    """
    from menura.audio.blocks import regrouped
    from menura.audio.decode import Decoder

    with open_regular(path) as file, Decoder(file, limits or Limits(), path.name) as decoder:
        yield from regrouped(decoder, block_frames)


def probe(path: Path, limits: Limits | None = None) -> Header:
    """Returns what the file says of itself: rate, channels, length, codec, tags.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it is not a sound file menura reads, or is over a limit.
    """
    from menura.audio.decode import Decoder

    with (
        open_regular(path) as file,
        Decoder(file, limits or Limits(), path.name, probe=True) as decoder,
    ):
        return decoder.header


def to_path(value: object) -> Path:
    """Returns the path that a caller names.

    Raises:
        InvalidInput: if it is neither text nor a path.
    """
    try:
        return Path(value)  # type: ignore[arg-type]
    except TypeError as error:
        raise InvalidInput(f"a path is text or a pathlib.Path, not {shown(value)}") from error


def open_regular(path: Path) -> BinaryIO:
    """Opens a regular file for reading; never waits on a pipe, never opens a device.

    Raises:
        NotFound: if there is no such file.
        InvalidInput: if it is something else, or may not be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {_shown(path)}") from error
    except (OSError, ValueError) as error:
        no_name = "the name holds a NUL" if "\0" in str(path) else "no file has such a name"
        reason = getattr(error, "strerror", None) or no_name
        raise InvalidInput(f"cannot read {_shown(path)}: {reason}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInput(f"cannot read {_shown(path)}: it is not a plain file")
    return os.fdopen(descriptor, "rb")


def check_target(path: Path) -> int | None:
    """Refuses a path that no file could be written to, before there is anything to write.

    Returns:
        The permissions of the file that would be replaced; None if there is none.

    Raises:
        InvalidInput: if it names no file, or its folder does not exist.
        StorageFailed: if the folder may not be written.
    """
    if not path.name or "\0" in str(path) or any("\ud800" <= c <= "\udc7f" for c in str(path)):
        raise InvalidInput(f"cannot write to {_shown(path)}: it names no file")
    try:
        found = path.stat()
    except FileNotFoundError as error:
        if not path.parent.is_dir():
            raise _translated(error, path) from error
        if not os.access(path.parent, os.W_OK):
            raise StorageFailed(
                f"cannot write {_shown(path)}: its folder may not be written to"
            ) from error
        return None
    except OSError as error:
        raise _translated(error, path) from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise InvalidInput(f"cannot write to {_shown(path)}: it is {kind}; name a file")
    return stat.S_IMODE(found.st_mode) & 0o777


def _settle(temporary: Path, mode: int, path: Path) -> None:
    """Puts the finished file on the disk, then in its place, then the folder on the disk."""
    with temporary.open("r+b") as file:
        os.fsync(file.fileno())
    temporary.chmod(mode)
    temporary.replace(path)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    """Turns the system's errors about files into ours; leaves all others."""
    try:
        yield
    except MenuraError:
        raise
    except OSError as error:
        raise _translated(error, path) from error


def _translated(error: OSError, path: Path) -> MenuraError:
    shown = _shown(path)
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return InvalidInput(f"cannot write {shown}: its folder does not exist; make it first")
    if error.errno in {errno.ENAMETOOLONG, errno.EISDIR, errno.ELOOP, errno.EINVAL}:
        return InvalidInput(f"cannot write {shown}: {error.strerror}")
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageFailed(f"cannot write {shown}: the disk is full; nothing was kept")
    return StorageFailed(f"cannot write {shown}: {error.strerror}")


def _shown(path: Path) -> str:
    """The path for a message: no control characters, not endless."""
    text = ascii(str(path))[1:-1] if not str(path).isprintable() else str(path)
    return text if len(text) <= 120 else f"{text[:50]}...{text[-50:]}"
