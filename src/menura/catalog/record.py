"""`Record`: what the store has written down about one installed model."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.catalog.entries import layout_card, model_card
from menura.catalog.installed import again
from menura.catalog.model import check_name
from menura.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from menura.catalog.card import Card

FORMAT = 1
MAX_RECORD_BYTES = 4 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file as it was when its digest was taken.

    Attributes:
        sha256: its digest.
        size: in bytes.
        mtime_ns: when it was last written, ns since 1970.
    """

    sha256: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One installed model.

    Attributes:
        name: what it goes by.
        id: first digits of a digest of all its files; names their folder.
        origin: where it came from, in words.
        added_at: ISO 8601, UTC.
        facts: what its card says beyond its layout; None if menura has a card of that name.
        files: by name.
    """

    name: str
    id: str
    origin: str
    added_at: str
    facts: Mapping[str, Any] | None
    files: Mapping[str, Stored]

    def card(self) -> Card:
        """Returns the model's card; its version names the files, too.

        Raises:
            InvalidInput: if what is written down makes no card.
        """
        card = model_card(self.name) if self.facts is None else layout_card(self.facts, self.name)
        if card is None:
            raise InvalidInput(f"menura has no card for {self.name} any more: import it again")
        return dataclasses.replace(card, version=f"{card.version}+{self.id}")

    def write(self, path: Path) -> None:
        """Puts the record in its place, whole, on the disk: before that moment nothing is there.

        Raises:
            OSError: if the disk does not take it.
        """
        text = json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1)
        draft = path.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)

    @classmethod
    def read(cls, path: Path) -> Record:
        """Returns the record in a file.

        Raises:
            StorageFailed: if it cannot be read, or is none.
        """
        try:
            with path.open("rb") as file:
                values = json.loads(file.read(MAX_RECORD_BYTES))
            files = {
                check_name(name): Stored(**facts) for name, facts in values.pop("files").items()
            }
            record = {FORMAT: cls}[values.pop("format")](**values, files=files)
            # Both name files: they are what they should be, or it is no record.
            path.with_name(f"{record.name}.json").relative_to(path)
            int(record.id, 16)
        except OSError as error:
            raise StorageFailed(f"cannot read {path}: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise StorageFailed(
                f"the record of the model {path.stem} is damaged: {again(path.stem)}"
            ) from error
        return record


def identity(digests: Mapping[str, str]) -> str:
    """Returns the short name of a set of files: the first 12 digits of a digest of digests."""
    lines = "".join(f"{name} {digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()[:12]


def sync_folder(folder: Path) -> None:
    """Has a folder's entries written to the disk, where that can be asked for."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
