"""`menura voices`: listing, designing, keeping and forgetting."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def apart(home: Path, tmp_path: Path):
    """Runs the command line, each time as a process of its own."""

    def run(*argv: str) -> tuple[int, str, str]:
        environ = {"MENURA_HOME": str(home), "PATH": "", "MENURA_WORKERS": "1"}
        command = [sys.executable, "-m", "menura", *argv]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_alone_it_lists_and_so_does_list(inside) -> None:
    code, out, err = inside("voices")
    assert (code, err) == (0, "")
    assert "nora" in out
    assert inside("voices", "list") == (0, out, "")
    found = json.loads(inside("voices", "--json")[1])
    assert found == json.loads(inside("voices", "list", "--json")[1])
    assert {voice["name"] for voice in found} >= {"nora", "otto"}
    assert inside("voices", "--languages") == inside("voices", "list", "--languages")


def test_design_listen_save_say_rename_and_remove(apart, tmp_path: Path) -> None:
    asked = ("an old sailor, gravelly, slow, Scottish, like Popeye", "--text", "Ahoy there.")
    code, out, err = apart("voices", "design", *asked, "-o", "out", "--variations", "2")
    assert (code, err) == (0, "menura: not understood: Popeye\n")
    rows = [line.split() for line in out.splitlines()]
    assert len(rows) == 2
    for i, (file, take, voice) in enumerate(rows, 1):
        assert file == f"out/{voice}-{i}.wav"
        assert (tmp_path / file).read_bytes()[:4] == b"RIFF"
        assert len(take) == 12
    verified = json.loads(apart("verify", rows[1][0], "--json")[1])
    assert verified["manifest"]["state"] == "trusted"
    assert verified["take"]["id"] == rows[1][1]

    assert apart("voices", "save", rows[1][1], "old-salt") == (0, f"old-salt {rows[1][2]}\n", "")
    shown = json.loads(apart("voices", "show", "old-salt", "--json")[1])
    assert shown["id"] == rows[1][2]
    assert shown["timbre"]["roughness"] > 0.4
    assert "roughness:" in apart("voices", "show", rows[1][2])[1]
    assert "old-salt" in apart("voices")[1]
    said = json.loads(apart("say", "Ahoy.", "--voice", "old-salt", "-o", "a.wav", "--json")[1])
    assert said["report"]["understood"]["voice"] == rows[1][2]

    assert apart("voices", "rename", "old-salt", "salt") == (0, "", "")
    code, out, _ = apart("voices", "remix", "salt", "younger", "--text", "Ahoy.", "--json")
    remixes = json.loads(out)
    assert len(remixes) == 3
    assert len({each["voice"] for each in remixes} | {rows[1][2]}) == 4
    assert all((tmp_path / each["file"]).is_file() for each in remixes)
    assert apart("voices", "remove", "salt") == (0, "", "")
    assert apart("say", "Ahoy.", "--voice", "salt")[0] == 4


def test_nothing_that_steers_a_terminal_is_printed(inside, home: Path) -> None:
    asked = ("voices", "design", "a deep \u202eman", "--text", "Hi.", "--save", "escape", "--json")
    code, out, _ = inside(*asked)
    assert code == 0
    voice = json.loads(out)[0]["voice"]
    try:
        for argv in (("voices",), ("voices", "show", "escape")):
            code, out, _ = inside(*argv)
            assert code == 0
            assert "escape" in out
            assert out.replace("\n", "").isprintable()
        rename_row(home, voice, "es\x1b[31mcape")
        code, out, err = inside("voices")
        assert (code, err) == (0, "")
        assert "\x1b" not in out
        code, _, err = inside("say", "Hi.", "--voice", voice)
        assert code == 5
        assert f"menura voices remove {voice}" in err
        assert err.rstrip("\n").isprintable()
    finally:
        assert inside("voices", "remove", voice)[0] == 0


def rename_row(home: Path, voice: str, name: str) -> None:
    with sqlite3.connect(home / "archive.sqlite") as database:
        database.execute("UPDATE voices SET name = ? WHERE id = ?", (name, voice))
    database.close()


def test_design_and_save_at_once(inside, tmp_path: Path) -> None:
    asked = ("voices", "design", "a bright girl", "--text", "Hi.", "--save", "lily", "--json")
    code, out, _ = inside(*asked, "--seed", "4")
    (facts,) = json.loads(out)
    assert (code, facts["file"], facts["saved_as"]) == (0, "lily-1.wav", "lily")
    assert facts["report"]["asked"]["seed"] == 4
    code, _, err = inside(*asked)
    assert code == 2
    assert err == "menura: a saved voice is called 'lily' already: choose another name\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lily-1.wav"]
    assert inside("voices", "remove", "lily")[0] == 0


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (("design",), 2, "Missing argument"),
        (("design", ""), 2, "no description"),
        (("design", "xyzzy"), 2, "known are such as"),
        (("design", "صوت عميق"), 2, "known are such as"),
        (("design", "deep " * 10_000), 2, "at most 2,000"),
        (("design", "deep", "--variations", "0"), 2, "between 1 and 16"),
        (("design", "deep", "--variations", "17"), 2, "between 1 and 16"),
        (("design", "deep", "--save", "x", "--variations", "2"), 2, "keeps one voice"),
        (("design", "deep", "--save", "Nora"), 2, "lower-case"),
        (("design", "deep", "--save", "nora"), 2, "built-in"),
        (("design", "deep", "--language", "zz"), 4, "zz"),
        (("design", "deep", "-o", "file"), 2, "is a file"),
        (("remix", "nobody", "deep"), 4, "nobody"),
        (("remix", "nora", "xyzzy"), 2, "known are such as"),
        (("save", "ffffffffffff", "x"), 4, "no take"),
        (("show", "nobody"), 4, "menura voices"),
        (("rename", "nobody", "x"), 4, "nobody"),
        (("remove", "nora"), 4, "no saved voice"),
        (("frobnicate",), 2, "frobnicate"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    inside, tmp_path: Path, argv: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "file").write_text("")
    found, out, err = inside("voices", *argv)
    assert (found, out) == (code, "")
    assert message in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
