"""Levels: measured once, kept, measured again where the file says nothing that can be."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from menura.audio import Audio
from menura.errors import EngineFailed
from menura.runtime.levels import MAX_FIGURES, Levels, loudness_of, mean_of


def never() -> float:
    raise AssertionError("it was measured before")


def test_a_level_is_measured_once_and_kept(tmp_path: Path) -> None:
    levels = Levels(tmp_path / "l.json")
    assert levels.figure("ann", lambda: -21.34, -23.0) == -21.3
    assert levels.figure("ann", never, -23.0) == -21.3
    assert levels.figure("bob", lambda: -30.0, -23.0) == -30.0
    again = Levels(tmp_path / "l.json")
    assert [again.figure(name, never, -23.0) for name in ("ann", "bob")] == [-21.3, -30.0]
    assert [path.name for path in tmp_path.iterdir()] == ["l.json"]


@pytest.mark.parametrize("heard", [-math.inf, math.nan, -90.0, 52.0])
def test_what_nobody_hears_is_not_kept(tmp_path: Path, heard: float) -> None:
    levels = Levels(tmp_path / "l.json")
    assert levels.figure("ann", lambda: heard, -23.0) == -23.0
    assert levels.figure("ann", lambda: -20.0, -23.0) == -20.0


def test_a_network_that_breaks_leaves_the_guess(tmp_path: Path) -> None:
    def breaks() -> float:
        raise EngineFailed("no sound")

    assert Levels(tmp_path / "l.json").figure("ann", breaks, -23.0) == -23.0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"ann": "loud"}', '{"ann": null}', '{"ann": 1e999}', "[" * 100_000],
    ids=lambda text: text[:12],
)
def test_a_damaged_file_is_written_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "l.json"
    path.write_text(text)
    assert Levels(path).figure("ann", lambda: -20.0, -23.0) == -20.0
    assert json.loads(path.read_text()) == {"ann": -20.0}


def test_a_disk_that_does_not_take_it_has_it_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "l.json"
    assert [Levels(path).figure("ann", lambda: -20.0, -23.0) for _ in range(2)] == [-20.0, -20.0]


def test_the_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    path.write_text(json.dumps({f"v{n}": -20.0 for n in range(MAX_FIGURES)}))
    assert Levels(path).figure("new", lambda: -25.0, -23.0) == -25.0
    assert len(json.loads(path.read_text())) == MAX_FIGURES


def test_processes_leave_one_whole_file(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from menura.runtime.levels import Levels\n"
        "levels = Levels(Path(sys.argv[1]))\n"
        "for n in range(30): levels.figure(f'{sys.argv[2]}-{n}', lambda: -20.0, -23.0)"
    )
    path = tmp_path / "l.json"
    both = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in "ab"]
    assert [process.wait() for process in both] == [0, 0]
    assert set(json.loads(path.read_text()).values()) == {-20.0}
    assert [each.name for each in tmp_path.iterdir()] == ["l.json"]


def test_loudness_is_that_of_all_blocks_and_silence_has_none() -> None:
    """A sine at 997 Hz and full scale is at -3.01 LUFS (BS.1770-4, annex 1)."""
    sine = np.sin(2 * np.pi * 997 / 48_000 * np.arange(96_000)).astype(np.float32)
    blocks = [Audio(piece[np.newaxis], 48_000) for piece in np.split(sine, 8)]
    assert loudness_of(blocks) == pytest.approx(-3.01, abs=0.05)
    assert loudness_of([]) == -math.inf
    assert mean_of([-20.0, -math.inf, -30.0]) == -25.0
    assert mean_of([-math.inf]) == -math.inf
