import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from menura.archive import Archive, Entry
from menura.errors import NotFound, StorageFailed

ENTRY = Entry(
    id="0123456789ab",
    made_at="2026-11-20T10:00:00+00:00",
    kind="speech",
    engine="formant",
    duration_s=1.5,
    samples_sha256="ff",
    recipe={"task": {"text": "Grüße 🐦"}},
    report={"ignored": []},
)


def test_what_is_added_is_found_again(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "new" / "archive.sqlite")
    archive.add(ENTRY)
    assert archive.get(ENTRY.id) == ENTRY
    assert (tmp_path / "new" / "archive.sqlite").stat().st_mode & 0o077 == 0


def test_the_same_take_again_keeps_its_time_and_gains_a_manifest(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    archive.add(ENTRY)
    archive.add(replace(ENTRY, made_at="2030-01-01T00:00:00+00:00", manifest=b"m"))
    archive.add(ENTRY)
    assert archive.get(ENTRY.id) == replace(ENTRY, manifest=b"m")


@pytest.mark.parametrize("take_id", ["ffffffffffff", "", "'; DROP TABLE takes; --", "x" * 4096])
def test_an_unknown_take_is_not_found(tmp_path: Path, take_id: str) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    with pytest.raises(NotFound):
        archive.get(take_id)
    archive.add(ENTRY)
    with pytest.raises(NotFound):
        archive.get(take_id)


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    def write(i: int) -> None:
        Archive(tmp_path / "a.sqlite").add(replace(ENTRY, id=f"{i:012x}"))

    threads = [threading.Thread(target=write, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(Archive(tmp_path / "a.sqlite").get(f"{i:012x}") for i in range(16))


def test_a_broken_or_newer_database_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"not a database, but long enough to be read as one" * 20)
    with pytest.raises(StorageFailed, match="archive"):
        Archive(path).get(ENTRY.id)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StorageFailed, match="newer"):
        Archive(path).add(ENTRY)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageFailed):
        Archive(tmp_path / "file" / "a.sqlite").add(ENTRY)


def test_a_database_that_stays_locked_is_one_clear_error(tmp_path: Path, monkeypatch) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    archive.add(ENTRY)
    monkeypatch.setattr("menura.archive.database.BUSY_TIMEOUT_S", 0.1)
    holder = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageFailed, match="locked"):
        archive.add(replace(ENTRY, id="ffffffffffff"))
    holder.execute("ROLLBACK")
    holder.close()
    archive.add(replace(ENTRY, id="ffffffffffff"))
    assert archive.get("ffffffffffff").id == "ffffffffffff"


def test_a_damaged_row_is_one_clear_error(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "a.sqlite")
    archive.add(ENTRY)
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("UPDATE takes SET recipe = '{bad'")
    database.close()
    with pytest.raises(StorageFailed, match="damaged"):
        archive.get(ENTRY.id)
