"""`Installed`: a model that is there to be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from menura.catalog.card import Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A model that is installed.

    Attributes:
        name: what it goes by.
        folder: where its files are.
        card: its card; the version names the files, too.
        files: their SHA-256 by name, with `/`.
        origin: where it came from, in words.
        added_at: ISO 8601, UTC.
    """

    name: str
    folder: Path
    card: Card
    files: Mapping[str, str]
    origin: str = ""
    added_at: str = ""

    def path(self, pattern: str) -> Path:
        """Returns the first file whose name ends in `pattern`.

        Raises:
            StorageFailed: if there is none.
        """
        for name in sorted(self.files):
            if name.endswith(pattern):
                return self.folder / name
        raise StorageFailed(f"the model {self.name} has no file {pattern}; {again(self.name)}")


def again(name: str) -> str:
    """Returns what to do about a model that is damaged."""
    return f"`menura models remove {name}`, then add or import it again"
