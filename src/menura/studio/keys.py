"""The keys of the watermark: what a studio marks with, and what it looks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.audio.files import open_regular
from menura.errors import InvalidInput
from menura.safeguards.watermark import PUBLIC_KEY

if TYPE_CHECKING:
    from pathlib import Path

MIN_KEY_BYTES = 16
MAX_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Keys:
    """What a studio marks with, and what it looks for.

    Attributes:
        own: of this deployment; None = it marks with the public key.
    """

    own: bytes | None

    @classmethod
    def read(cls, path: Path | None) -> Keys:
        """Returns the keys of a studio whose own is in a file.

        Args:
            path: the setting `watermark_key`.

        Raises:
            NotFound, StorageFailed: if there is no such file, or it cannot be read.
            InvalidInput: if it is too short or too long for a key.
        """
        if path is None:
            return cls(None)
        with open_regular(path) as file:
            key = file.read(MAX_KEY_BYTES + 1)
        if not MIN_KEY_BYTES <= len(key) <= MAX_KEY_BYTES:
            raise InvalidInput(
                f"the watermark key {path} should have {MIN_KEY_BYTES} to {MAX_KEY_BYTES} bytes"
            )
        return cls(key)

    @property
    def searched(self) -> tuple[bytes, ...]:
        """What is looked for in a sound."""
        return (PUBLIC_KEY,) if self.own is None else (self.own, PUBLIC_KEY)

    @property
    def marking(self) -> bytes:
        """What takes are marked with."""
        return self.searched[0]

    @property
    def digest(self) -> str | None:
        """SHA-256 of the own key, in a take's id: another key makes other samples."""
        return None if self.own is None else hashlib.sha256(self.own).hexdigest()
