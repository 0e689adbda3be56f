"""The example plug-in, installed as anybody would; and broken ones, which hinder nobody."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "morse"

Run = Any
"""A function that runs a command."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plug-in in it, as pip puts it there, and nothing from a network."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", folder, EXAMPLE],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(tmp_path: Path, installed: Path) -> Run:
    """Runs a command in an empty folder, on an empty data folder, with the plug-in installed."""
    environ = {
        "MENURA_HOME": str(tmp_path / "home"),
        "MENURA_OFFLINE": "1",
        "MENURA_WORKERS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
    }
    work = tmp_path / "work"
    work.mkdir()

    def go(*argv: str, also: Path | None = None) -> subprocess.CompletedProcess[str]:
        folders = [str(folder) for folder in (installed, also) if folder is not None]
        return subprocess.run(
            argv,
            check=False,
            capture_output=True,
            text=True,
            cwd=work,
            env=environ | {"PYTHONPATH": os.pathsep.join(folders)},
        )

    return go


def menura(run: Run, *argv: str, also: Path | None = None) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "menura", *argv, also=also)


def test_its_own_tests_pass(run: Run) -> None:
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(EXAMPLE)]
    done = run(sys.executable, "-m", "pytest", *options, str(EXAMPLE / "tests"))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d\d passed", done.stdout, re.MULTILINE), done.stdout


def test_it_is_found_used_marked_and_signed(run: Run, tmp_path: Path) -> None:
    rows = menura(run, "models", "list").stdout.splitlines()
    (row,) = [row for row in rows if row.startswith("morse ")]
    assert row.split()[1:3] == ["plug-in", "speech"]
    assert not [each for each in rows if "plug-in" in each and each != row]
    shown = menura(run, "models", "show", "morse").stdout
    assert "plug-in (built-in)" in shown
    card = json.loads(menura(run, "models", "show", "morse", "--json").stdout)
    assert (card["plugin"], card["family"]) == (True, "built-in")
    done = menura(run, "say", "sos ♥", "--engine", "morse", "-o", "sos.wav", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["report"]["ignored"] == ["no sign in Morse code, left out: ♥"]
    assert facts["report"]["understood"]["words_per_minute"] == 18
    found = json.loads(menura(run, "verify", "sos.wav", "--json").stdout)
    assert found["manifest"]["state"] == "trusted"
    assert b"algorithmicMedia" in (tmp_path / "work/sos.wav").read_bytes()
    assert menura(run, "redo", "sos.wav", "-o", "again.wav").returncode == 0
    assert "key" in menura(run, "voices").stdout


def test_what_it_refuses_is_one_line_and_no_file(run: Run, tmp_path: Path) -> None:
    for text, option in (("雨", ()), ("sos", ("--voice", "nora")), ("sos", ("--emotion", "sad"))):
        done = menura(run, "say", text, "--engine", "morse", *option, "-o", "sos.wav")
        assert done.returncode in {2, 4}
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("menura: ")
    assert list((tmp_path / "work").iterdir()) == []


BROKEN = {
    "raises": "raise ImportError('no such library')",
    "exits": "import sys; sys.exit(3)",
    "cardless": "def create(card, settings): ...",
    "odd": "def card(): return {'name': 'odd'}",
    "taken": (
        "import dataclasses, menura_morse\ncreate = menura_morse.create\n"
        "def card(): return dataclasses.replace(menura_morse.card(), name='expressive')"
    ),
    "late": (
        "import dataclasses, menura_morse\n"
        "def card(): return dataclasses.replace(menura_morse.card(), name='late')\n"
        "def create(card, settings): raise RuntimeError('no sound card')"
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_one_hinders_nobody(run: Run, tmp_path: Path, kind: str) -> None:
    site = tmp_path / "broken"
    facts = site / f"menura_{kind}-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: menura-{kind}\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(f"[menura.engines]\n{kind} = menura_{kind}\n")
    (site / f"menura_{kind}.py").write_text(BROKEN[kind])
    listed = menura(run, "models", "list", also=site)
    assert listed.returncode == 0
    assert "morse " in listed.stdout
    if kind == "late":
        voices = menura(run, "voices", also=site)
        assert voices.returncode == 0
        assert "key" in voices.stdout
    else:
        assert listed.stderr.startswith(f"menura: {kind} does not load: ")
        assert len(listed.stderr.splitlines()) == 1
    done = menura(run, "say", "sos", "--engine", "morse", "-o", "sos.wav", also=site)
    assert done.returncode == 0, done.stderr
    named = menura(run, "say", "sos", "--engine", kind, "-o", "no.wav", also=site)
    assert named.returncode != 0
    assert len(named.stderr.splitlines()) == 1
    assert kind in named.stderr
    assert not (tmp_path / "work/no.wav").exists()


def test_the_commands_of_the_page_run(run: Run) -> None:
    page = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ (.+)$", page, re.MULTILINE)
    assert len(lines) == 5
    for line in lines:
        done = run("bash", "-c", line)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
