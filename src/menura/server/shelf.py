"""`Shelf`: the files of rendered takes, kept for a while in a bounded folder."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from typing import TYPE_CHECKING, Any

from menura.errors import StorageFailed
from menura.server.ledger import new_id

if TYPE_CHECKING:
    from pathlib import Path

FACTS = "facts.json"
LEFT_S = 24 * 3600.0
"""Nothing takes so long to render, seconds."""
FRESH_S = 10.0
"""What was used so lately stays, also where there is no room: it may be about to be sent."""


class Shelf:
    """Folders by a name of their own, one for each rendered take of a caller.

    What was used least recently goes first when there is no more room; a take that went is made
    again from its recipe.

    Args:
        folder: where; made when it is needed.
        room_bytes: of all files together.
    """

    def __init__(self, folder: Path, room_bytes: int) -> None:
        self._folder = folder
        self._room_bytes = room_bytes

    def begin(self) -> Path:
        """Returns a new, empty folder to render into; `keep` or `discard` it.

        Raises:
            StorageFailed: if the disk does not take it.
        """
        folder = self._folder / f"new-{new_id()}"
        try:
            folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise StorageFailed(f"cannot write {folder}: {error}") from error
        return folder

    def keep(self, folder: Path, name: str, facts: dict[str, Any]) -> Path:
        """Keeps what was rendered into a folder under a name, and returns its place.

        Args:
            folder: that `begin` gave.
            name: of letters, digits and hyphens.
            facts: to be found with it.

        Raises:
            StorageFailed: if the disk does not take it.
        """
        place = self._folder / name
        try:
            (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")
            self.discard(place)
            folder.rename(place)
            self._make_room(place)
        except OSError as error:
            raise StorageFailed(f"cannot write {place}: {error}") from error
        return place

    def find(self, name: str) -> tuple[Path, dict[str, Any]] | None:
        """Returns the folder kept under a name, and its facts; None if it went."""
        place = self._folder / name
        try:
            facts = json.loads((place / FACTS).read_text(encoding="utf-8"))
            (place / FACTS).touch()  # used just now
        except (OSError, ValueError):
            return None
        return place, facts

    def discard(self, folder: Path) -> None:
        """Forgets a folder."""
        shutil.rmtree(folder, ignore_errors=True)

    def clear(self) -> None:
        """Forgets what was left half made long ago: what is newer another server may be making."""
        limit = time.time() - LEFT_S
        for folder in self._folder.glob("new-*"):
            with contextlib.suppress(OSError):
                if folder.stat().st_mtime < limit:
                    self.discard(folder)

    def _make_room(self, newest: Path) -> None:
        kept = []
        for place in self._folder.iterdir():
            with contextlib.suppress(OSError):  # another server may be making room too
                used = (place / FACTS).stat().st_mtime
                size = sum(f.stat().st_size for f in place.rglob("*") if f.is_file())
                kept.append((used, place, size))
        total = sum(size for _, _, size in kept)
        fresh = time.time() - FRESH_S
        for used, place, size in sorted(kept):
            if total <= self._room_bytes or place == newest or used > fresh:
                break
            self.discard(place)
            total -= size
