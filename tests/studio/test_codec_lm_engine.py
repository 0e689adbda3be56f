"""Codec language models from a folder to a signed file: music and effects of tiny random ones."""

import json
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from menura.catalog.store import Store
from menura.cli.app import app
from menura.errors import EngineFailed, InvalidInput, MenuraError, Refused
from menura.settings import Settings
from menura.studio import Studio
from menura.tasks import Effect, Music, Part, Task, Work, dump, load

TINY: dict[str, Any] = runpy.run_path(
    str(Path(__file__).parents[1] / "runtime" / "tiny_checkpoints.py")
)
RATE = 8000


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    TINY["write_musicgen"](folder, TINY["musicgen"](), window=TINY["WINDOW_FRAMES"])
    return folder


@pytest.fixture(scope="module")
def audiocraft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audiocraft")
    return write_audiocraft(folder)


@pytest.fixture(scope="module")
def settings(
    tmp_path_factory: pytest.TempPathFactory, checkpoint: Path, audiocraft: Path
) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"), workers=1, offline=True)
    store = Store(settings.home, offline=True)
    store.import_from("tiny", checkpoint)
    store.import_from("tiny-effects", audiocraft)
    return settings


@pytest.fixture(scope="module")
def tiny(settings: Settings) -> Iterator[Studio]:
    with Studio(settings) as studio:
        yield studio


def write_audiocraft(folder: Path) -> Path:
    """Writes an AudioGen: the files of `audiocraft.toml`, from tensors of the same names."""
    sizes = {"hidden_size": 64, "num_attention_heads": 1, "ffn_dim": 128, "num_hidden_layers": 2}
    config = TINY["musicgen"](**sizes)
    config["audio_encoder"] = TINY["CODEC"] | {
        "sampling_rate": 16_000,
        "upsampling_ratios": [8, 5, 4, 2],
        "pad_mode": "constant",
    }
    lm, codec, text = TINY["audiocraft_names"](TINY["musicgen_tensors"](config, 0))
    (folder / "t5").mkdir()
    (folder / "t5/config.json").write_text(json.dumps(TINY["TEXT"]))
    TINY["write_safetensors"](folder / "t5/model.safetensors", text)
    TINY["write_tokenizer"](folder / "t5")
    TINY["write_safetensors"](folder / "state_dict.safetensors", lm)
    TINY["write_safetensors"](folder / "compression_state_dict.safetensors", codec)
    return folder


def piece(**fields: Any) -> Music:
    return Music(
        **({"prompt": "calm piano", "engine": "tiny", "duration_s": 2, "seed": 1} | fields)
    )


def test_a_model_makes_a_file_that_verifies(tiny: Studio, tmp_path: Path) -> None:
    shares: list[float] = []
    take = tiny.render(piece(), progress=shares.append)
    assert take.audio.rate == RATE
    assert take.audio.frames == 2 * RATE
    assert np.abs(take.audio.samples).max() > 0.01
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    path = take.save(tmp_path / "a.wav")
    assert tiny.verify(path).manifest.state == "trusted"
    assert b"trainedAlgorithmicMedia" in path.read_bytes()
    assert take.recipe["task"]["options"] == [
        ["bits", 8.0],
        ["guidance", 3.0],
        ["temperature", 1.0],
        ["top_k", 250.0],
        ["top_p", 1.0],
    ]


def test_a_seed_an_option_and_a_prompt_decide_the_samples(tiny: Studio) -> None:
    first = tiny.render(piece()).samples_sha256()
    assert tiny.render(piece()).samples_sha256() == first
    for other in (
        piece(seed=2),
        piece(options=(("temperature", 1.3),)),
        piece(options=(("guidance", 1.0),)),
        piece(options=(("top_k", 2),)),
        piece(options=(("bits", 32),)),
        piece(prompt="loud drums"),
    ):
        assert tiny.render(other).samples_sha256() != first


def test_a_take_is_made_again_under_other_settings(
    tiny: Studio, settings: Settings, tmp_path: Path
) -> None:
    import dataclasses

    take = tiny.render(piece(options=(("temperature", 0.8),)))
    path = take.save(tmp_path / "a.flac")
    with Studio(dataclasses.replace(settings, model_weights="fp32")) as other:
        again = other.redo(path)
    assert again.samples_sha256() == take.samples_sha256()
    assert again.id == take.id


def test_fields_become_words_and_the_report_says_so(tiny: Studio) -> None:
    take = tiny.render(
        piece(bpm=90, key="D major", instruments=("piano",), exclude=("drums", "vocals"))
    )
    assert take.report.understood["prompt"] == (
        "calm piano, with piano, 90 bpm, in D major, instrumental"
    )
    told, kept = take.report.ignored
    assert told.startswith("instruments, bpm, key, exclude: told to the model in words")
    assert kept == "exclude: the model cannot be kept from drums"


