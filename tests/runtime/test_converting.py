"""Converting checkpoints: layouts, refusals, progress, and being cut off at any point."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_checkpoints import (
    CODEC,
    ONE_THREAD,
    WINDOW_FRAMES,
    audiocraft_names,
    musicgen,
    write_encodec,
    write_musicgen,
    write_safetensors,
    write_tokenizer,
)

from menura.errors import InvalidInput, MenuraError, StorageFailed
from menura.runtime.codec_lm import CodecLm
from menura.runtime.converting import convert, stamp
from menura.runtime.facts import Facts
from menura.runtime.layouts import open_source

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAYER = "decoder.model.decoder.layers.0"
AUDIOGEN = {"hidden_size": 64, "num_attention_heads": 1, "ffn_dim": 128, "num_hidden_layers": 2}


def _left(folder: Path) -> list[str]:
    """Returns what lies in a folder, but for locks, which stay."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def _sound(folder: Path) -> Any:
    model = CodecLm.open(folder, ONE_THREAD)
    blocks = model.generate(["calm piano"], seconds=1.0, seeds=[7])
    return np.concatenate([block[0] for block in blocks], axis=1)


def test_facts_say_what_the_model_is(converted: Callable[..., Path]) -> None:
    text, melody, stereo = (Facts.load(converted(n)) for n in ("text", "melody", "stereo"))
    assert (text.rate, text.frame_rate, text.channels) == (8000, 50.0, 1)
    assert (text.melody, melody.melody, stereo.melody) == (False, True, False)
    assert stereo.channels == 2
    assert text.window_frames == WINDOW_FRAMES
    assert text.text_tokens == 512
    assert stereo.decoder is not None
    assert stereo.decoder.delays == (0, 0, 1, 1, 2, 2, 3, 3)
    assert Facts.load(converted("text", "int8")).weights == "int8"


