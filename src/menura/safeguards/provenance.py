"""The signed record of a file (C2PA): what made it, when and how, bound to its bytes.

`sign` puts the record into a WAV, MP3, FLAC or M4A; `sign_sidecar` makes one that stands beside
any other file. Write tags first and sign last: a byte changed afterwards breaks the binding.
`read` checks a record. C2PA technical specification 2.3; time stamps are not asked for, since
that takes a connection.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from menura.errors import EngineFailed, InvalidAudio, InvalidInput, StorageFailed
from menura.safeguards.claim import Claim, define
from menura.safeguards.containers import Binding, hash_all, is_plain_wav, write_wav
from menura.safeguards.manifest import Manifest, clean, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from menura.safeguards.authority import Authority

__all__ = ["Claim", "Manifest", "read", "sidecar_path", "sign", "sign_sidecar"]

# Media types in use for the four formats, and which of them c2pa-rs knows.
_EMBEDDING: Final = {
    "audio/wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/mp3": "audio/mpeg",
    "audio/flac": "audio/flac",
    "audio/x-flac": "audio/flac",
    "audio/mp4": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/x-m4a": "audio/mp4",
}
# The media type of a record on its own.
_RECORD: Final = "application/c2pa"
_SETTINGS: Final = {
    "builder": {"thumbnail": {"enabled": False}},
    # Above this, c2pa-rs drafts the signed file on disk, not in memory.
    "core": {"backing_store_memory_threshold_in_mb": 16},
    # Checking it at once would read the whole sound once more.
    "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


def sidecar_path(path: Path) -> Path:
    """Returns where the record of a file that cannot hold one is kept: `<name>.c2pa` beside it."""
    return path.with_name(f"{path.name}.c2pa")


def sign(authority: Authority, claim: Claim, source: Path, destination: Path) -> bytes:
    """Writes `source` with its record to `destination`; returns the record.

    The sound and the tags stay as they are. A WAV takes 1 MB of memory whatever its length; MP3,
    FLAC and M4A take up to twice 256 MB, the hashing buffer of c2pa-rs, when they are that long.

    Raises:
        InvalidInput: if that format cannot hold a record, or both paths are one.
        InvalidAudio: if the file is not what `claim.mime` says, or is a WAV whose header does
            not state its size; a sidecar can be signed for it.
        StorageFailed: if a file cannot be read or written; nothing is left at `destination`.
    """
    mime = _EMBEDDING.get(claim.mime.lower())
    if mime is None:
        raise InvalidInput(f"a file of type {claim.mime} cannot hold a record: sign a sidecar")
    if source.resolve() == destination.resolve():
        raise InvalidInput(f"sign {source.name} to another path: a failure would lose it")
    with (
        _storage(source),
        source.open("rb") as original,
        _fresh(destination) as signed,
    ):
        if mime == "audio/wav" and is_plain_wav(original):
            return write_wav(original, signed, lambda at: _seal(authority, claim, at))
        original.seek(0)
        watched = _Watched(signed)
        try:
            return _run(authority, define(claim), mime, original, watched)
        except InvalidAudio:
            if watched.failure is not None:
                raise watched.failure from None
            raise


def sign_sidecar(authority: Authority, claim: Claim, source: Path) -> bytes:
    """Returns a record bound to every byte of `source`, to be kept beside it as `<name>.c2pa`.

    Raises:
        StorageFailed: if the file cannot be read.
    """
    with _storage(source), source.open("rb") as original:
        return _seal(authority, claim, hash_all(original))


def _seal(authority: Authority, claim: Claim, binding: Binding) -> bytes:
    """Signs a record for bytes that were hashed here; c2pa-rs never sees them."""
    skipped = {"start": binding.start, "length": binding.length}
    hashed = {
        "exclusions": [skipped] if binding.length else [],
        "name": "jumbf manifest",
        "alg": "sha256",
        "hash": list(binding.sha256),
        "pad": [],
    }
    definition = define(claim)
    definition["assertions"].append({"label": "c2pa.hash.data", "created": True, "data": hashed})
    return _run(authority, definition, _RECORD, io.BytesIO(), io.BytesIO())


def _run(
    authority: Authority,
    definition: dict[str, Any],
    mime: str,
    original: BinaryIO,
    signed: BinaryIO | _Watched,
) -> bytes:
    import c2pa

    info = c2pa.C2paSignerInfo(
        alg=authority.algorithm.encode(),
        sign_cert=authority.chain_pem.encode(),
        private_key=authority.key_pem.encode(),
        ta_url=None,
    )
    try:
        with (
            c2pa.Context.from_dict(_SETTINGS) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(definition, context=context) as builder,
        ):
            if mime == _RECORD:
                builder.set_no_embed()
            record: bytes = builder.sign(signer, mime, original, signed)
    except c2pa.C2paError as error:
        reason = clean(str(error)) or "no reason given"
        if isinstance(error, c2pa.C2paError.Signature) or mime == _RECORD:
            raise EngineFailed(f"the record could not be signed: {reason}") from error
        raise InvalidAudio(
            f"the file cannot hold a record ({reason}): sign a sidecar instead"
        ) from error
    return record


class _Watched:
    """A file that remembers why it would not be written; c2pa-rs only says that it would not."""

    def __init__(self, file: BinaryIO) -> None:
        self.failure: OSError | None = None
        self.read, self.seek = file.read, file.seek
        self.tell, self.flush = file.tell, file.flush
        self._write = file.write

    def write(self, data: bytes) -> int:
        """Returns how many bytes were taken."""
        try:
            return self._write(data)
        except OSError as error:
            self.failure = error
            raise


@contextlib.contextmanager
def _fresh(path: Path) -> Iterator[BinaryIO]:
    """A new file that does not outlive a failure."""
    file = path.open("w+b")
    try:
        with file:
            yield file
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


@contextlib.contextmanager
def _storage(source: Path) -> Iterator[None]:
    try:
        yield
    except StorageFailed:
        raise
    except OSError as error:
        where = error.filename or source
        raise StorageFailed(f"cannot sign {source.name}: {where}: {error.strerror}") from error
