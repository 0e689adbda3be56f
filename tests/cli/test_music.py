"""`menura music` as a user meets it: files, editing, and one line for whatever is wrong."""

import io
import json
import struct
import tomllib
from pathlib import Path

import av
import mido
import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from menura.cli.app import app
from menura.cli.output import exit_code, one_line
from menura.errors import MenuraError

SMALL = ("--instruments", "piano, upright bass", "--duration", "8")
PLAN = """\
key = "C major"
bpm = 120
[[part]]
name = "keys"
role = "chords"
instrument = "piano"
[[section]]
name = "verse"
bars = 2
chords = ["C", "G"]
"""


@pytest.fixture
def menura(home: Path, tmp_path: Path, monkeypatch):
    """Runs the command in this process, in an empty folder."""
    monkeypatch.setenv("MENURA_HOME", str(home))
    monkeypatch.setenv("MENURA_WORKERS", "1")
    monkeypatch.chdir(tmp_path)

    def run(*argv: str):
        done = CliRunner().invoke(app, argv)
        if isinstance(done.exception, MenuraError):
            return exit_code(done.exception), "", str(done.exception)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.stdout_bytes, done.stderr

    return run


def samples(name: str) -> np.ndarray:
    return soundfile.read(name, dtype="float32")[0]


def notes(name: str) -> list[tuple[float, int, int, int]]:
    """Seconds, channel, key, velocity of each note."""
    found, now_s = [], 0.0
    for message in mido.MidiFile(name):
        now_s += message.time
        if message.type == "note_on" and message.velocity:
            found.append((round(now_s, 3), message.channel, message.note, message.velocity))
    return found


@pytest.fixture
def piece(menura):
    """A piece of 8 s with everything that can be written beside it; returns its facts."""
    code, out, _ = menura(
        "music", "calm folk in E minor, 120 bpm", *SMALL, "--form", "verse chorus outro",
        "--seed", "5", "-o", "a.wav", "--midi", "a.mid", "--plan-out", "a.toml", "--stems", "st",
        "--captions", "a.vtt", "--json",
    )  # fmt: skip
    assert code == 0
    return json.loads(out)


def test_a_piece_and_all_that_comes_with_it(piece, menura) -> None:
    report = piece["report"]
    assert report["understood"]["bpm"] == 120
    assert report["understood"]["key"] == "E minor"
    master = samples("a.wav")
    assert len(master) == 8 * soundfile.info("a.wav").samplerate
    stems = sum(samples(str(path)) for path in Path("st").iterdir())
    rest = np.mean((stems - master) ** 2) / np.mean(master**2)
    assert 10 * np.log10(rest) < -60
    first = mido.MidiFile("a.mid").tracks[0]
    assert next(m.tempo for m in first if m.type == "set_tempo") == 500_000
    marks = [m.text for m in first if m.type == "marker"]
    assert marks == [section["name"] for section in report["understood"]["sections"]]
    with av.open("a.wav") as container:
        assert [c["metadata"]["title"] for c in container.chapters()] == marks
    captions = Path("a.vtt").read_text()
    assert captions.startswith("WEBVTT")
    assert all(f"[{mark}]" in captions for mark in marks)
    found = json.loads(menura("verify", "a.wav", "--json")[1])
    assert found["mark"]["found"] is True
    assert found["manifest"]["state"] == "trusted"
    assert menura("redo", "a.wav", "-o", "again.wav")[0] == 0
    assert np.array_equal(samples("again.wav"), master)


def test_an_edited_plan_is_played_as_it_stands(piece, menura) -> None:
    text = Path("a.toml").read_text()
    assert 'key = "E minor"' in text
    Path("b.toml").write_text(text)
    assert menura("music", "--plan", "b.toml", "-o", "b.wav", "--midi", "b.mid")[0] == 0
    assert notes("b.mid") == notes("a.mid")
    Path("b.toml").write_text(text.replace("bpm = 120.0", "bpm = 150.0"))
    assert menura("music", "--plan", "b.toml", "-o", "b.wav", "--midi", "b.mid")[0] == 0
    faster = [(round(at * 1.25, 1), key) for at, _, key, _ in notes("b.mid")]
    assert len(faster) == len(notes("a.mid"))
    assert notes("b.mid")[-1][0] == pytest.approx(notes("a.mid")[-1][0] / 1.25, abs=0.1)


def test_a_section_is_replaced_and_a_piece_goes_on(piece, menura) -> None:
    starts = {s["name"]: s["start_beat"] / 2 for s in piece["report"]["understood"]["sections"]}
    done = menura(
        "music", "--replace-in", "a.wav", "--replace-section", "chorus", "--seed", "9",
        "-o", "r.wav", "--midi", "r.mid",
    )  # fmt: skip
    assert done[0] == 0
    old, new = notes("a.mid"), notes("r.mid")
    low, high = starts["chorus"] - 0.15, starts["outro"] + 0.15
    assert [n for n in old if not low <= n[0] < high] == [n for n in new if not low <= n[0] < high]
    assert [n for n in old if low <= n[0] < high] != [n for n in new if low <= n[0] < high]
    assert len(samples("r.wav")) == len(samples("a.wav"))
    made = menura("music", "--continue", "r.wav", "--duration", "3.7", "--seed", "2", "-o", "c.wav")
    assert made[0] == 0
    rate = soundfile.info("c.wav").samplerate
    assert len(samples("c.wav")) == round(11.7 * rate)
    assert menura("redo", "c.wav", "-o", "c2.wav")[0] == 0
    assert np.array_equal(samples("c2.wav"), samples("c.wav"))


