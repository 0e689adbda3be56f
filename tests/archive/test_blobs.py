"""Files that tasks name: kept once, checked on reading, bounded, and whole or not there."""

import hashlib
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from menura.archive import Blobs, blobs
from menura.audio.limits import Limits
from menura.errors import InvalidAudio, InvalidInput, NotFound, StorageFailed


@pytest.fixture
def shelf(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "home")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "home" / blobs.FOLDER).iterdir())


def test_a_file_is_kept_once_and_read_again(shelf: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(os.urandom(3 * 2**20 + 1))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert shelf.keep(path) == shelf.keep(path) == digest
    (only,) = kept(tmp_path)
    assert only.name == digest
    assert stat.S_IMODE(only.stat().st_mode) == 0o600
    path.write_bytes(b"another")
    with shelf.open(digest) as file:
        assert hashlib.sha256(file.read()).hexdigest() == digest


def test_a_recording_is_decoded(shelf: Blobs, tmp_path: Path) -> None:
    tone = np.sin(np.arange(12_000) / 20).astype(np.float32) / 2
    soundfile.write(tmp_path / "a.flac", tone, 24_000)
    sound = shelf.sound(shelf.keep(tmp_path / "a.flac"), Limits())
    assert (sound.rate, sound.channels, sound.frames) == (24_000, 1, 12_000)
    assert np.abs(sound.samples[0] - tone).max() < 1e-3
    with pytest.raises(InvalidAudio):
        shelf.sound(shelf.keep(tmp_path / "a.flac"), Limits(max_s=0.1))


def test_what_was_altered_is_not_taken(shelf: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"as it was")
    digest = shelf.keep(path)
    kept(tmp_path)[0].write_bytes(b"as it was!")
    with pytest.raises(StorageFailed, match="altered"):
        shelf.open(digest)
    shelf.keep(path)  # mends it
    shelf.open(digest).close()
    kept(tmp_path)[0].unlink()
    with pytest.raises(NotFound, match=digest[:12]):
        shelf.open(digest)


def test_what_is_not_kept(shelf: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MAX_BYTES", 100)
    (tmp_path / "long").write_bytes(bytes(101))
    (tmp_path / "empty").touch()
    for name, error in (("long", InvalidInput), ("empty", InvalidInput), ("none", NotFound)):
        with pytest.raises(error):
            shelf.keep(tmp_path / name)
    with pytest.raises(InvalidInput):
        shelf.keep(tmp_path)
    assert not (tmp_path / "home").exists()


def test_a_full_disk_leaves_nothing_behind(
    shelf: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"content")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        shelf.keep(tmp_path / "a")
    assert kept(tmp_path) == []


def test_what_an_ended_process_left_is_swept_up(shelf: Blobs, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    digest = shelf.keep(tmp_path / "a")
    for name, age_s in ((".draft-old", 90_000), (".draft-new", 60)):
        left = tmp_path / "home" / blobs.FOLDER / name
        left.write_bytes(b"con")
        then = left.stat().st_mtime - age_s
        os.utime(left, (then, then))
    assert shelf.keep(tmp_path / "a") == digest
    assert [path.name for path in kept(tmp_path)] == [".draft-new", digest]
