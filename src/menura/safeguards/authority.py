"""`Authority`: who signs the manifests of this install, and the secret behind its take ids.

On first use an install makes its own certificate authority, lets it sign one certificate, and
drops the authority's private key. What stays in `<home>/authority` is

- `ca.pem`: the authority's certificate, the anchor that makes our own files `trusted`
- `chain.pem`, `leaf.key`: the signing certificate with its issuer, and its key
- `identity.key`: 32 random bytes for HMAC

The folder appears complete or not at all, and is never repaired on the quiet: a new identity
changes the ids of takes and the state of every file signed before, so a person decides that.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from menura.errors import InvalidInput, StorageFailed
from menura.safeguards.certificates import check_anchors, check_credential, generate

if TYPE_CHECKING:
    from menura.safeguards.certificates import Credential
    from menura.settings import Settings

_CA, _CHAIN, _LEAF_KEY, _IDENTITY = "ca.pem", "chain.pem", "leaf.key", "identity.key"
_IDENTITY_BYTES: Final = 32
_MAX_FILE_BYTES: Final = 1024 * 1024
# A clock before this day was never set, and what it would date has expired by now.
_EARLIEST: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """The identity that signs.

    Attributes:
        chain_pem: the signing certificate, then its issuers.
        key_pem: its private key, PKCS8.
        anchors_pem: the certificates that make a manifest `trusted` here: this install's own
            authority, the issuers of a configured chain, the configured anchors.
        algorithm: the signature algorithm in C2PA's spelling, such as `es256`.
        issuer: the name that manifests show: the organisation of the signing certificate.
        fingerprint: SHA-256 of the signing certificate (DER), 64 hex digits.
    """

    chain_pem: str = field(repr=False)
    key_pem: str = field(repr=False)
    anchors_pem: str = field(repr=False)
    algorithm: str
    issuer: str
    fingerprint: str
    _identity: bytes = field(repr=False)

    @classmethod
    def open(cls, settings: Settings) -> Authority:
        """Returns this install's authority, made on first use.

        Any number of processes may do this at once on an empty data folder: all get the same.

        Raises:
            InvalidInput: if a configured certificate, key or anchor cannot be used.
            StorageFailed: if the data folder cannot be written, or what it holds is damaged or
                has expired.
        """
        folder = settings.home / "authority"
        if not _is_made(folder):
            _make(folder)
        files = _read_own(folder)
        try:
            credential = check_credential(files[_CHAIN], files[_LEAF_KEY])
            anchors = [check_anchors(files[_CA])]
        except InvalidInput as error:
            raise StorageFailed(_unusable(folder, str(error))) from error
        if settings.signing_cert is not None and settings.signing_key is not None:
            credential = _configured(settings.signing_cert, settings.signing_key)
            anchors.append(credential.issuers_pem)
        anchors.append(_given_anchors(settings))
        return cls(
            chain_pem=credential.chain_pem,
            key_pem=credential.key_pem,
            anchors_pem="".join(anchors),
            algorithm=credential.algorithm,
            issuer=credential.name,
            fingerprint=credential.fingerprint,
            _identity=files[_IDENTITY],
        )

    @classmethod
    def known_anchors(cls, settings: Settings) -> str:
        """Returns the certificates this install trusts; unlike `open`, it makes none.

        Raises:
            InvalidInput, StorageFailed: as `open`.
        """
        if _is_made(settings.home / "authority"):
            return cls.open(settings).anchors_pem
        return _given_anchors(settings)

    def take_id(self, canonical: bytes) -> str:
        """Returns the id of a take: 12 hex digits, 48 bits of HMAC-SHA256 with this install's key.

        Args:
            canonical: the recipe in its canonical form. The same recipe always gets the same id
                here; without the key, nobody can test guesses of a recipe against an id.
        """
        # The prefix keeps this use of the key apart from every other.
        return hmac.new(self._identity, b"take\0" + canonical, hashlib.sha256).hexdigest()[:12]


def _given_anchors(settings: Settings) -> str:
    """Returns the certificates of the setting `trust_anchors`; empty if it is not set."""
    if settings.trust_anchors is None:
        return ""
    given = _read_given("trust_anchors", settings.trust_anchors)
    try:
        return check_anchors(given)
    except InvalidInput as error:
        raise InvalidInput(f"trust_anchors {settings.trust_anchors}: {error}") from error


def _is_made(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageFailed(f"cannot read {folder}: {error.strerror}") from error


def _make(folder: Path) -> None:
    """Prepares the whole folder beside its place and moves it there; the first to arrive stays.

    A folder cannot be renamed onto one that is not empty, so no lock is needed that a crash could
    leave behind, and at no moment is half of the files there.
    """
    if datetime.now(UTC) < _EARLIEST:
        raise StorageFailed("the clock of this machine is not set: set it, then try again")
    ca_pem, chain_pem, key_pem = generate()
    files = {
        _CA: ca_pem,
        _CHAIN: chain_pem,
        _LEAF_KEY: key_pem,
        _IDENTITY: secrets.token_bytes(_IDENTITY_BYTES),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".authority-", dir=folder.parent))  # mode 0700
        try:
            for name, content in files.items():
                _write(draft / name, content)
            _move(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except StorageFailed:
        raise
    except OSError as error:
        raise StorageFailed(
            f"cannot make the signing identity in {folder.parent}: {error.strerror}; "
            "make that folder writable, or set MENURA_HOME to another"
        ) from error


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(draft: Path, folder: Path) -> None:
    try:
        draft.rename(folder)
    except OSError:
        if not _is_made(folder):
            raise
        return
    # So that the rename survives a power cut, where folders can be synced at all.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read_own(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        _tighten(folder, 0o700)
        for name in (_CA, _CHAIN, _LEAF_KEY, _IDENTITY):
            path = folder / name
            _tighten(path, 0o600)
            with path.open("rb") as file:
                files[name] = file.read(_MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise StorageFailed(_unusable(folder, f"{Path(error.filename).name} is missing")) from error
    except OSError as error:
        raise StorageFailed(f"cannot read {error.filename}: {error.strerror}") from error
    if len(files[_IDENTITY]) != _IDENTITY_BYTES:
        raise StorageFailed(_unusable(folder, f"{_IDENTITY} is not {_IDENTITY_BYTES} bytes long"))
    return files


def _tighten(path: Path, mode: int) -> None:
    """Takes back rights that others have, as a restored backup or a copy leaves them."""
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        path.chmod(mode)


def _unusable(folder: Path, why: str) -> str:
    return (
        f"the signing identity in {folder} cannot be used: {why}; restore that folder from a "
        "backup, or move it away to get a new identity (older files then count as valid, "
        "not trusted)"
    )


def _configured(chain: Path, key: Path) -> Credential:
    chain_pem, key_pem = _read_given("signing_cert", chain), _read_given("signing_key", key)
    try:
        return check_credential(chain_pem, key_pem)
    except InvalidInput as error:
        raise InvalidInput(f"cannot sign with {chain}: {error}") from error


def _read_given(setting: str, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES)
    except OSError as error:
        raise InvalidInput(f"cannot read {setting} {path}: {error.strerror}") from error