def test_variations_differ_and_come_again(menura) -> None:
    for name in ("v", "w"):
        done = menura(
            "music", "piano", "--duration", "3", "--variations", "2", "--seed", "7", "-o",
            f"{name}.wav",
        )  # fmt: skip
        assert done[:2] == (0, f"{name}-1.wav\n{name}-2.wav\n".encode())
    assert not np.array_equal(samples("v-1.wav"), samples("v-2.wav"))
    for number in (1, 2):
        assert np.array_equal(samples(f"v-{number}.wav"), samples(f"w-{number}.wav"))


def test_a_stream_goes_to_stdout_and_its_report_to_stderr(menura) -> None:
    code, out, err = menura(
        "music", "zorp piano", "--duration", "3", "--seed", "1", "-o", "-", "--json"
    )
    assert code == 0
    sound, rate = soundfile.read(io.BytesIO(out))
    assert len(sound) == 3 * rate
    chosen, told, facts = err.splitlines()
    assert chosen == "menura: no genre is named: by who plays it is solo piano"
    assert told == "menura: not understood: zorp"
    assert json.loads(facts)["duration_s"] == 3.0


@pytest.mark.parametrize(("suffix", "padded"), [("mp3", True), ("flac", False)])
def test_a_loop_has_whole_bars_and_mp3_warns(suffix: str, padded: bool, menura) -> None:
    code, out, err = menura(
        "music", "piano at 120 bpm", "--duration", "5", "--loop", "--seed", "1", "-o",
        f"l.{suffix}", "--json",
    )  # fmt: skip
    report = json.loads(out)["report"]
    assert code == 0
    assert report["measured"]["duration_s"] in {4.0, 6.0}
    assert any("whole bars" in line for line in report["ignored"])
    assert any("pads" in line for line in report["ignored"]) is padded
    assert ("mp3 pads" in err) is padded


def test_cues_are_met(menura) -> None:
    plain = menura(
        "music", "cinematic", "--duration", "20", "--cues", "4.2:hit,12:drop", "--seed", "1",
        "--plan-only",
    )  # fmt: skip
    assert b'[4.2, "hit"], [12.0, "drop"]' in plain[1]
    Path("q.toml").write_bytes(plain[1])
    done = menura("music", "--plan", "q.toml", "-o", "q.wav", "--midi", "q.mid")
    assert done[0] == 0
    for cue_s in (4.2, 12.0):
        assert min(abs(at - cue_s) for at, *_ in notes("q.mid")) <= 0.01


def test_a_given_tune_is_played(menura) -> None:
    tune = [(62, 1.0), (66, 0.5), (69, 1.5), (67, 1.0)]
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(track := mido.MidiTrack())
    for pitch, beats in tune:
        track.append(mido.Message("note_on", note=pitch, velocity=80))
        track.append(mido.Message("note_off", note=pitch, time=round(480 * beats)))
    file.save("tune.mid")
    made = menura("music", "folk", "--melody", "tune.mid", "--seed", "1", "--plan-only")
    plan = tomllib.loads(made[1].decode())
    assert [(key, beats) for _, beats, key in plan["melody"]] == tune
    assert plan["key"].split()[0] == "D"


def test_a_plan_says_what_was_not_understood(menura) -> None:
    code, out, _ = menura("music", "fast slow zorp waltz in 4/4", "--seed", "1", "--plan-only")
    head = out.decode().splitlines()[:6]
    assert code == 0
    assert "# Note: not understood: zorp" in head
    assert any("4/4" in line and "waltz" in line for line in head)
    assert 'meter = "4/4"' in out.decode()
    Path("p.toml").write_bytes(out)
    assert menura("music", "--plan", "p.toml", "--plan-only")[0] == 0


