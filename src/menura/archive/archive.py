"""`Archive`: the takes an install made, found again by their id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.archive.database import Database
from menura.errors import NotFound, StorageFailed, shown

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

DATABASE = "archive.sqlite"
"""Name of the file, in the data folder."""
_MIGRATIONS = (
    """
    CREATE TABLE takes (
        id TEXT PRIMARY KEY,
        made_at TEXT NOT NULL,
        kind TEXT NOT NULL,
        engine TEXT NOT NULL,
        duration_s REAL NOT NULL,
        samples_sha256 TEXT NOT NULL,
        recipe TEXT NOT NULL,
        report TEXT NOT NULL,
        manifest BLOB
    );
    CREATE INDEX takes_by_time ON takes (made_at);
    """,
    """
    CREATE TABLE voices (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        engine TEXT NOT NULL,
        saved_at TEXT NOT NULL,
        facts TEXT NOT NULL
    );
    """,
)
"""Statement n brings a database from version n to n + 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the archive keeps of one take.

    Attributes:
        id: the take's id, 12 hex digits.
        made_at: when it was first made, ISO 8601 in UTC.
        kind: the task's kind.
        engine: name of the catalog card that made it.
        duration_s: its length, seconds.
        samples_sha256: digest of its float32 samples, frame by frame.
        recipe: what makes it again.
        report: asked, understood, measured, ignored.
        manifest: the signed manifest of a streamed take, which is in no file.
    """

    id: str
    made_at: str
    kind: str
    engine: str
    duration_s: float
    samples_sha256: str
    recipe: Mapping[str, Any]
    report: Mapping[str, Any]
    manifest: bytes | None = None


class Archive:
    """The log of takes in one SQLite file; safe for many processes at once.

    Args:
        path: the database; made, with its folder, on the first write.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _MIGRATIONS)

    def add(self, entry: Entry) -> None:
        """Records a take. The same take made again keeps its first time.

        Raises:
            StorageFailed: if the database cannot be written.
        """
        with self.connect(write=True) as database:
            database.execute(
                "INSERT INTO takes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET report = excluded.report, manifest = coalesce(excluded.manifest, manifest)",
                (
                    entry.id,
                    entry.made_at,
                    entry.kind,
                    entry.engine,
                    entry.duration_s,
                    entry.samples_sha256,
                    json.dumps(entry.recipe),
                    json.dumps(entry.report),
                    entry.manifest,
                ),
            )

    def prepare(self) -> None:
        """Makes sure that a take can be recorded.

        Raises:
            StorageFailed: if the database cannot be written.
        """
        with self.connect(write=True):
            pass

    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self._database.exists()

    def get(self, take_id: str) -> Entry:
        """Returns the entry of a take.

        Raises:
            NotFound: if this install did not make it.
            StorageFailed: if the database cannot be read.
        """
        if _is_id(take_id) and self.exists():
            with self.connect() as database:
                row = database.execute("SELECT * FROM takes WHERE id = ?", (take_id,)).fetchone()
            if row is not None:
                return _entry(row)
        raise NotFound(f"this install has made no take {shown(take_id)}")

    def connect(self, *, write: bool = False) -> AbstractContextManager[sqlite3.Connection]:
        """Returns the open database; see `Database.connect`.

        Raises:
            StorageFailed: if the database cannot be opened, read or written.
        """
        return self._database.connect(write=write)


def _is_id(value: object) -> bool:
    """Whether a take may go by this: what SQLite cannot hold is the id of none."""
    return isinstance(value, str) and value.isascii()


def _entry(row: sqlite3.Row) -> Entry:
    values = dict(row)
    try:
        parsed = {key: json.loads(values[key]) for key in ("recipe", "report")}
    except (ValueError, TypeError, RecursionError) as error:
        raise StorageFailed(f"the archive's entry of take {values['id']} is damaged") from error
    return Entry(**values | parsed)