def test_progress_runs_from_nothing_to_all_of_it(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    told: list[float] = []
    convert(
        checkpoints["text"],
        tmp_path / "out",
        weights="int8",
        progress=told.append,
        machine=ONE_THREAD,
    )
    assert told == sorted(told)
    assert told[0] < 0.1
    assert told[-1] == 1.0
    assert len(told) > 50
    again: list[float] = []
    stamp = (tmp_path / "out" / "facts.json").stat().st_mtime_ns
    convert(checkpoints["text"], tmp_path / "out", weights="int8", progress=again.append)
    assert again == [1.0]
    assert (tmp_path / "out" / "facts.json").stat().st_mtime_ns == stamp


def test_another_precision_takes_the_place_of_the_first(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "out"
    sizes = []
    for weights in ("fp32", "int8", "int4"):
        convert(checkpoints["text"], target, weights=weights, machine=ONE_THREAD)  # type: ignore[arg-type]
        assert Facts.load(target).weights == weights
        sizes.append((target / "step.weights").stat().st_size)
    assert sizes[0] > sizes[1] > sizes[2]
    assert _left(tmp_path) == ["out"]


def test_a_checkpoint_in_several_files_or_as_npz_is_the_same(tmp_path: Path) -> None:
    config = musicgen()
    tensors = write_musicgen(tmp_path / "one", config, window=WINDOW_FRAMES)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "model.safetensors").unlink()
    names = sorted(tensors)
    write_safetensors(
        tmp_path / "two" / "model-00001-of-00002.safetensors", {n: tensors[n] for n in names[::2]}
    )
    np.savez(tmp_path / "two" / "rest.npz", **{n: tensors[n] for n in names[1::2]})
    for name in ("one", "two"):
        convert(tmp_path / name, tmp_path / f"{name}-out", weights="fp32")
    np.testing.assert_array_equal(_sound(tmp_path / "one-out"), _sound(tmp_path / "two-out"))


def test_old_names_of_weight_norm(tmp_path: Path) -> None:
    tensors = write_encodec(tmp_path / "new", CODEC)
    old = {
        k.replace("parametrizations.weight.original0", "weight_g").replace(
            "parametrizations.weight.original1", "weight_v"
        ): v
        for k, v in tensors.items()
    }
    shutil.copytree(tmp_path / "new", tmp_path / "old")
    write_safetensors(tmp_path / "old" / "model.safetensors", old)
    for name in ("new", "old"):
        convert(tmp_path / name, tmp_path / f"{name}-out")
    files = [tmp_path / f"{name}-out" / "codec.weights" for name in ("new", "old")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_audiocraft_names_give_the_same_sound(tmp_path: Path) -> None:
    config = musicgen(**AUDIOGEN)
    config["audio_encoder"] = CODEC | {
        "sampling_rate": 16_000,
        "upsampling_ratios": [8, 5, 4, 2],
        "pad_mode": "constant",
    }
    tensors = write_musicgen(tmp_path / "hf", config, window=500)
    lm, codec, text = audiocraft_names(tensors)
    folder = tmp_path / "audiocraft"
    (folder / "t5").mkdir(parents=True)
    write_safetensors(folder / "state_dict.safetensors", lm)
    write_safetensors(folder / "compression_state_dict.safetensors", codec)
    write_safetensors(folder / "t5" / "model.safetensors", text)
    (folder / "t5" / "config.json").write_text(json.dumps(config["text_encoder"]))
    with pytest.raises(InvalidInput, match="no tokenizer"):
        convert(folder, tmp_path / "none")
    write_tokenizer(folder)
    for name in ("hf", "audiocraft"):
        convert(tmp_path / name, tmp_path / f"{name}-out", weights="fp32")
    theirs, ours = Facts.load(tmp_path / "hf-out"), Facts.load(tmp_path / "audiocraft-out")
    assert ours.rate == 16_000
    assert ours.window_frames == 500
    assert ours.codec == theirs.codec
    np.testing.assert_array_equal(_sound(tmp_path / "audiocraft-out"), _sound(tmp_path / "hf-out"))
    shutil.rmtree(folder / "t5")
    with pytest.raises(InvalidInput, match="text encoder"):
        convert(folder, tmp_path / "none")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model_type": "llama"}, "no network of the type"),
        ({"decoder": 3}, "no part 'decoder'"),
        ({"decoder": {"num_hidden_layers": 10**9}}, "num_hidden_layers cannot be"),
        ({"decoder": {"hidden_size": "64"}}, "hidden_size cannot be"),
        ({"decoder": {"hidden_size": True}}, "hidden_size cannot be"),
        ({"decoder": {"hidden_size": 40}}, "its config says|heads do not divide"),
        ({"decoder": {"num_hidden_layers": 4}}, "no tensor"),
        ({"decoder": {"ffn_dim": 128}}, "its config says"),
        ({"decoder": {"num_codebooks": 6}}, "the codec has 4"),
        ({"decoder": {"vocab_size": 64}}, "not those of the codec"),
        ({"decoder": {"activation_function": "evil"}}, "activation_function cannot be"),
        ({"audio_encoder": {"upsampling_ratios": []}}, "upsampling_ratios cannot be"),
        ({"audio_encoder": {"target_bandwidths": "x"}}, "no numbers"),
        ({"audio_encoder": {"target_bandwidths": [1e18]}}, "codebooks"),
        ({"text_encoder": {"feed_forward_proj": "gated-silu"}}, "feed_forward_proj cannot be"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    config = musicgen()
    write_musicgen(tmp_path / "model", config)
    for part, values in change.items():
        config[part] = config[part] | values if isinstance(values, dict) else values
    (tmp_path / "model" / "config.json").write_text(json.dumps(config))
    with pytest.raises(MenuraError, match=says) as error:
        convert(tmp_path / "model", tmp_path / "out", machine=ONE_THREAD)
    assert "\n" not in str(error.value)
    assert _left(tmp_path) == ["model"]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({f"{LAYER}.fc1.weight": np.full((96, 32), np.nan, np.float32)}, "no numbers"),
        ({f"{LAYER}.fc1.weight": np.zeros((96, 31), np.float32)}, "its config says"),
    ],
)
def test_weights_that_are_damaged_are_refused(
    tmp_path: Path, spoil: dict[str, Any], says: str
) -> None:
    write_musicgen(tmp_path / "model", musicgen(), spoil=spoil)
    with pytest.raises(InvalidInput, match=says):
        convert(tmp_path / "model", tmp_path / "out", machine=ONE_THREAD)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_half_a_file_is_refused(tmp_path: Path, name: str, kept: float) -> None:
    write_musicgen(tmp_path / "model", musicgen())
    path = tmp_path / "model" / name
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InvalidInput):
        convert(tmp_path / "model", tmp_path / "out", machine=ONE_THREAD)
    assert _left(tmp_path) == ["model"]