def test_the_end_of_a_long_prompt_is_cut_and_reported(tiny: Studio) -> None:
    take = tiny.render(piece(prompt="calm piano " * 400, duration_s=1))
    (line,) = take.report.ignored
    assert line.startswith("the end of the prompt, from 'piano calm")
    assert line.endswith("the model reads 512 tokens")
    assert tiny.render(piece(duration_s=1)).report.ignored == ()


@pytest.mark.parametrize(
    ("task", "duration_s"),
    [
        (Music("calm piano, 3 seconds", engine="tiny"), 3),
        (Effect("rain", engine="tiny-effects"), 10),
        (Effect("3 seconds of rain", engine="tiny-effects"), 3),
        (Effect("rain", duration_s=0.5, engine="tiny-effects"), 0.5),
    ],
)
def test_a_length_comes_from_field_prompt_or_engine(
    tiny: Studio, task: Task, duration_s: float
) -> None:
    take = tiny.render(task)
    assert take.audio.frames == round(duration_s * take.audio.rate)
    assert take.recipe["task"]["duration_s"] == duration_s


def test_channels_are_those_that_were_asked_for(tiny: Studio) -> None:
    wide = tiny.render(Effect("rain", duration_s=1, seed=1, engine="tiny-effects"))
    one = tiny.render(Effect("rain", duration_s=1, seed=1, channels=1, engine="tiny-effects"))
    assert (wide.audio.channels, one.audio.channels) == (2, 1)
    assert wide.report.measured["model_channels"] == 1
    assert np.array_equal(*wide.audio.samples)


def test_the_influence_of_a_prompt_is_its_guidance(tiny: Studio) -> None:
    def guidance(**fields: Any) -> float:
        task = Effect("rain", duration_s=0.5, engine="tiny-effects", **fields)
        return dict(tiny.render(task).report.understood["options"])["guidance"]

    assert guidance() == guidance(prompt_influence=0.3) == 3
    assert guidance(prompt_influence=0) == 1
    assert guidance(prompt_influence=1, options=(("guidance", 2),)) == 2


def test_a_stream_is_left_before_the_piece_is_made(tiny: Studio) -> None:
    stream = tiny.stream(piece(duration_s=3600))
    next(stream)
    stream.close()
    assert stream.take.audio.duration_s < 5
    assert tiny.render(piece(duration_s=1)).audio.frames == RATE


