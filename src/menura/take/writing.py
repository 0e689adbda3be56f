"""Writing: a sound as a file that is encoded, tagged and signed, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.audio import files
from menura.audio.chapters import settled
from menura.audio.spool import let_go
from menura.audio.telephone import gain_to_line
from menura.errors import InvalidInput, shown
from menura.safeguards.provenance import sidecar_path, sign, sign_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from menura.audio import Audio
    from menura.audio.formats import Format
    from menura.take.origin import Origin
    from menura.text.captions import Chapter

WRITE_FRAMES = 2**16


def write(
    audio: Audio,
    path: Path,
    format: Format,  # noqa: A002
    origin: Origin,
    *,
    chapters: Sequence[Chapter] = (),
    progress: Callable[[float], None] | None = None,
) -> None:
    """Encodes, tags and signs, in this order, and only then puts the file in its place.

    Args:
        audio: of a take, or one of its stems.
        path: where.
        format: what kind of file.
        origin: what the file says about where it comes from.
        chapters: of the file, where its format can carry them.
        progress: called with the share that is written; what it raises leaves nothing behind.

    Raises:
        InvalidInput: if the format or the path cannot be used.
        StorageFailed: if the disk does not take it.
    """
    claim = origin.claim(format.mime, audio.duration_s)
    line_gain_db = gain_to_line(pieces(audio), format.law) if format.law else None
    with files.atomic(path) as unsigned:
        files.fill(
            unsigned,
            pieces(audio, progress),
            format,
            origin.tags(),
            chapters=settled(chapters, audio.duration_s),
            line_gain_db=line_gain_db,
        )
        if format.embeds_manifest:
            signed = unsigned.with_name(f"{unsigned.name}.signed")
            try:
                sign(origin.authority, claim, unsigned, signed)
                signed.chmod(0o600)
                signed.replace(unsigned)
            finally:
                signed.unlink(missing_ok=True)
        else:
            with files.atomic(sidecar_path(path)) as sidecar:
                sidecar.write_bytes(sign_sidecar(origin.authority, claim, unsigned))


def check_progress(progress: object) -> None:
    """Refuses what is to be told of progress and cannot be.

    Raises:
        InvalidInput: if it is neither None nor callable.
    """
    if progress is not None and not callable(progress):
        raise InvalidInput(f"progress is told to a function, not to {shown(progress)}")


def pieces(audio: Audio, progress: Callable[[float], None] | None = None) -> Iterator[Audio]:
    """Yields a sound in pieces, of which memory is given back once they are done with.

    Args:
        audio: of any length.
        progress: called with the share that is done.
    """
    for start in range(0, audio.frames, WRITE_FRAMES):
        if progress is not None:
            progress(start / audio.frames)
        yield audio.slice(start, start + WRITE_FRAMES)
        let_go(audio)


def part_of(
    progress: Callable[[float], None] | None, done: int, parts: int
) -> Callable[[float], None] | None:
    """Returns what tells the progress of one of several equal parts as that of them all."""
    return progress and (lambda share: progress((done + share) / parts))