def test_a_folder_without_a_model_and_an_unknown_precision(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no model"):
        open_source(tmp_path)
    with pytest.raises(InvalidInput, match="fp32, int8 or int4"):
        convert(tmp_path, tmp_path / "out", weights="int2")  # type: ignore[arg-type]


def test_a_full_disk_is_said_before_anything_is_written(
    checkpoints: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageFailed, match="MB on disk"):
        convert(checkpoints["text"], tmp_path / "out")
    assert not _left(tmp_path)


_CHILD = """
import sys, time
from pathlib import Path
from menura.runtime.converting import convert
from menura.runtime.session import Machine
at = float(sys.argv[3])
def progress(done):
    if done >= at:
        print("here", flush=True)
        time.sleep(60)
convert(Path(sys.argv[1]), Path(sys.argv[2]), weights="int8", progress=progress,
        machine=Machine(threads=1))
"""


@pytest.mark.parametrize("at", [0.01, 0.5, 0.89])
def test_killed_it_leaves_nothing_that_looks_whole(
    checkpoints: dict[str, Path], tmp_path: Path, at: float
) -> None:
    target = tmp_path / "out"
    arguments = [sys.executable, "-c", _CHILD, checkpoints["text"], target, str(at)]
    with subprocess.Popen([str(a) for a in arguments], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        os.kill(child.pid, signal.SIGKILL)
    assert not target.exists()
    assert len(_left(tmp_path)) == 1
    # The lock went with the process: what it left is nobody's.
    convert(checkpoints["text"], target, weights="int8", machine=ONE_THREAD)
    assert _left(tmp_path) == ["out"]
    assert np.isfinite(_sound(target)).all()


def _started(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(a) for a in arguments], stdout=subprocess.PIPE)


def _line(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    return child.stdout.readline()


_COUNTED = """
import sys, time
from pathlib import Path
from menura.runtime import converting
from menura.runtime.session import Machine
source, target, go = map(Path, sys.argv[1:])
made, write = [], converting.write
def counted(*arguments):
    made.append(1)
    print("writing", flush=True)
    while not go.exists():
        time.sleep(0.01)
    return write(*arguments)
converting.write = counted
print("begun", flush=True)
converting.convert(source, target, weights="int8", machine=Machine(threads=1))
print(len(made), flush=True)
"""


def test_two_processes_convert_once(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    target, go = tmp_path / "out", tmp_path / "go"
    command = (sys.executable, "-c", _COUNTED, checkpoints["text"], target, go)
    with _started(*command) as first, _started(*command) as second:
        assert (_line(first), _line(second)) == (b"begun\n", b"begun\n")
        go.touch()
        outputs = [child.communicate()[0].splitlines() for child in (first, second)]
        assert (first.returncode, second.returncode) == (0, 0)
    assert sorted(lines[-1] for lines in outputs) == [b"0", b"1"]
    assert np.isfinite(_sound(target)).all()
    assert _left(tmp_path) == ["go", "out"]


def test_who_waits_goes_on_when_the_first_is_killed(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    target, go = tmp_path / "out", tmp_path / "go"
    command = (sys.executable, "-c", _COUNTED, checkpoints["text"], target, go)
    with _started(*command) as first:
        assert (_line(first), _line(first)) == (b"begun\n", b"writing\n")
        with _started(*command) as second:
            assert _line(second) == b"begun\n"
            os.kill(first.pid, signal.SIGKILL)
            # Only the second can say so now: it has the lock.
            assert _line(second) == b"writing\n"
            assert len(_left(tmp_path)) == 1
            go.touch()
            assert second.communicate()[0] == b"1\n"
    assert _left(tmp_path) == ["go", "out"]
    assert np.isfinite(_sound(target)).all()


def test_what_another_has_made_again_meanwhile_is_left_alone(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    target = tmp_path / "out"
    assert stamp(target) == ""
    convert(checkpoints["text"], target, weights="int8", machine=ONE_THREAD)
    found = stamp(target)
    (target / "text.onnx").unlink()
    convert(checkpoints["text"], target, weights="int8", machine=ONE_THREAD)
    assert not (target / "text.onnx").exists()
    convert(checkpoints["text"], target, weights="int8", machine=ONE_THREAD, damaged=found)
    assert (target / "text.onnx").exists()
    (target / "mine").touch()
    convert(checkpoints["text"], target, weights="int8", machine=ONE_THREAD, damaged=found)
    assert (target / "mine").exists()


def test_memory_is_that_of_the_largest_tensor(tmp_path: Path) -> None:
    import tracemalloc

    config = musicgen(hidden_size=256, num_attention_heads=4, ffn_dim=1024, num_hidden_layers=8)
    tensors = write_musicgen(tmp_path / "model", config)
    largest = max(values.nbytes for values in tensors.values())
    total = sum(values.nbytes for values in tensors.values())
    assert total > 20 * largest
    del tensors
    convert(tmp_path / "model", tmp_path / "warm", weights="int4", machine=ONE_THREAD)
    tracemalloc.start()
    source = open_source(tmp_path / "model")
    from menura.runtime.converting import _write_language_model

    assert source.text is not None
    assert source.decoder is not None
    (tmp_path / "out").mkdir()
    _write_language_model(source.checkpoint, source.text, source.decoder, tmp_path / "out", "int8")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The fused tensors are three of the largest, beside their codes; the whole is 20 and more.
    assert peak < 8 * largest