@pytest.mark.parametrize(
    ("task", "said"),
    [
        (piece(plan="x"), "no plan; the engine arranger"),
        (piece(loop=True), "no loop"),
        (piece(cues=((1, "hit"),)), "no cues"),
        (piece(melody="C4:1"), "no melody"),
        (piece(options=(("heat", 1),)), "no option heat; it has temperature, top_k"),
        (piece(options=(("temperature", 9),)), "temperature lies between 0"),
        (piece(options=(("top_k", 2.5),)), "top_k is a whole number"),
        (piece(options=(("bits", 16),)), "bits are 4, 8 or 32"),
        (Effect("rain", engine="tiny-effects", loop=True), "no loop; the engine foley"),
        (Effect("rain", engine="tiny-effects", endless=True), "no endless"),
        (Effect("rain", engine="tiny"), "tiny makes music, not effect"),
        (Music("calm", engine="arranger", options=(("temperature", 1),)), "no control of options"),
        (Effect("rain", engine="foley", options=(("temperature", 1),)), "no control of options"),
    ],
)
def test_what_a_model_cannot_do_is_refused_before_any_sound(
    tiny: Studio, task: Task, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        tiny.stream(task)


def test_a_task_that_names_no_engine_goes_to_one_that_can(tiny: Studio) -> None:
    def engine(task: Task) -> str:
        stream = tiny.stream(task)
        stream.close()
        return stream.origin.engine.name

    assert engine(Music("calm piano", duration_s=2)) == "tiny"
    assert engine(Music("calm piano", loop=True, duration_s=5)) == "arranger"
    assert tiny.plan(Music("calm piano", duration_s=5)).count("[[part]]") > 0
    with pytest.raises(InvalidInput, match="tiny makes music without a plan"):
        tiny.plan(piece())
    assert engine(Effect("rain", duration_s=2)) == "tiny-effects"
    assert engine(Effect("rain", endless=True)) == "foley"


def test_a_model_plays_in_a_work_beside_others(tiny: Studio) -> None:
    parts = (
        Part(piece(duration_s=2)),
        Part(piece(duration_s=1, seed=2), start_s=0.5),
        Part(Effect("rain", duration_s=1, engine="tiny-effects"), start_s=1),
    )
    take = tiny.render(Work(parts))
    assert take.audio.duration_s == pytest.approx(2, abs=1e-3)
    assert len(take.stems) == 3


def test_fields_put_into_words_pass_the_content_check(settings: Settings, tmp_path: Path) -> None:
    import dataclasses

    terms = tmp_path / "terms.txt"
    terms.write_text("forbidden\n")
    with (
        Studio(dataclasses.replace(settings, blocked_terms=terms)) as studio,
        pytest.raises(Refused),
    ):
        studio.render(piece(key="a forbidden key"))


def test_weights_that_give_no_numbers_fail_in_one_line(tmp_path: Path) -> None:
    huge = {"decoder.lm_heads.0.weight": np.full((32, 32), 3e38, np.float32)}
    TINY["write_musicgen"](tmp_path / "huge", TINY["musicgen"](), spoil=huge)
    settings = Settings(home=tmp_path / "home", model_weights="fp32", offline=True)
    Store(settings.home, offline=True).import_from("huge", tmp_path / "huge")
    with Studio(settings) as studio, pytest.raises(EngineFailed, match="no numbers"):
        studio.render(piece(engine="huge"))


@pytest.mark.parametrize("what", ["truncated", "removed"])
def test_graphs_that_are_damaged_are_made_again(
    what: str, tmp_path: Path, checkpoint: Path
) -> None:
    settings = Settings(home=tmp_path, offline=True)
    installed = Store(tmp_path, offline=True).import_from("tiny", checkpoint)
    with Studio(settings) as studio:
        first = studio.render(piece(duration_s=1)).samples_sha256()
    graph = Store(tmp_path).cache(installed, "codec-lm-int8") / "text.onnx"
    if what == "removed":
        graph.unlink()
    else:
        graph.write_bytes(graph.read_bytes()[:100])
    with Studio(settings) as studio:
        assert studio.render(piece(duration_s=1)).samples_sha256() == first


def test_a_model_that_was_altered_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    settings = Settings(home=tmp_path, offline=True)
    installed = Store(tmp_path, offline=True).import_from("tiny", checkpoint)
    weights = installed.path("model.safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(bytes(data))
    with Studio(settings) as studio, pytest.raises(MenuraError, match="models remove tiny"):
        studio.stream(piece())


def test_options_survive_json_and_are_one_task_in_any_order() -> None:
    first = piece(options=[("top_k", 5), ("temperature", 1)])
    assert first == piece(options=(("temperature", 1.0), ("top_k", 5.0)))
    assert load(json.loads(json.dumps(dump(first)))) == first


@pytest.mark.parametrize(
    "options",
    [
        None,
        "temperature=1",
        ((),),
        (("temperature",),),
        (("temperature", "1"),),
        (("temperature", True),),
        (("temperature", float("nan")),),
        (("temperature", 10**400),),
        (("Not a name", 1),),
        (("temperature", 1), ("temperature", 2)),
        tuple((f"o{n}", 1) for n in range(33)),
    ],
)
def test_options_that_are_none_are_refused(options: Any) -> None:
    with pytest.raises(InvalidInput):
        piece(options=options)
    with pytest.raises(InvalidInput):
        Effect("rain", options=options)


def test_the_commands_of_the_page_run(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENURA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    page = (Path(__file__).parents[2] / "docs/models.md").read_text(encoding="utf-8")
    section = page.partition("## Music and sounds from a model\n")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    lines = block.replace("FOLDER", str(checkpoint)).splitlines()
    assert len(lines) == 4
    for line in lines:
        done = runner.invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
    with Studio(Settings(home=tmp_path / "home", workers=1)) as studio:
        tasks = {path.name: studio.task_of(path) for path in tmp_path.glob("*.wav")}
    assert {name: task.duration_s for name, task in tasks.items() if isinstance(task, Music)} == {
        "calm.wav": 2,
        "told.wav": 2,
        "warm.wav": 2,
    }


def test_an_option_on_the_command_line_is_a_name_and_a_number(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MENURA_HOME", str(settings.home))
    monkeypatch.chdir(tmp_path)
    for given in ("temperature", "temperature=", "temperature=hot", "=1"):
        done = CliRunner().invoke(app, ["music", "calm", "--engine", "tiny", "--set", given])
        assert isinstance(done.exception, InvalidInput)
    effect = ("effect", "rain", "--engine", "tiny-effects", "--duration", "0.5", "--seed", "1")
    words = (*effect, "--json", "--set", "temperature=1.3", "-o", "a.wav")
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["report"]["understood"]["options"]["temperature"] == 1.3
