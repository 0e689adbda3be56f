"""The shelf of rendered takes: bounded, and shared by servers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from menura.errors import StorageFailed
from menura.server.shelf import FACTS, LEFT_S, Shelf

if TYPE_CHECKING:
    from pathlib import Path


def put(shelf: Shelf, name: str, size: int) -> Path:
    folder = shelf.begin()
    (folder / "audio.wav").write_bytes(b"\0" * size)
    return shelf.keep(folder, name, {"name": name})


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", 2_500)
    for age, name in enumerate(("a", "b")):
        place = put(shelf, name, 1_000)
        os.utime(place / FACTS, (1000 + age, 1000 + age))
    assert shelf.find("a") is not None  # used just now
    put(shelf, "c", 1_000)
    assert shelf.find("b") is None
    assert shelf.find("a") is not None
    found = shelf.find("c")
    assert found is not None
    assert found[1] == {"name": "c"}


def test_what_is_larger_than_the_room_stays_until_the_next(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", 10)
    put(shelf, "a", 1_000)
    assert shelf.find("a") is not None
    os.utime(tmp_path / "s" / "a" / FACTS, (1, 1))
    put(shelf, "b", 1_000)
    assert shelf.find("a") is None
    assert shelf.find("b") is not None


def test_only_what_was_left_long_ago_is_cleared(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", 10**6)
    of_another_server, left = shelf.begin(), shelf.begin()
    long_ago = left.stat().st_mtime - LEFT_S - 60
    os.utime(left, (long_ago, long_ago))
    shelf.clear()
    assert of_another_server.exists()
    assert not left.exists()


def test_what_another_server_takes_away_is_no_error(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", 10)
    (tmp_path / "s" / "half").mkdir(parents=True)
    (tmp_path / "s" / "file").touch()
    put(shelf, "a", 100)
    shelf.discard(tmp_path / "s" / "a")
    assert shelf.find("a") is None


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    shelf = Shelf(tmp_path / "s", 10)
    with pytest.raises(StorageFailed):
        shelf.begin()
    with pytest.raises(StorageFailed):
        shelf.keep(tmp_path / "s" / "new", "a", {})


def test_what_may_be_about_to_be_sent_stays(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "s", 10)
    place = put(shelf, "a", 1_000)
    put(shelf, "b", 1_000)
    assert (place / "audio.wav").exists()
    os.utime(place / FACTS, (1, 1))
    put(shelf, "c", 1_000)
    assert not place.exists()
