"""Recordings that models go on from, or whose melody they follow: joined, named, made again."""

import dataclasses
import json
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from menura.archive.blobs import FOLDER
from menura.catalog.store import Store
from menura.cli.app import app
from menura.errors import InvalidInput, InvalidRecipe, NotFound, NotInstalled, StorageFailed
from menura.settings import Settings
from menura.studio import Studio
from menura.take import Take
from menura.tasks import Effect, Music, Part, Work

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
RATE = 8000
GIVEN_S = 2.005
JOIN_S = 0.04


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("checkpoints")
    settings = Settings(home=tmp_path_factory.mktemp("home"), workers=1, offline=True)
    store = Store(settings.home, offline=True)
    for name, how in (("tiny", {}), ("tuneful", {"melody": True})):
        TINY["write_musicgen"](folder / name, TINY["musicgen"](**how), window=TINY["WINDOW_FRAMES"])
        store.import_from(name, folder / name)
    return settings


@pytest.fixture(scope="module")
def opened(settings: Settings) -> Iterator[Studio]:
    with Studio(settings) as studio:
        yield studio


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A steady tone of two channels at 44.1 kHz, no whole number of frames of codes long."""
    path = tmp_path_factory.mktemp("given") / "given.wav"
    t = np.arange(round(44_100 * GIVEN_S)) / 44_100
    tone = 0.2 * np.sin(2 * np.pi * 150 * t) + 0.1 * np.sin(2 * np.pi * 450 * t)
    soundfile.write(path, np.stack((tone, tone), axis=1), 44_100)
    return path


def goes_on(studio: Studio, recording: Path, **fields: Any) -> Music:
    given = {"engine": "tiny", "seed": 1, "continue_s": 2, "continue_audio": studio.keep(recording)}
    return Music("calm piano", **(given | fields))


def test_a_recording_goes_on_and_the_manifest_says_what_is_recorded(
    opened: Studio, recording: Path, tmp_path: Path
) -> None:
    task = goes_on(opened, recording)
    take = opened.render(task)
    assert take.audio.frames == round(GIVEN_S * RATE) + 2 * RATE
    assert take.report.understood["continues"] == {
        "sha256": task.continue_audio,
        "joined_at_s": round(round(GIVEN_S * RATE) / RATE, 6),
        "crossfade_ms": 40.0,
    }
    assert [line.partition(":")[0] for line in take.report.ignored] == [
        "2 channels of the recording",
        "what the recording has above 4 kHz",
    ]
    path = take.save(tmp_path / "a.wav")
    assert b"compositeWithTrainedAlgorithmicMedia" in path.read_bytes()
    assert opened.verify(path).manifest.state == "trusted"
    assert opened.redo(path).samples_sha256() == take.samples_sha256()


def test_what_was_given_is_heard_until_the_join(opened: Studio, recording: Path) -> None:
    take = unmarked(opened, goes_on(opened, recording))
    heard = take.audio.samples[0, : round((GIVEN_S - JOIN_S) * RATE)]
    t = np.arange(heard.size) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 150 * t) + 0.1 * np.sin(2 * np.pi * 450 * t)
    inner = slice(RATE // 10, None)  # the DC blocker has settled
    gain = (heard[inner] @ tone[inner]) / (tone[inner] @ tone[inner])
    assert np.std(heard[inner] - gain * tone[inner]) < 0.05 * np.std(heard)
    after = take.audio.samples[0, round(GIVEN_S * RATE) :][: RATE // 10]
    t = GIVEN_S + np.arange(after.size) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 150 * t) + 0.1 * np.sin(2 * np.pi * 450 * t)
    assert np.std(after - gain * tone) > 0.5 * np.std(after)


def test_what_follows_depends_on_what_was_given(opened: Studio, recording: Path) -> None:
    other = recording.with_name("other.wav")
    noise = 0.1 * np.random.default_rng(1).standard_normal(44_100)
    soundfile.write(other, noise, 44_100)
    first, second = (
        unmarked(opened, goes_on(opened, path)).audio.samples[0, -RATE:]
        for path in (recording, other)
    )
    alone = unmarked(opened, Music("calm piano", engine="tiny", seed=1, duration_s=2))
    sounds = [first, second, alone.audio.samples[0, -RATE:]]
    for i, a in enumerate(sounds):
        for b in sounds[:i]:
            assert abs(np.corrcoef(a, b)[0, 1]) < 0.9


def test_an_effect_goes_on_in_its_own_channels(
    settings: Settings, recording: Path, tmp_path: Path
) -> None:
    maker = runpy.run_path(str(Path(__file__).with_name("test_codec_lm_engine.py")))
    Store(settings.home, offline=True).import_from(
        "tiny-effects", maker["write_audiocraft"](tmp_path)
    )
    with Studio(settings) as studio:
        task = Effect("rain", engine="tiny-effects", continue_audio=studio.keep(recording))
        settled = dataclasses.replace(task, continue_s=0.5, seed=2)
        take = unmarked(studio, settled)
    assert take.audio.channels == 2
    assert take.audio.frames == round(GIVEN_S * 16_000) + 8000
    assert not any("channels of the recording" in line for line in take.report.ignored)


def test_a_melody_is_followed_by_a_model_that_can(opened: Studio, recording: Path) -> None:
    digest = opened.keep(recording)
    task = Music("calm", engine="tuneful", seed=1, duration_s=1, melody_audio=digest)
    take = opened.render(task)
    assert take.report.understood["melody"] == {"sha256": digest, "seconds": GIVEN_S}
    # Seven windows of 0.128 s, as the tiny model's config says; the published ones have 235.
    assert take.report.ignored == (
        "the melody after its first 0.896 s: the model hears no more of it",
    )
    without = opened.render(dataclasses.replace(task, melody_audio=None))
    assert take.samples_sha256() != without.samples_sha256()
    # It is not heard itself: nothing recorded is in the sound.
    assert take.origin.source == "trained"
    unnamed = opened.stream(dataclasses.replace(task, engine=None))
    unnamed.close()
    assert unnamed.origin.engine.name == "tuneful"


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"melody_audio": True}, InvalidInput, "tiny follows no melody: take a melody model"),
        ({"continue_audio": "0" * 64}, NotFound, "keeps no file with the SHA-256 000000000000"),
        ({"engine": "arranger"}, InvalidInput, "arranger has no control of continue_audio"),
        ({"continue_audio": None}, InvalidInput, "no continue_s; the engine arranger"),
    ],
)
def test_what_cannot_go_on_is_refused_before_any_sound(
    opened: Studio, recording: Path, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    fields = {k: opened.keep(recording) if v is True else v for k, v in fields.items()}
    with pytest.raises(error, match=said):
        opened.stream(goes_on(opened, recording, **fields))


def test_a_recording_too_short_altered_or_forgotten_is_refused(
    settings: Settings, recording: Path, tmp_path: Path
) -> None:
    short = tmp_path / "short.wav"
    soundfile.write(short, np.zeros(100), 8000)
    with Studio(settings) as studio:
        with pytest.raises(InvalidInput, match=r"lasts 0\.5 to 3600 s, not 0\.0125"):
            studio.stream(goes_on(studio, short))
        take = studio.render(goes_on(studio, recording, continue_s=1))
        path = take.save(tmp_path / "a.wav")
        kept = settings.home / FOLDER / studio.keep(recording)
        kept.write_bytes(b"RIFF")
        with pytest.raises(StorageFailed, match="altered"):
            studio.redo(path)
        kept.unlink()
        with pytest.raises(NotFound, match="give it again"):
            studio.redo(path)
        studio.keep(recording)
        assert studio.redo(path).samples_sha256() == take.samples_sha256()


def test_what_is_no_sound_is_not_kept(opened: Studio, tmp_path: Path) -> None:
    for name, content in (("a.wav", b"RIFF none"), ("b.codes", b"PK\x03\x04 none")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput, match=name):
            opened.keep(tmp_path / name)


def test_without_a_model_it_says_which_to_add(tmp_path: Path, recording: Path) -> None:
    with (
        Studio(Settings(home=tmp_path / "home", workers=1)) as studio,
        pytest.raises(NotInstalled, match="continue_audio: `menura models add musicgen-"),
    ):
        studio.stream(goes_on(studio, recording, engine=None))


def test_a_part_that_goes_on_makes_the_whole_composite(opened: Studio, recording: Path) -> None:
    parts = (Part(goes_on(opened, recording, continue_s=1)),)
    assert opened.render(Work(parts)).origin.source == "composite"


@pytest.fixture
def menura(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("MENURA_HOME", str(settings.home))
    monkeypatch.chdir(tmp_path)

    def run(*argv: object) -> dict[str, Any]:
        done = CliRunner().invoke(app, [str(each) for each in argv])
        if done.exception is not None:
            raise done.exception
        return json.loads(done.stdout)

    return run


def test_on_the_command_line(menura: Any, recording: Path) -> None:
    said = ("music", "calm piano", "--engine", "tiny", "--seed", 1, "--json")
    first = menura(*said, "--continue", recording, "--continue-seconds", 1, "-o", "a.wav")
    assert first["duration_s"] == pytest.approx(GIVEN_S + 1, abs=1e-3)
    again = menura("music", "--continue", "a.wav", "--duration", 1, "-o", "b.wav", "--json")
    assert again["duration_s"] == pytest.approx(GIVEN_S + 2, abs=1e-3)
    assert again["report"]["understood"]["prompt"] == "calm piano"
    tune = menura(
        "music", "calm", "--engine", "tuneful", "--melody", recording, "--duration", 1,
        "-o", "c.wav", "--json",
    )  # fmt: skip
    assert tune["report"]["understood"]["melody"]["seconds"] == GIVEN_S
    for argv, said_so in (
        (("music", "--continue", recording), "name one with --engine"),
        (("music", "x", "--continue", recording), "give no prompt"),
        (("music", "x", "--engine", "tiny", "--continue-seconds", 1), "--continue FILE"),
        (
            (*said, "--continue", recording, "--continue-seconds", 1, "--duration", 3),
            "leave out --duration",
        ),
        (("effect", "x", "--continue-seconds", 1), "--continue FILE"),
    ):
        with pytest.raises((InvalidInput, InvalidRecipe), match=said_so):
            menura(*argv)


def test_the_commands_of_the_page_run(
    settings: Settings,
    recording: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("MENURA_HOME", str(settings.home))
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(recording, "calm.wav")
    shutil.copytree(Store(settings.home).get("tuneful").folder, "MELODY_FOLDER")
    TINY["write_encodec"](tmp_path / "CODEC_FOLDER", TINY["CODEC"])
    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    lines: list[str] = []
    for title in ("Recordings that go on, and melodies", "Sound as codes"):
        section = page.partition(f"## {title}\n")[2]
        lines += section.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert len(lines) == 7
    for line in lines:
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.output, done.exception)
    lasts = {name: soundfile.info(f"{name}.wav").duration for name in ("longer", "longest", "tune")}
    assert lasts == pytest.approx({"longer": 4.005, "longest": 6.005, "tune": 2}, abs=1e-3)
    assert soundfile.info("decoded.wav").duration == pytest.approx(GIVEN_S, abs=1e-3)


def unmarked(studio: Studio, task: Music | Effect) -> Take:
    """Returns a take without the mark, which would be measured too."""
    with Studio(dataclasses.replace(studio.settings, marking=False)) as other:
        return other.render(task)
