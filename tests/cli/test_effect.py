"""`menura effect` as a user meets it: files, plans, streams, and one line for whatever is wrong."""

import io
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from menura.archive import DATABASE, Archive
from menura.cli.app import app
from menura.cli.output import exit_code, one_line
from menura.errors import MenuraError
from menura.metrics.texture import burst_times, spectral_distance_db

RATE = 48_000
PLAN = """\
duration_s = 1.5
one_shot = true
[[layer]]
source = "knock"
times_s = [0.2, 0.8]
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
    return soundfile.read(name, dtype="float32")[0].T


def onsets(name: str) -> list[float]:
    return burst_times(samples(name), RATE, rise_db=20).tolist()


def test_an_effect_and_all_that_comes_with_it(menura) -> None:
    code, out, _ = menura(
        "effect", "zorp rain on leaves and three knocks", "--duration", "4.4", "--seed", "5",
        "-o", "a.wav", "--plan-out", "a.toml", "--stems", "st", "--json",
    )  # fmt: skip
    assert code == 0
    report = json.loads(out)["report"]
    assert report["measured"]["duration_s"] == 4.4
    assert [layer["name"] for layer in report["understood"]["layers"]] == ["rain", "knock"]
    assert report["ignored"] == ["not understood: zorp"]
    whole = samples("a.wav")
    assert whole.shape == (2, round(4.4 * RATE))
    assert sorted(path.stem for path in Path("st").iterdir()) == ["01 rain", "02 knock"]
    rest = sum(samples(str(path)) for path in Path("st").iterdir()) - whole
    assert 10 * np.log10(np.mean(rest**2) / np.mean(whole**2)) < -60
    found = json.loads(menura("verify", "a.wav", "--json")[1])
    assert found["mark"]["found"] is True
    assert found["manifest"]["state"] == "trusted"
    assert menura("redo", "a.wav", "-o", "again.wav")[0] == 0
    assert np.array_equal(samples("again.wav"), whole)


def test_a_plan_is_printed_edited_and_played(menura) -> None:
    code, out, _ = menura("effect", "two knocks", "--seed", "1", "--plan-only")
    assert code == 0
    plan = tomllib.loads(out.decode())
    first_s, second_s = plan["layer"][0]["times_s"]
    assert menura("effect", "two knocks", "--seed", "1", "-o", "a.wav")[0] == 0
    assert onsets("a.wav") == pytest.approx([first_s, second_s], abs=0.02)
    moved = out.decode().replace(f"{second_s!r}]", "0.6]")
    Path("p.toml").write_text(moved)
    assert menura("effect", "--plan", "p.toml", "-o", "b.wav", "--plan-out", "q.toml")[0] == 0
    assert onsets("b.wav") == pytest.approx([first_s, 0.6], abs=0.02)
    assert tomllib.loads(Path("q.toml").read_text()) == tomllib.loads(moved)


def test_a_plan_says_what_was_not_understood_and_can_be_played(menura) -> None:
    code, out, _ = menura("effect", "zorp rain", "--seed", "1", "--plan-only")
    assert code == 0
    assert out.decode().startswith("# Note: not understood: zorp\n")
    Path("p.toml").write_bytes(out)
    assert menura("effect", "--plan", "p.toml", "--plan-only")[0] == 0


def test_cues_are_met(menura) -> None:
    done = menura("effect", "--cues", "0.7:knock,1.6:a knock", "--seed", "1", "-o", "c.wav")
    assert done[0] == 0
    assert onsets("c.wav") == pytest.approx([0.7, 1.6], abs=0.02)


def test_variations_differ_and_come_again(menura) -> None:
    for name in ("v", "w"):
        done = menura(
            "effect", "glass breaks", "--variations", "3", "--seed", "7", "-o", f"{name}.wav"
        )
        assert done[:2] == (0, f"{name}-1.wav\n{name}-2.wav\n{name}-3.wav\n".encode())
    made = [samples(f"v-{number}.wav") for number in (1, 2, 3)]
    for number, sound in enumerate(made, start=1):
        assert np.array_equal(samples(f"w-{number}.wav"), sound)
    assert spectral_distance_db(made[0], made[1], RATE) > 0.5
    assert spectral_distance_db(made[1], made[2], RATE) > 0.5


def test_a_plan_is_heard_in_one_channel_and_drawn_anew(menura) -> None:
    Path("p.toml").write_text(PLAN + "seed = 4\n")
    for name, options in (("a", ()), ("b", ("--seed", "1")), ("c", ("--seed", "1"))):
        assert menura("effect", "--plan", "p.toml", "--mono", "-o", f"{name}.wav", *options)[0] == 0
        assert soundfile.info(f"{name}.wav").channels == 1
        assert onsets(f"{name}.wav") == pytest.approx([0.2, 0.8], abs=0.02)
    assert np.array_equal(samples("b.wav"), samples("c.wav"))
    assert not np.array_equal(samples("a.wav"), samples("b.wav"))
    done = menura("effect", "--plan", "p.toml", "--variations", "2", "-o", "v.wav")
    assert done[0] != 0
    assert "--seed" in done[2]


def test_a_stem_that_is_silent_is_left_out(menura) -> None:
    Path("p.toml").write_text(PLAN)
    assert menura("effect", "--plan", "p.toml", "-o", "a.wav", "--stems", "st")[0] == 0
    assert [path.stem for path in Path("st").iterdir()] == ["01 knock"]
    whole, stem = samples("a.wav"), soundfile.read("st/01 knock.wav", dtype="float32")[0].T
    assert np.abs(whole - stem).max() < 1e-4


@pytest.mark.parametrize(("options", "channels"), [((), 2), (("--mono",), 1), (("--binaural",), 2)])
def test_channels_are_as_asked(options: tuple[str, ...], channels: int, menura) -> None:
    done = menura("effect", "a click", "--duration", "0.5", "--seed", "1", "-o", "m.wav", *options)
    assert done[0] == 0
    info = soundfile.info("m.wav")
    assert (info.channels, info.samplerate, info.frames) == (channels, RATE, RATE // 2)


def test_another_rate_is_had_through_the_format(menura) -> None:
    done = menura("effect", "a click", "--duration", "1", "--format", "wav_44100", "-o", "r.wav")
    assert done[0] == 0
    assert soundfile.info("r.wav").samplerate == 44_100


def test_influence_narrows_what_is_drawn(menura) -> None:
    def intensities(influence: str) -> list[float]:
        plans = [
            menura(
                "effect", "rain", "--seed", str(s), "--prompt-influence", influence, "--plan-only"
            )[1]
            for s in range(8)
        ]
        return [tomllib.loads(p.decode())["layer"][0].get("intensity", 0.5) for p in plans]

    assert np.std(intensities("1")) == 0
    assert np.std(intensities("0")) > 0.03


@pytest.mark.parametrize(("suffix", "padded"), [("mp3", True), ("flac", False)])
def test_a_loop_in_mp3_has_a_gap_and_that_is_said(suffix: str, padded: bool, menura) -> None:
    code, _, err = menura(
        "effect", "rain", "--duration", "1", "--loop", "--seed", "1", "-o", f"l.{suffix}"
    )
    assert code == 0
    assert ("mp3 pads" in err) is padded


def test_a_sound_goes_to_stdout_and_its_report_to_stderr(menura) -> None:
    code, out, err = menura("effect", "zorp rain", "--duration", "1", "-o", "-", "--json")
    assert code == 0
    sound, rate = soundfile.read(io.BytesIO(out))
    assert (len(sound), rate) == (RATE, RATE)
    told, facts = err.splitlines()
    assert told == "menura: not understood: zorp"
    assert json.loads(facts)["duration_s"] == 1.0


def test_a_stream_plays_until_its_reader_leaves_and_is_on_record(tmp_path: Path) -> None:
    new = tmp_path / "home"
    running = subprocess.Popen(
        [sys.executable, "-m", "menura", "effect", "rain", "--stream", "-o", "-", "--seed", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"MENURA_HOME": str(new), "PATH": "", "MENURA_WORKERS": "1"},
        cwd=tmp_path,
    )
    assert running.stdout is not None
    heard = running.stdout.read(4 * RATE * 2 * 2)
    running.stdout.close()
    assert running.wait(60) == 1
    assert running.stderr is not None
    assert b"Traceback" not in running.stderr.read()
    running.stderr.close()
    sound = np.frombuffer(heard[-2 * RATE * 4 :], "<i2").reshape(-1, 2)
    assert np.abs(sound[-RATE:]).max() > 100
    archive = Archive(new / DATABASE)
    with archive.connect(write=False) as database:
        ((take_id,),) = database.execute("SELECT id FROM takes").fetchall()
    entry = archive.get(take_id)
    assert entry.kind == "effect"
    assert entry.duration_s > 3.0
    assert entry.recipe["task"]["endless"] is True


def test_all_that_it_knows_is_listed(menura) -> None:
    code, out, _ = menura("effect", "--list")
    lines = out.decode().splitlines()
    assert code == 0
    assert len(lines) > 60
    assert next(line for line in lines if line.startswith("rain: ")).count("tin") == 1
    known = json.loads(menura("effect", "--list", "--json")[1])
    assert "tin" in known["rain"]
    assert len(known) == len(lines)


BAD = [
    (("",), "give a prompt or a plan"),
    ((" \n",), "give a prompt or a plan"),
    ((), "give a prompt or a plan"),
    (("word " * 10_000,), "over the limit of 20000"),
    (("a " * 10_000,), "known here"),
    (("zorp flurb",), "known here, but for example"),
    (("a wild animal",), "dog"),
    (("one million knocks",), "has 1 to 500"),
    (("rain", "--duration", "0"), "duration_s lies between 0.5 and 3600"),
    (("rain", "--duration", "-3"), "duration_s lies between 0.5 and 3600"),
    (("rain", "--duration", "nan"), "duration_s lies between 0.5 and 3600"),
    (("rain", "--duration", "1e9"), "duration_s lies between 0.5 and 3600"),
    (("rain", "--prompt-influence", "2"), "prompt_influence lies between 0 and 1"),
    (("rain", "--mono", "--binaural"), "two ears need two channels"),
    (("rain", "--stream", "--loop", "-o", "-"), "what never ends"),
    (("rain", "--stream", "--duration", "3", "-o", "-"), "what never ends"),
    (("rain", "--stream", "-o", "a.wav"), "fits in no file"),
    (("rain", "--stream", "-o", "-", "--stems", "st"), "stems need a file"),
    (("rain", "--stream", "-o", "-", "--variations", "2"), "files of their own"),
    (("rain", "--variations", "0"), "1 to 64"),
    (("rain", "--variations", "65"), "1 to 64"),
    (("rain", "--variations", "2", "--plan-out", "x.toml"), "files of their own"),
    (("rain", "--stems", "x", "-o", "-"), "stems need a file"),
    (("rain", "-o", "a.wav", "--plan-out", "a.wav"), "one name"),
    (("rain", "--plan-out", "no/x.toml"), "folder does not exist"),
    (("rain", "--seed", "-1"), "a seed is"),
    (("rain", "--engine", "formant"), "not effect"),
    (("rain", "--cues", "4"), "a cue is"),
    (("rain", "--cues", "x:knock"), "a cue is written like"),
    (("rain", "--cues", "nan:knock"), "a cue is"),
    (("rain", "--cues", "-1:knock"), "a cue is"),
    (("rain", "--cues", "1:"), "a cue is"),
    (("rain", "--cues", "1:zorp"), "no sound is called 'zorp'"),
    (("rain", "--duration", "3", "--cues", "9:knock"), "behind the end at 3 s"),
    (("rain", "--plan", "good.toml"), "leave out prompt"),
    (("--plan", "good.toml", "--duration", "3"), "leave out duration_s"),
    (("--plan", "good.toml", "--loop"), "leave out loop"),
]  # fmt: skip
PLANS = [
    (('"knock"', '"knok"'), "line 4, layer 1", "nearest are knock"),
    (("[0.2, 0.8]", "[0.2, 9]"), "line 5, layer 1", "0 to 1.5"),
    (("duration_s = 1.5", "duration_s = 0.1"), "line 1, scene", "0.5 to 3600"),
    (("duration_s = 1.5", "duration_s = "), "line 1", "TOML"),
    (("times_s", "tiems_s"), "line 5, layer 1", "no field 'tiems_s'"),
    ((PLAN, PLAN + "#" * 5_000_000), "", "over 4 MB"),
    ((PLAN, "a = " + "[" * 9000), "", "too deep"),
]


@pytest.mark.parametrize(("argv", "said"), BAD)
def test_bad_input_gets_one_line(argv, said: str, menura, tmp_path: Path) -> None:
    Path("good.toml").write_text(PLAN)
    code, out, err = menura("effect", *argv)
    assert (code, out) == (2, "")
    assert said in err
    assert len(one_line(err)) < 600
    assert [path.name for path in tmp_path.iterdir()] == ["good.toml"]


@pytest.mark.parametrize(("change", "where", "said"), PLANS)
def test_bad_plans_name_the_place(change, where: str, said: str, menura, tmp_path: Path) -> None:
    Path("p.toml").write_text(PLAN.replace(*change))
    code, out, err = menura("effect", "--plan", "p.toml")
    assert (code, out) == (2, "")
    assert where in err
    assert said in err
    assert len(one_line(err)) < 600
    assert [path.name for path in tmp_path.iterdir()] == ["p.toml"]


def test_a_plan_that_is_not_there_or_no_text_is_said(menura) -> None:
    assert menura("effect", "--plan", "none.toml")[0] == 4
    Path("b.toml").write_bytes(b"\xff\xfe\x00")
    code, _, err = menura("effect", "--plan", "b.toml")
    assert code == 2
    assert "not UTF-8" in err
