"""Which files a model may have: what they say they are, whole, and nothing that runs."""

import io
import json
import pickle  # noqa: TID251 - written here, never loaded
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from model_files import write_graph
from safetensors.numpy import save, save_file

from menura.catalog.formats import REWRITE, inspect, is_pickle
from menura.errors import InvalidInput, Refused


class Trap:
    """Its pickle writes a file when it is loaded."""

    def __reduce__(self):
        return (exec, ("open('trapped', 'w').close()",))


def torch_archive(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", content)
        archive.writestr("archive/data/0", bytes(16))
    return buffer.getvalue()


def nemo_archive(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("model_weights.ckpt")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


PICKLES = {f"protocol {p}": pickle.dumps(Trap(), p) for p in range(6)}
PICKLES |= {f"dict, protocol {p}": pickle.dumps({"a": [1.0, 2]}, p) for p in range(6)}
PICKLES |= {"torch": torch_archive(PICKLES["protocol 2"]), "nemo": nemo_archive(b"x")}


@pytest.mark.parametrize("kind", PICKLES)
@pytest.mark.parametrize("suffix", [".safetensors", ".npz", ".onnx", ".bin", ".pt", ".model"])
def test_a_pickle_is_refused_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(PICKLES[kind])
    assert is_pickle(path)
    with pytest.raises(Refused, match="is a pickle") as caught:
        inspect(tmp_path, [path.name])
    assert "python -c" in str(caught.value)
    assert f"{path.name} weights.safetensors" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "trapped").exists()


def raw_safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(start: int, stop: int, shape: int = 4) -> dict:
    return {"dtype": "F32", "shape": [shape], "data_offsets": [start, stop]}


@pytest.mark.parametrize(
    "content",
    {
        "header of 2^63": raw_safetensors({"a": tensor(0, 16)}, bytes(16), 2**63),
        "header of 2^64 - 1": raw_safetensors({"a": tensor(0, 16)}, bytes(16), 2**64 - 1),
        "overlap": raw_safetensors({"a": tensor(0, 16), "b": tensor(8, 24)}, bytes(24)),
        "same place": raw_safetensors({"a": tensor(0, 16), "b": tensor(0, 16)}, bytes(16)),
        "gap": raw_safetensors({"a": tensor(0, 16), "b": tensor(20, 36)}, bytes(36)),
        "behind the end": raw_safetensors({"a": tensor(0, 16)}, bytes(8)),
        "trailing": raw_safetensors({"a": tensor(0, 16)}, bytes(64)),
        "shape lies": raw_safetensors({"a": tensor(0, 16, 5)}, bytes(16)),
        "shape of 2^62": raw_safetensors({"a": tensor(0, 16, 2**62)}, bytes(16)),
        "not JSON": struct.pack("<Q", 4) + b"\xff\xfe{}",
        "no tensors": raw_safetensors({}),
        "seven bytes": b"\0" * 7,
        "empty": b"",
        "html": b"<!DOCTYPE html><html>404</html>",
    }.items(),
    ids=lambda pair: pair[0],
)
def test_a_damaged_safetensors_is_refused(tmp_path: Path, content: tuple[str, bytes]) -> None:
    (tmp_path / "m.safetensors").write_bytes(content[1])
    with pytest.raises(InvalidInput, match=r"m\.safetensors"):
        inspect(tmp_path, ["m.safetensors"])


def test_half_a_safetensors_is_refused_and_a_whole_one_is_not(tmp_path: Path) -> None:
    whole = save({"a": np.arange(1000, dtype=np.float32)})
    (tmp_path / "m.safetensors").write_bytes(whole)
    inspect(tmp_path, ["m.safetensors"])
    (tmp_path / "m.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match="damaged"):
        inspect(tmp_path, ["m.safetensors"])


def npz(path: Path, **arrays: np.ndarray) -> Path:
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return path


def test_arrays_of_numbers_are_taken_and_objects_are_not(tmp_path: Path) -> None:
    npz(tmp_path / "v.npz", a=np.ones((3, 2), np.float32), b=np.arange(4))
    npz(tmp_path / "voices.bin", af=np.ones((510, 1, 256), np.float32))
    inspect(tmp_path, ["v.npz", "voices.bin"])
    npz(tmp_path / "o.npz", a=np.array([{"a": 1}, None], dtype=object))
    with pytest.raises(InvalidInput, match="objects"):
        inspect(tmp_path, ["o.npz"])
    npz(tmp_path / "r.npz", a=np.zeros(3, dtype=[("x", "f4"), ("y", "O")]))
    with pytest.raises(InvalidInput, match="objects"):
        inspect(tmp_path, ["r.npz"])


def test_an_npz_that_lies_or_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = npz(tmp_path / "v.npz", a=np.ones(1000, np.float32))
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 255
    for content in (whole[:-200], whole[:50], bytes(damaged), b"PK\x03\x04" + bytes(64)):
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=r"v\.npz"):
            inspect(tmp_path, ["v.npz"])
    header = io.BytesIO()
    facts = {"descr": "<f4", "fortran_order": False, "shape": (2**40,)}
    np.lib.format.write_array_header_1_0(header, facts)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", header.getvalue() + bytes(16))
    with pytest.raises(InvalidInput, match="damaged"):
        inspect(tmp_path, ["v.npz"])


def test_tables_of_float32_may_be_called_bin_and_other_bytes_may_not(tmp_path: Path) -> None:
    np.ones((510, 256), "<f4").tofile(tmp_path / "af_heart.bin")
    inspect(tmp_path, ["af_heart.bin"])
    (tmp_path / "b.bin").write_bytes(b"\xff" * 64)  # NaN
    (tmp_path / "c.bin").write_bytes(bytes(63))
    for name in ("b.bin", "c.bin"):
        with pytest.raises(InvalidInput, match="table"):
            inspect(tmp_path, [name])


def test_tables_that_begin_like_a_pickle_are_tables(tmp_path: Path) -> None:
    for head in (b"(d12", b"cabc", b"}q12", b"c\nab"):
        (tmp_path / "af.bin").write_bytes(head + np.ones(64, "<f4").tobytes())
        inspect(tmp_path, ["af.bin"])


def test_a_graph_may_have_its_data_beside_it(tmp_path: Path) -> None:
    write_graph(tmp_path / "plain.onnx")
    write_graph(tmp_path / "m.onnx", "m.onnx.data")
    (tmp_path / "m.onnx.data").write_bytes(bytes(16))
    inspect(tmp_path, ["plain.onnx", "m.onnx", "m.onnx.data"])


@pytest.mark.parametrize(
    ("location", "offset"),
    [
        ("../secret.data", 0),
        ("/etc/passwd", 0),
        ("sub/../../secret.data", 0),
        ("..", 0),
        ("", 0),
        ("unlisted.data", 0),
        ("m.data", 1 << 40),
        ("m.data", -8),
        ("m.data", 8),
    ],
)
def test_a_graph_that_reaches_elsewhere_is_refused(
    tmp_path: Path, location: str, offset: int
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "secret.data").write_bytes(bytes(64))
    (folder / "unlisted.data").write_bytes(bytes(64))
    (folder / "m.data").write_bytes(bytes(16))
    write_graph(folder / "m.onnx", location, offset)
    with pytest.raises(InvalidInput, match=r"m\.onnx refers to data"):
        inspect(folder, ["m.onnx", "m.data"] if location == "m.data" else ["m.onnx"])


def test_a_reference_deep_inside_a_graph_is_found(tmp_path: Path) -> None:
    inner = onnx.load(
        str(write_graph(tmp_path / "inner.onnx", "../secret")), load_external_data=False
    )
    branch = onnx.helper.make_graph(
        [onnx.helper.make_node("Constant", [], ["y"], value=inner.graph.initializer[0])],
        "b",
        [],
        [],
    )
    node = onnx.helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    outer = onnx.helper.make_model(onnx.helper.make_graph([node], "g", [], []))
    (tmp_path / "m.onnx").write_bytes(outer.SerializeToString())
    with pytest.raises(InvalidInput, match="refers to data"):
        inspect(tmp_path, ["m.onnx"])


@pytest.mark.parametrize(
    "content", [b"\0" * 100, b"<html>", b"\x08\x0a" * 50, b"\x7fELF" + bytes(60)]
)
def test_what_is_no_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"m\.onnx is damaged, or no"):
        inspect(tmp_path, ["m.onnx"])


