"""What may be in a model's folder: files that are read, and never executed.

safetensors, ONNX, npz, JSON, text, tokenizer models, and plain tables of float32. A pickle is a
program for a virtual machine that may do anything while it is "loaded" (Python documentation,
`pickle`, the warning at its head): none is ever opened, whatever it is called.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from menura.catalog.model import check_name
from menura.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

MAX_TEXT_BYTES = 64 * 1024**2
MAX_PROTOBUF_BYTES = 2 * 1024**3 - 1
"""Protocol buffers end here (their documentation, "Total size of the message")."""
MAX_ARRAYS_BYTES = 16 * 1024**3
MAX_MEMBERS = 10_000

PICKLES = frozenset({".bin", ".ckpt", ".nemo", ".pickle", ".pkl", ".pt", ".pth", ".th"})
"""Suffixes under which pickles are published; a .bin may be something else."""

TEXTS = frozenset({"MODEL_CARD", "LICENSE", "README.md"})
EXTERNAL = (".onnx_data", ".onnx.data", ".weights")
"""How the raw data of a graph are called, if they lie beside it."""

REWRITE = (
    'python -c "import sys, torch; from safetensors.torch import save_file; '
    "d = torch.load(sys.argv[1], map_location='cpu', weights_only=True); "
    "w = d.get('best_state', d); c = d.get('xp.cfg'); "
    "save_file({k: v.clone().contiguous() for k, v in w.items() if torch.is_tensor(v)}, "
    "sys.argv[2], {'xp.cfg': c} if isinstance(c, str) else None)\""
)
"""Rewrites a pickle of tensors, where torch is; followed by the two files' names."""


