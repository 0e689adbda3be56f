"""`Database`: one SQLite file, opened, brought up to date and committed."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Database:
    """A SQLite file; safe for many processes at once.

    Attributes:
        path: made, with its folder, on the first write.
        migrations: statement n, or several set apart by semicolons, brings it from version n to
            n + 1.
    """

    path: Path
    migrations: Sequence[str]

    def exists(self) -> bool:
        """Whether anything was ever written."""
        return self.path.exists()

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        """Yields an open, migrated database; commits on success, rolls back on an error.

        Raises:
            StorageFailed: if the database cannot be opened, read or written.
        """
        try:
            if write and not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                # Prompts are in it, and its journals take over its mode.
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S)) as database:
                database.row_factory = sqlite3.Row
                self._migrate(database)
                with database:
                    yield database
        except (sqlite3.Error, OSError) as error:
            raise StorageFailed(f"cannot use the archive {self.path}: {error}") from error

    def _migrate(self, database: sqlite3.Connection) -> None:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == len(self.migrations):
            return
        if version > len(self.migrations):
            raise StorageFailed(f"{self.path} was written by a newer menura; update this one")
        _use_wal(database)
        # The lock is taken first: of processes that start together, one migrates.
        database.execute("BEGIN IMMEDIATE")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        for step in self.migrations[version:]:
            for statement in step.split(";"):
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {len(self.migrations)}")
        database.commit()


def _use_wal(database: sqlite3.Connection) -> None:
    """Has a database write ahead; where two do so at a time, one is told at once that it waits."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