@pytest.mark.parametrize(
    ("name", "content", "good"),
    [
        ("config.json", b'{"a": 1}', True),
        ("config.json", b'{"a": ', False),
        ("config.json", b"[" * 200_000, False),
        ("config.json", b"\xff\xfe{}", False),
        ("vocab.txt", "ä\nb".encode(), True),
        ("vocab.txt", b"a\0b", False),
        ("MODEL_CARD", b"# a voice", True),
        ("spiece.model", b"\x0a\x0e\x0a\x05<unk>", True),
        ("handler.py", b"import os", False),
        ("config.yaml", b"!!python/object/apply:os.system ['id']", False),
        ("libx.so", b"\x7fELF", False),
        ("model.h5", b"\x89HDF", False),
        ("run.sh", b"rm -rf /", False),
    ],
)
def test_small_files_are_read_and_other_kinds_refused(
    tmp_path: Path, name: str, content: bytes, good: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    if good:
        inspect(tmp_path, [name])
        return
    with pytest.raises(InvalidInput, match=name):
        inspect(tmp_path, [name])


def test_the_command_that_rewrites_a_pickle_does(tmp_path: Path) -> None:
    """The command of the message is run where torch is, and read where it is not."""
    command = REWRITE.removeprefix('python -c "').removesuffix('"')
    try:
        import torch
    except ImportError:
        compile(command, "command", "exec")
        return
    weights = {"a.weight": torch.arange(6.0).reshape(2, 3).T, "step": 3}
    torch.save({"best_state": weights, "xp.cfg": "device: cpu"}, tmp_path / "state_dict.bin")
    names = ["state_dict.bin", "state_dict.safetensors"]
    subprocess.run([sys.executable, "-c", command, *names], check=True, cwd=tmp_path)
    from safetensors import safe_open

    with safe_open(tmp_path / names[1], framework="numpy") as file:
        assert file.metadata() == {"xp.cfg": "device: cpu"}
        assert np.array_equal(file.get_tensor("a.weight"), np.arange(6.0).reshape(2, 3).T)
    inspect(tmp_path, [names[1]])
    save_file({"x": np.zeros(1, np.float32)}, tmp_path / "plain.safetensors")
    inspect(tmp_path, ["plain.safetensors"])
