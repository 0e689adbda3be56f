import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TEXT = "This sentence takes some ten seconds to say, if it is said slowly, and so we say it slowly."


@pytest.fixture
def menura(home: Path, tmp_path: Path):
    """Runs the command line as a process of its own, in an empty folder."""

    def run(*argv: str, stdin: bytes = b"", text: bool = True, **env: str):
        command = [sys.executable, "-m", "menura", *argv]
        environ = {"MENURA_HOME": str(home), "PATH": "", "MENURA_WORKERS": "1", **env}
        done = subprocess.run(
            command, check=False, capture_output=True, input=stdin, cwd=tmp_path, env=environ
        )
        out = done.stdout.decode() if text else done.stdout
        return done.returncode, out, done.stderr.decode()

    return run


def test_say_then_verify_then_redo(menura, tmp_path: Path) -> None:
    code, out, err = menura("say", TEXT, "-o", "a.wav", "--captions", "a.srt", "--seed", "3")
    assert (code, out, err) == (0, "a.wav\n", "")
    code, out, _ = menura("verify", "a.wav", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["mark"]["found"] is True
    assert found["mark"]["payload"] == found["take"]["id"]
    assert found["manifest"]["state"] == "trusted"
    assert found["file"] == "a.wav"
    code, out, _ = menura("redo", "a.wav", "-o", "b.wav", "--json")
    again = json.loads(out)
    assert again["take"] == found["take"]["id"]
    assert _samples(tmp_path / "a.wav").tobytes() == _samples(tmp_path / "b.wav").tobytes()
    assert (tmp_path / "a.srt").read_text().startswith("1\n00:00:00,0")
    code, out, _ = menura("verify", "a.wav", "b.wav")
    assert code == 0
    assert out.count("trusted") == 2
    assert {p.name for p in tmp_path.iterdir()} == {"a.wav", "a.srt", "b.wav"}


def _samples(path: Path) -> np.ndarray:
    import soundfile

    return soundfile.read(path, dtype="int16")[0]


def test_eight_at_once_on_a_new_install_give_the_same_samples(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "menura", "say", "Eight at once.", "--seed", "1"]
    environ = {"MENURA_HOME": str(tmp_path / "new"), "PATH": "/usr/bin:/bin"}
    running = [
        subprocess.Popen([*command, "-o", f"{i}.wav"], cwd=tmp_path, env=environ) for i in range(8)
    ]
    assert [process.wait(120) for process in running] == [0] * 8
    sounds = {_samples(tmp_path / f"{i}.wav").tobytes() for i in range(8)}
    assert len(sounds) == 1
    folder = tmp_path / "new" / "authority"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in folder.iterdir())
    assert b"PRIVATE KEY" not in b"".join(p.read_bytes() for p in folder.glob("ca*"))