def inspect(folder: Path, names: Iterable[str]) -> None:
    """Reads enough of each file to know that it is what its name says, whole and harmless.

    Args:
        folder: where the files are.
        names: their names in it, with `/`; graphs may refer to these and no others.

    Raises:
        Refused: if one is a pickle.
        InvalidInput: if one is of another kind than its name says, malformed, or cut short.
    """
    known = list(names)
    for name in known:
        check_name(name)
        path = folder / name
        try:
            _inspect_one(path, name, known)
        except (ValueError, TypeError, KeyError, EOFError, RecursionError, OverflowError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput(f"{name} is damaged, or no {_kind(name)} file") from error


def refuse_pickle(name: str) -> Refused:
    """Returns the refusal of a pickle, with the command that rewrites it elsewhere."""
    target = PurePosixPath(name).with_suffix(".safetensors").name
    return Refused(
        f"{name} is a pickle, which can run programs when it is opened: menura opens none. Rewrite "
        f"it on a machine with torch and import the result: {REWRITE} {PurePosixPath(name).name} "
        f"{target}"
    )


def is_pickle(path: Path) -> bool:
    """Returns whether a file is a pickle: bare, or in the archives that torch and NeMo write."""
    with path.open("rb") as file:
        head = file.read(512)
        file.seek(max(0, file.seek(0, 2) - 1))
        stopped = file.read(1) == b"."
    # Protocol 2 and later begin with PROTO n, and then one of few opcodes.
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5 and head[2] in _FIRST_OPCODES:
        return True
    if head[257:262] == b"ustar":
        return True
    if head[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.endswith((".pkl", ".pickle")) for name in archive.namelist())
        except (zipfile.BadZipFile, ValueError, OSError):
            return False
    # Protocols 0 and 1 begin with an import, a dict, a list or a tuple, and end with a full stop.
    return stopped and re.match(rb"c[\w.]+\n[\w.]+\n|\([dlc]|[}\]]q", head) is not None


_FIRST_OPCODES = frozenset(b"\x8a\x95}](cX)KMJGNB\x8c")


def _kind(name: str) -> str:
    if PurePosixPath(name).name in TEXTS:
        return "text"
    for suffix in EXTERNAL:
        if name.endswith(suffix):
            return "onnx data"
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def _inspect_one(path: Path, name: str, known: list[str]) -> None:
    kind = _kind(name)
    if path.stat().st_size == 0 and kind != "text":
        raise InvalidInput(f"{name} is empty")
    if kind not in {"json", "txt", "text", "onnx data"} and is_pickle(path):
        raise refuse_pickle(name)
    if kind == "onnx":
        _inspect_onnx(path, name, known)
    elif kind in _INSPECTORS:
        _INSPECTORS[kind](path, name)
    else:
        raise InvalidInput(
            f"{name} is of a kind that menura does not take: it takes safetensors, ONNX, npz, "
            "JSON, text and tokenizer models"
        )


def _inspect_small(path: Path, name: str) -> None:
    if path.stat().st_size > MAX_TEXT_BYTES:
        raise InvalidInput(f"{name} is longer than {MAX_TEXT_BYTES // 1024**2} MB")


def _inspect_text(path: Path, name: str) -> None:
    _inspect_small(path, name)
    if "\0" in path.read_bytes().decode("utf-8"):
        raise InvalidInput(f"{name} is no text")


def _inspect_json(path: Path, name: str) -> None:
    _inspect_text(path, name)
    json.loads(path.read_bytes())


def _inspect_safetensors(path: Path, name: str) -> None:
    """The library checks the header's length, and that tensors fill the file without overlap."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            if not list(file.keys()):
                raise InvalidInput(f"{name} holds no tensors")
    except SafetensorError as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(f"{name} is damaged, or no safetensors file: {reason:.120}") from error


def _inspect_onnx(path: Path, name: str, known: list[str]) -> None:
    """Raises if a graph is malformed, or refers to data outside its folder."""
    import onnx
    from google.protobuf.message import DecodeError

    if path.stat().st_size > MAX_PROTOBUF_BYTES:
        raise InvalidInput(f"{name} is larger than an ONNX graph can be")
    try:
        graph = onnx.load(str(path), load_external_data=False)
    except DecodeError as error:
        raise InvalidInput(f"{name} is damaged, or no ONNX file") from error
    if not graph.graph.node:
        raise InvalidInput(f"{name} is damaged, or no ONNX file: it has no nodes")
    for tensor in _tensors(graph):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        facts = {entry.key: entry.value for entry in tensor.external_data}
        location = facts.get("location", "")
        beside = str(PurePosixPath(name).parent / location)
        if location != PurePosixPath(location).name or beside not in known:
            raise InvalidInput(
                f"{name} refers to data in {location!r:.80}, which is no file of this model"
            )
        size = (path.parent / location).stat().st_size
        start, length = int(facts.get("offset", 0)), int(facts.get("length", 0))
        if min(start, length) < 0 or start + length > size:
            raise InvalidInput(f"{name} refers to data behind the end of {location}")


def _tensors(message: Any) -> Iterator[Any]:
    """Yields every tensor in a message, however deep: in subgraphs, functions, attributes."""
    import onnx

    waiting = [message]
    while waiting:
        current = waiting.pop()
        if isinstance(current, onnx.TensorProto):
            yield current
            continue
        for field in current.DESCRIPTOR.fields:
            if field.message_type is None:
                continue
            value = getattr(current, field.name)
            if hasattr(value, "DESCRIPTOR"):
                if current.HasField(field.name):
                    waiting.append(value)
            else:
                waiting.extend(value)


def _inspect_npz(path: Path, name: str) -> None:
    """Raises unless an archive holds arrays of numbers alone, as long as their headers say."""
    from numpy.lib import format as npy

    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if not 0 < len(members) <= MAX_MEMBERS:
                raise InvalidInput(f"{name} holds no arrays, or too many")
            if sum(member.file_size for member in members) > MAX_ARRAYS_BYTES:
                raise InvalidInput(f"{name} is larger than {MAX_ARRAYS_BYTES // 1024**3} GB inside")
            for member in members:
                with archive.open(member) as file:
                    version = npy.read_magic(file)
                    read = (
                        npy.read_array_header_1_0
                        if version == (1, 0)
                        else npy.read_array_header_2_0
                    )
                    shape, _, kind = read(file)
                    if kind.hasobject or kind.kind not in "fiub":
                        raise InvalidInput(
                            f"{name} holds objects, which are pickles: none is opened"
                        )
                    if math.prod(shape) * kind.itemsize != member.file_size - file.tell():
                        raise InvalidInput(f"{name} is damaged: {member.filename:.80}")
            if (damaged := archive.testzip()) is not None:
                raise InvalidInput(f"{name} is damaged: {damaged:.80}")
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise InvalidInput(f"{name} is damaged, or no npz file") from error


def _inspect_bin(path: Path, name: str) -> None:
    """A .bin is an npz, or else a table of float32, as Kokoro's voices are."""
    import numpy as np

    if zipfile.is_zipfile(path):
        _inspect_npz(path, name)
        return
    _inspect_small(path, name)
    if path.stat().st_size % 4 or not np.isfinite(np.fromfile(path, "<f4")).all():
        raise InvalidInput(f"{name} is no table of numbers: only voices may be called .bin")


_INSPECTORS: dict[str, Callable[[Path, str], None]] = {
    "bin": _inspect_bin,
    "json": _inspect_json,
    "model": _inspect_small,
    "npz": _inspect_npz,
    "onnx data": lambda _path, _name: None,
    "safetensors": _inspect_safetensors,
    "text": _inspect_text,
    "txt": _inspect_text,
}
