"""Reading tensors: types, archives, and files that are none."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tiny_checkpoints import write_safetensors

from menura.errors import InvalidInput, MenuraError, StorageFailed
from menura.runtime.checkpoint import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path


def _raw(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def _entry(kind: str, shape: list[int], start: int, stop: int) -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, stop]}


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.float64])
def test_tensors_come_as_float32(tmp_path: Path, kind: Any) -> None:
    values = np.linspace(-2, 2, 12).reshape(3, 4).astype(kind)
    write_safetensors(tmp_path / "a.safetensors", {"x": values, "y": values[0]})
    found = Checkpoint([tmp_path / "a.safetensors"])
    assert set(found) == {"x", "y"}
    assert found.tensor("x", (3, 4)).dtype == np.float32
    np.testing.assert_array_equal(found.tensor("x", (3, 4)), values.astype(np.float32))
    assert found.bytes_read == found.bytes_total + 4 * 12 - 4 * 4


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    wide = np.array([1.0, -2.5, 0.15625, 3e38], np.float32)
    half = (wide.view(np.uint32) >> 16).astype("<u2")
    path = _raw(tmp_path / "b.safetensors", {"x": _entry("BF16", [4], 0, 8)}, half.tobytes())
    np.testing.assert_allclose(Checkpoint([path]).tensor("x", (4,)), wide, rtol=1 / 128)


def test_archives_renamed_and_divided(tmp_path: Path) -> None:
    packed = np.arange(24, dtype=np.float32).reshape(6, 4)
    np.savez(tmp_path / "a.npz", packed=packed, unused=np.zeros(3))
    write_safetensors(tmp_path / "b.safetensors", {"packed2": packed})
    names = {"packed": ("q", "k", "v"), "packed2": ("r", "s")}
    files = [tmp_path / "a.npz", tmp_path / "b.safetensors"]
    found = Checkpoint(files, lambda name: names.get(name, ()))
    assert set(found) == {"q", "k", "v", "r", "s"}
    np.testing.assert_array_equal(found.tensor("k", (2, 4)), packed[2:4])
    np.testing.assert_array_equal(found.tensor("s", (3, 4)), packed[3:])
    with pytest.raises(InvalidInput, match="4 parts"):
        Checkpoint(files[:1], lambda name: tuple("abcd"))


@pytest.mark.parametrize(
    ("header", "data", "length"),
    [
        ({}, b"", 2**63),
        ({}, b"", 2**63 - 1),
        (b"", b"", 0),
        (b"{", b"", None),
        (b"[1, 2]", b"", None),
        (b"[" * 100_000, b"", None),
        ({"x": 3}, b"", None),
        ({"x": _entry("F32", [2], 0, 8)}, b"1234", None),
        ({"x": _entry("F32", [2], 0, 8)}, b"1" * 9, None),
        ({"x": _entry("F32", [2], 0, 4)}, b"1234", None),
        ({"x": _entry("F32", [-1, -2], 0, 8)}, b"1" * 8, None),
        ({"x": _entry("F32", [1], -4, 0)}, b"", None),
        ({"x": _entry("F32", [2.0], 0, 8)}, b"1" * 8, None),  # type: ignore[list-item]
        ({"x": _entry("F32", [True], 0, 4)}, b"1" * 4, None),
        ({"x": _entry("PICKLE", [1], 0, 4)}, b"1" * 4, None),
        ({"x": _entry("F32", [2], 0, 8), "y": _entry("F32", [2], 4, 12)}, b"1" * 12, None),
        ({"x": _entry("F32", [1], 4, 8)}, b"1" * 8, None),
        ({"x": _entry("F32", [2**62, 4], 0, 2**66)}, b"", None),
    ],
)
def test_malformed_safetensors_are_refused_in_a_line(
    tmp_path: Path, header: object, data: bytes, length: int | None
) -> None:
    path = _raw(tmp_path / "x.safetensors", header, data, length)
    with pytest.raises(InvalidInput) as error:
        Checkpoint([path])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"1234567", b"\x80\x04K\x01.", b"PK\x03\x04broken"])
@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_what_is_no_file_of_tensors_is_refused(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        Checkpoint([path])


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_safetensors(path, {"x": np.ones((64, 64), np.float32)})
    whole = path.read_bytes()
    for size in (4, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InvalidInput, match=r"part of one|cut short"):
            Checkpoint([path])


def test_objects_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.array([{"a": 1}], object))
    with pytest.raises(InvalidInput, match="objects"):
        Checkpoint([tmp_path / "a.npz"])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        Checkpoint([tmp_path / "none.safetensors"])


@pytest.mark.parametrize(
    ("name", "shape", "says"),
    [
        ("x", (2, 2), "its config says"),
        ("z", (2,), "has no tensor"),
        ("nan", (2,), "no numbers"),
        ("inf", (2,), "no numbers"),
    ],
)
def test_tensors_that_do_not_fit(
    tmp_path: Path, name: str, shape: tuple[int, ...], says: str
) -> None:
    tensors = {"x": [[1.0, 2.0, 3.0]], "nan": [np.nan, 1], "inf": [1, -np.inf]}
    arrays = {key: np.array(value, np.float32) for key, value in tensors.items()}
    write_safetensors(tmp_path / "a.safetensors", arrays)
    with pytest.raises(MenuraError, match=says):
        Checkpoint([tmp_path / "a.safetensors"]).tensor(name, shape)


def test_two_files_of_the_same_name(tmp_path: Path) -> None:
    for file in ("a", "b"):
        write_safetensors(tmp_path / f"{file}.safetensors", {"x": np.ones(1, np.float32)})
    with pytest.raises(InvalidInput, match="two files"):
        Checkpoint([tmp_path / "a.safetensors", tmp_path / "b.safetensors"])
