import json
import subprocess
import sys
from pathlib import Path

import pytest

from menura.text.pls import read_pls

PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"
  alphabet="ipa" xml:lang="en">
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>
  <lexeme><grapheme>menura</grapheme><phoneme>ˈmɛnʊ</phoneme></lexeme>
  <lexeme><grapheme>unused</grapheme><alias>nothing</alias></lexeme>
</lexicon>
"""


@pytest.fixture
def say(home: Path, tmp_path: Path):
    """Runs `menura say` as a process of its own, in a folder with a lexicon."""
    (tmp_path / "words.pls").write_text(PLS, encoding="utf-8")

    def run(*argv: str):
        command = [sys.executable, "-m", "menura", "say", *argv]
        environ = {"MENURA_HOME": str(home), "PATH": "", "MENURA_WORKERS": "1"}
        done = subprocess.run(command, check=False, capture_output=True, cwd=tmp_path, env=environ)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


def test_words_are_said_as_files_and_options_have_it(say, tmp_path: Path) -> None:
    code, out, err = say(
        "Menura at W3C, ok.", "--lexicon", "words.pls", "--pronounce", "W3C=double you three",
        "--pronounce", "ok=/oʊˈkeɪ/", "--lexicon-out", "used.pls", "-o", "a.wav",
        "--captions", "a.json", "--json", "--engine", "formant",
    )  # fmt: skip
    assert (code, err) == (0, "menura: the pronunciation of unused: not in the text\n")
    assert json.loads(out)["report"]["understood"]["lexicon"] == ["W3C", "ok", "menura"]
    words = json.loads((tmp_path / "a.json").read_text())["words"]
    assert [w["text"] for w in words] == ["Menura", "at", "W3C,", "ok."]
    assert words[2]["said"] == "double you three"
    kept = {entry.grapheme: entry for entry in read_pls(tmp_path / "used.pls").entries}
    assert kept.keys() == {"W3C", "ok", "menura"}
    assert kept["W3C"].alias == "double you three"
    assert kept["ok"].phonemes == "oʊˈkeɪ"


def test_a_dialogue_takes_a_lexicon_and_an_empty_one_is_written(say, tmp_path: Path) -> None:
    code, _, err = say(
        "Ann: Hello.", "--dialogue", "--lexicon", "words.pls", "--lexicon-out", "none.pls",
        "-o", "a.wav",
    )  # fmt: skip
    assert code == 0
    unused = [line.split(" of ")[1].partition(":")[0] for line in err.splitlines()]
    assert unused == ["W3C", "menura", "unused"]
    assert read_pls(tmp_path / "none.pls").entries == ()


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("--pronounce", "menura"), 2, "--pronounce takes"),
        (("--pronounce", "=x"), 2, "--pronounce takes"),
        (("--pronounce", "menura=/€/"), 2, "'menura'"),
        (("--pronounce", "x" * 600 + "=a"), 2, "512"),
        (("--lexicon", "gone.pls"), 4, "gone.pls"),
        (("--lexicon", "a.txt"), 4, "a.txt"),
        (("--lexicon-out", "gone/a.pls"), 2, "gone"),
        (("--lexicon-out", "a.wav"), 2, ".pls"),
    ],
)
def test_bad_options_end_in_one_line(inside, tmp_path: Path, argv, code: int, message: str) -> None:
    before = sorted(tmp_path.iterdir())
    found, out, err = inside("say", "Hi.", "-o", "b.wav", *argv)
    assert (found, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
