"""The database's opening by many at once."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from menura.archive.database import Database
from menura.errors import StorageFailed

STEPS = ("CREATE TABLE things (id TEXT)",)


@pytest.mark.parametrize(
    ("code", "opens"), [(sqlite3.SQLITE_BUSY, True), (sqlite3.SQLITE_IOERR, False)]
)
def test_who_opens_it_first_with_another_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, opens: bool
) -> None:
    told = 0

    class Busy(sqlite3.Connection):
        """One that SQLite tells at once, whatever its timeout, that another is opening it."""

        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            nonlocal told
            if "journal_mode" in sql and told < 2:
                told += 1
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = code
                raise error
            return super().execute(sql, *rest)

    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, timeout: connect(path, timeout, factory=Busy)
    )
    database = Database(tmp_path / "x.sqlite", STEPS)
    if not opens:
        with pytest.raises(StorageFailed), database.connect(write=True):
            pass
        return
    with database.connect(write=True) as opened:
        opened.execute("INSERT INTO things VALUES ('a')")
    with database.connect() as opened:
        assert opened.execute("SELECT id FROM things").fetchone()["id"] == "a"
        assert opened.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert told == 2