def test_the_file_is_named_after_the_take_when_no_name_is_given(menura, tmp_path: Path) -> None:
    code, out, _ = menura("say", "Hi.", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["file"] == f"{facts['take']}.wav"
    assert (tmp_path / facts["file"]).is_file()
    assert facts["report"]["measured"]["words"] == 1


@pytest.mark.parametrize(
    ("name", "suffix"), [("mp3", ".mp3"), ("flac_24", ".flac"), ("wav", ".wav")]
)
def test_its_suffix_is_that_of_the_format(menura, name: str, suffix: str, tmp_path: Path) -> None:
    facts = json.loads(menura("say", "Hi.", "--format", name, "--json")[1])
    assert facts["file"] == facts["take"] + suffix
    assert [path.name for path in tmp_path.iterdir()] == [facts["file"]]


def test_sound_goes_to_stdout_and_talk_to_stderr(menura, tmp_path: Path) -> None:
    code, out, err = menura(
        "say", "-", "-o", "-", "--format", "mp3", "--json", "--captions", "c.vtt",
        stdin=TEXT.encode(), text=False,
    )  # fmt: skip
    assert code == 0
    facts = json.loads(err)
    (tmp_path / "s.mp3").write_bytes(out)
    code, out, _ = menura("verify", "s.mp3", "--json")
    found = json.loads(out)
    assert found["mark"]["payload"] == facts["take"]
    assert found["manifest"]["state"] == "absent"
    assert found["take"]["source"] == "archive"
    assert (tmp_path / "c.vtt").read_text().startswith("WEBVTT")
    assert menura("redo", "s.mp3", "-o", "again.mp3")[0] == 0


def test_a_dialogue_is_cast(menura) -> None:
    text = "Ann: Hello there, Bob.\nBob: Hello, Ann."
    code, out, _ = menura("say", text, "--dialogue", "--cast", "Bob=otto", "-o", "d.wav", "--json")
    assert code == 0
    report = json.loads(out)["report"]
    assert report["understood"]["voices"]["Bob"] == "otto"
    assert [turn["speaker"] for turn in report["measured"]["turns"]] == ["Ann", "Bob"]


def test_a_text_may_begin_with_a_dash(menura) -> None:
    assert menura("say", "-o", "a.wav", "--", "-5 degrees") == (0, "a.wav\n", "")


def test_chapters_that_a_file_cannot_hold_are_mentioned(menura) -> None:
    text = f"# One\n\n{TEXT}\n"
    said = {
        name: menura("say", text, "--chapters", "-o", name, text=False)[2]
        for name in ("a.aac", "a.m4a", "-")
    }
    assert said["a.aac"] == "menura: aac holds no chapters\n"
    assert said["a.m4a"] == ""
    assert said["-"] == "menura: a stream holds no chapters\n"
    assert menura("say", "Hello.", "-o", "b.aac")[2] == ""


def test_help_tells_the_ranges(menura) -> None:
    shown = " ".join(menura("say", "--help")[1].split())
    for span in ("0.5 to 2.6", "-12 to 12", "0.25 to 4"):
        assert span in shown


def test_what_a_stream_leaves_out_is_said(menura) -> None:
    argv = ("say", f"{TEXT} A horse.", "--pronounce", "zebra=horse", "-o", "-")
    assert menura(*argv, text=False)[2] == "menura: the pronunciation of zebra: not in the text\n"


def test_lists(menura, inside) -> None:
    code, out, _ = inside("voices", "--json")
    assert code == 0
    assert len(json.loads(out)) >= 4
    assert "nora" in menura("voices")[1]
    code, out, _ = inside("voices", "--languages", "--json")
    assert len(json.loads(out)) >= 100
    code, out, _ = inside("models", "list", "--json")
    assert {card["name"] for card in json.loads(out)} >= {"formant", "assembly"}
    assert "Klatt" in inside("models", "show", "formant")[1]
    assert menura("--version")[1].startswith("menura 0.")


def test_view_draws_a_picture(menura, tmp_path: Path) -> None:
    menura("say", "Look at me.", "-o", "a.flac")
    assert menura("view", "a.flac", "-o", "a.png")[0] == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


BAD = [
    (("say", ""), 2, "empty"),
    (("say", " \t "), 2, "empty"),
    (("say", "hi", "--speed", "0"), 2, "speed"),
    (("say", "hi", "--speed", "nan"), 2, "speed"),
    (("say", "hi", "--speed", "fast"), 2, "speed"),
    (("say", "hi", "--seed", "-1"), 2, "seed"),
    (("say", "hi", "--seed", str(2**64)), 2, "seed"),
    (("say", "hi", "--seed", "x"), 2, "seed"),
    (("say", "hi", "--voice", "../../"), 2, "voice"),
    (("say", "hi", "--voice", "nobody"), 4, "menura voices"),
    (("say", "hi", "--language", "../"), 2, "language"),
    (("say", "hi", "--language", "dothraki"), 4, "dothraki"),
    (("say", "hi", "--engine", "hf://evil"), 2, "engine"),
    (("say", "hi", "--engine", "gone"), 4, "gone"),
    (("say", "hi", "--format", "wav;rm"), 2, "format"),
    (("say", "hi", "-o", "a.xyz"), 2, "suffix"),
    (("say", "hi", "-o", "noname"), 2, "suffix"),
    (("say", "hi", "-o", "gone/a.wav"), 2, "gone"),
    (("say", "hi", "-o", "a.wav", "--captions", "a.doc"), 2, ".srt"),
    (("say", "hi", "-o", "-", "--play"), 2, "play"),
    (("say", "hi", "--play"), 4, "ffplay"),
    (("say",), 2, "TEXT"),
    (("sing",), 2, "sing"),
    (("verify", "gone.wav"), 4, "gone.wav"),
    (("verify", "."), 2, "."),
    (("verify", "a\nb.wav"), 4, "a"),
    (("verify", "http://169.254.169.254/a.wav"), 4, "169"),
    (("redo", "gone.wav"), 4, "gone.wav"),
    (("redo", "gone.wav", "-o", "-"), 2, "-o"),
    (("say", "hi", "--format", "mp3", "-o", "a.wav"), 2, "ends in .wav"),
    (("say", "hi", "--file", "gone.txt"), 2, "one of them"),
    (("say", "--file", "gone.txt"), 4, "gone.txt"),
    (("say", "--file", "/dev/null"), 2, "plain file"),
    (("say", "hi", "-o", "a.wav", "--captions", "gone/a.srt"), 2, "gone"),
    (("say", "hi", "--dialogue"), 2, "speaker"),
    (("say", "Ann: hi", "--dialogue", "--cast", "Ann"), 2, "--cast"),
    (("say", "Ann: hi", "--dialogue", "--voice", "nora"), 2, "--cast"),
    (("say", "hi", "--cast", "Ann=nora"), 2, "--dialogue"),
    (("say", "hi", "--voice", "plain-nora", "--pitch", "2"), 2, "formant has no control of pitch"),
    (("say", "hi", "--pitch", "20"), 2, "pitch lies between -12 and 12"),
    (("say", "hi", "--pitch", "30"), 2, "pitch lies between -12 and 12"),
    (("say", "hi", "--pitch", "nan"), 2, "pitch lies between -12 and 12"),
    (("say", "-5 degrees"), 2, "put -- before a text that begins with a dash"),
    (("music", "-5 bars"), 2, "put -- before a text that begins with a dash"),
    (("redo", "0123456789ab"), 4, "0123456789ab"),
    (("view", "gone.wav", "-o", "a.png"), 4, "gone.wav"),
    (("models", "show", "gone"), 4, "gone"),
]


@pytest.mark.parametrize(("argv", "expected", "word"), BAD, ids=[" ".join(b[0])[:40] for b in BAD])
def test_bad_input_is_one_line_an_exit_code_and_nothing_written(
    inside, tmp_path: Path, argv: tuple[str, ...], expected: int, word: str
) -> None:
    code, out, err = inside(*argv)
    assert code == expected
    assert out == ""
    assert word.lower() in err.lower()
    assert "Traceback" not in err
    # Only the option parser's own complaints, which begin with how to call it, take more lines.
    assert err.startswith("Usage:") or (err.startswith("menura: ") and err.count("\n") == 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("argv", "expected", "word"), [BAD[0], BAD[9], BAD[22]])
def test_bad_input_ends_the_process_so(
    menura, tmp_path: Path, argv: tuple[str, ...], expected: int, word: str
) -> None:
    code, out, err = menura(*argv)
    assert (code, out) == (expected, "")
    assert word.lower() in err.lower()
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


NAMES = ["-i.wav", "a;id.wav", "$(id).wav", "|x.wav", "emoji 🐦.wav", "CON.wav", "\u202egnp.wav"]


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_only_names(menura, inside, tmp_path: Path, name: str) -> None:
    code, _, _ = menura("say", "Hi.", f"--output={name}")
    assert code == 0
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert inside("verify", "--", name)[0] == 0


@pytest.mark.parametrize(
    ("env", "code", "word"),
    [
        ({"MENURA_RECORD": "some"}, 2, "record"),
        ({"MENURA_MARKING": "maybe"}, 2, "marking"),
        ({"MENURA_HOME": "/proc/nowhere"}, 5, "/proc/nowhere"),
        ({"MENURA_SIGNING_CERT": "x.pem"}, 2, "signing"),
        ({"MENURA_VOICE": "nora"}, 2, "no such setting"),
    ],
)
def test_bad_settings_are_one_line(menura, tmp_path: Path, env: dict, code: int, word: str) -> None:
    done = menura("say", "Hi.", "-o", "a.wav", **env)
    assert done[0] == code
    assert word in done[2]
    assert done[2].count("\n") == 1
    assert not (tmp_path / "a.wav").exists()


def test_a_full_disk_behind_stdout_is_one_line(home: Path) -> None:
    environ = {"MENURA_HOME": str(home), "PATH": ""}
    for argv in (("voices",), ("say", "Hi.", "-o", "-")):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "menura", *argv],
                check=False,
                stdout=full,
                stderr=subprocess.PIPE,
                env=environ,
            )
        assert done.returncode == 5
        assert done.stderr.count(b"\n") == 1


def test_a_text_comes_from_a_file(menura, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("Eins zwei drei.", encoding="utf-8-sig")
    code, out, _ = menura("say", "--file", "t.txt", "--language", "de", "-o", "a.wav", "--json")
    assert code == 0
    assert json.loads(out)["report"]["measured"]["words"] == 3
    (tmp_path / "t.txt").write_bytes(b"\xff\xfe\x00")
    assert menura("say", "--file", "t.txt")[0] == 2


def test_a_take_is_made_again_by_its_id(menura, tmp_path: Path) -> None:
    take = json.loads(menura("say", "Once more.", "-o", "a.wav", "--json")[1])["take"]
    assert menura("redo", take, "-o", "b.wav")[0] == 0
    assert _samples(tmp_path / "a.wav").tobytes() == _samples(tmp_path / "b.wav").tobytes()


def test_a_reader_that_leaves_early_is_no_error_to_shout_about(home: Path) -> None:
    command = [sys.executable, "-m", "menura", "say", TEXT * 20, "-o", "-"]
    environ = {"MENURA_HOME": str(home), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1000)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(60) != 0
