"""What `menura say` tells of the language that it guessed, or could not."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

KANJI = "今日はとても良い天気ですね。"
UNSURE = (
    "menura: the language of this text is not known for sure: it is read as en-us; "
    "name it with --language\n"
)
WITHOUT_JA = """
import importlib.util as util
find = util.find_spec
util.find_spec = lambda name, *rest: None if name == "pyopenjtalk" else find(name, *rest)
"""


def say(home: Path, folder: Path, *argv: str) -> tuple[int, str]:
    """Returns the exit status and stderr, in an installation without the extra `ja`."""
    (folder / "sitecustomize.py").write_text(WITHOUT_JA, "utf-8")
    environ = {"MENURA_HOME": str(home), "PATH": "", "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "menura", "say", *argv, "-o", "a.wav"],
        check=False,
        capture_output=True,
        cwd=folder,
        env=environ | {"MENURA_WORKERS": "1"},
    )
    return done.returncode, done.stderr.decode()


def test_kanji_that_nobody_can_read_is_refused_whoever_names_the_language(
    home: Path, tmp_path: Path
) -> None:
    guessed = say(home, tmp_path, KANJI)
    assert guessed == say(home, tmp_path, KANJI, "--language", "ja")
    assert guessed[0] == 2
    assert "install the `ja` extra" in guessed[1]
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Fußgängerüberführung",
            UNSURE,
        ),
        ("Hola, ¿qué tal?", "menura: language: es, guessed; --language names another\n"),
        ("A small café.", ""),
    ],
)
def test_one_line_tells_what_was_guessed_or_could_not_be(
    home: Path, tmp_path: Path, text: str, told: str
) -> None:
    assert say(home, tmp_path, text) == (0, told)