BAD = [
    (("piano", "--bpm", "0"), "bpm lies between 20 and 300"),
    (("piano", "--bpm", "1e6"), "bpm lies between 20 and 300"),
    (("piano", "--bpm", "nan"), "bpm lies between 20 and 300"),
    (("piano", "--key", "H#"), "'H#' is no key"),
    (("piano", "--meter", "4/0"), "no meter"),
    (("piano", "--duration", "0"), "duration_s lies between 1 and 3600"),
    (("piano", "--duration", "-1"), "duration_s lies between 1 and 3600"),
    (("piano", "--duration", "nan"), "duration_s lies between 1 and 3600"),
    (("piano", "--duration", "1e9"), "duration_s lies between 1 and 3600"),
    (("",), "give a prompt or a plan"),
    ((" \n",), "give a prompt or a plan"),
    (("word " * 10_000,), "over the limit of 20000"),
    (("piano", "-o", "a.wav", "--midi", "a.wav"), "one name"),
    (("piano", "-o", "a.wav", "--stems", "a.wav"), "one name"),
    (("piano", "--cues", "4"), "a cue is"),
    (("piano", "--cues", "4:boom"), "hit, drop, rise"),
    (("piano", "--cues", "nan:hit"), "a cue is"),
    (("piano", "--seed", "-1"), "a seed is"),
    (("piano", "--variations", "0"), "1 to 64"),
    (("piano", "--variations", "2", "--midi", "x.mid"), "files of their own"),
    (("piano", "--stems", "x", "-o", "-"), "stems need a file"),
    (("piano", "--midi", "no/x.mid"), "folder does not exist"),
    (("piano", "--engine", "formant"), "not music"),
    (("piano", "--melody", "noise.wav"), "no tune is heard"),
    (("piano", "--melody", "silence.wav"), "silent"),
    (("piano", "--melody", "many.mid"), "over 20000 notes"),
    (("piano", "--melody", "long.mid"), "over 40000 beats"),
    (("piano", "--melody", "tracks.mid"), "65535 tracks"),
    (("piano", "--melody", "empty.mid"), "no MIDI file"),
    (("piano", "--replace-section", "verse"), "--replace-in"),
    (("--replace-in", "noise.wav"), "noise.wav"),
    (("--continue", "noise.wav"), "noise.wav"),
    (("piano", "--continue", "noise.wav"), "no prompt"),
    (("piano", "--plan", "good.toml"), "leave out prompt"),
    (("--plan", "good.toml", "--bpm", "90"), "leave out bpm"),
    (("--plan", "good.toml", "--loop"), "leave out loop"),
]
PLANS = [
    (('"piano"', '"kazoo"'), "part 1", "kazoo"),
    (("bars = 2", "bars = -2"), "section 1", "bars"),
    (("bars = 2", "bars = 1000000"), "section 1", "bars"),
    (('"G"', '"Hx7"'), "section 1", "'Hx7' is no chord"),
    (("bpm = 120", "bpm = 0"), "plan", "bpm"),
    (('"C major"', '"H#"'), "plan", "'H#' is no key"),
    (("bpm = 120", "bpm = "), "line 2", "TOML"),
    (("bars = 2", "bras = 2"), "section 1", "bars"),
    ((PLAN, PLAN + '[[section]]\nname="a"\nbars=256\nchords=["C"]\n' * 4000), "", "section"),
    ((PLAN, PLAN + "#" * 5_000_000), "", "over 4 MB"),
    ((PLAN, PLAN + "#" * 1_000_000), "", "over the limit"),
    ((PLAN, "a = " + "[" * 9000), "", "too deep"),
]  # fmt: skip


def midi(*tracks: bytes, count: int | None = None) -> bytes:
    head = b"MThd" + struct.pack(">IHHH", 6, 1, count or len(tracks), 480)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(t)) + t for t in tracks)


@pytest.fixture
def hostile(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 44_100)
    soundfile.write(tmp_path / "noise.wav", noise, 22_050)
    soundfile.write(tmp_path / "silence.wav", np.zeros(22_050), 22_050)
    (tmp_path / "many.mid").write_bytes(midi(b"\x00\x90\x3c\x40" * 30_000))
    (tmp_path / "long.mid").write_bytes(midi(b"\xff\xff\xff\x7f\x90\x3c\x40" * 9))
    (tmp_path / "tracks.mid").write_bytes(midi(count=65_535))
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "good.toml").write_text(PLAN)


@pytest.mark.parametrize(("argv", "said"), BAD)
def test_bad_input_gets_one_line(argv, said: str, menura, hostile, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    code, out, err = menura("music", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert len(one_line(err)) < 600
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--instruments", "--exclude"])
def test_an_unknown_instrument_is_bad_input_and_the_nearest_are_named(option, menura) -> None:
    code, _, err = menura("music", "piano", option, "piano, glork")
    assert code == 2
    assert "'glork'; near it: glockenspiel" in err


def test_a_nameless_file_ends_as_its_format_does(menura, tmp_path: Path) -> None:
    assert menura("music", "piano", *SMALL, "--seed", "1", "--format", "mp3")[0] == 0
    (path,) = tmp_path.iterdir()
    assert path.suffix == ".mp3"
    assert soundfile.info(path).format == "MP3"


@pytest.mark.parametrize(("change", "where", "said"), PLANS)
def test_bad_plans_name_the_place(change, where: str, said: str, menura, tmp_path: Path) -> None:
    Path("p.toml").write_text(PLAN.replace(*change))
    code, out, err = menura("music", "--plan", "p.toml")
    assert (code, out) == (2, "")
    assert where in err
    assert said in err
    assert len(one_line(err)) < 600
    assert [path.name for path in tmp_path.iterdir()] == ["p.toml"]
