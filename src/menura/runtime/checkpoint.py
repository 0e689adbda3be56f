"""`Checkpoint`: the tensors of a model, read one at a time from safetensors or npz files.

Nothing is unpickled. A safetensors file is an 8-byte length, a JSON header and raw little-endian
tensors (huggingface/safetensors, README, "Format"); it is mapped, so that a tensor costs memory
only while it is used. It is read here because the library gives numpy no bfloat16, and because a
file of a stranger has to be refused in one line.
"""

from __future__ import annotations

import json
import math
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import InvalidInput, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MAX_HEADER_BYTES = 100 * 1024**2
"""As in the safetensors library."""

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "U8": "u1",
    "BOOL": "u1",
}


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where one tensor lies: a mapped file and an offset, or a member of an archive."""

    path: Path
    kind: str
    shape: tuple[int, ...]
    offset: int
    member: str = ""
    part: int = 0
    parts: int = 1

    def divided(self, parts: int) -> Iterator[_Stored]:
        """Yields the tensor's rows in so many equal parts."""
        if parts == 1:
            yield self
        elif not self.shape or self.shape[0] % parts:
            raise InvalidInput(
                f"{self.path.name} has a tensor of {self.shape}, not of {parts} parts"
            )
        else:
            shape = (self.shape[0] // parts, *self.shape[1:])
            size = 0
            if self.kind != "npz":
                size = math.prod(shape) * np.dtype(_TYPES[self.kind]).itemsize
            for part in range(parts):
                at = self.offset + part * size
                yield _Stored(self.path, self.kind, shape, at, self.member, part, parts)


class Checkpoint:
    """Tensors by name.

    Attributes:
        bytes_read: how much has been read so far, as float32.
        on_read: called after each tensor.

    Args:
        files: safetensors and npz files; together they hold every tensor once.
        rename: gives a stored name the one it is asked for by; none leaves the tensor out, and of
            several each is an equal part of its rows.

    Raises:
        InvalidInput: if a file is malformed or cut short, or a name occurs twice.
        StorageFailed: if a file cannot be read.
    """

    def __init__(
        self, files: Iterable[Path], rename: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self._tensors: dict[str, _Stored] = {}
        self._maps: dict[Path, NDArray[np.uint8]] = {}
        self.bytes_read = 0
        self.on_read: Callable[[], None] = lambda: None
        for path in files:
            read = _read_npz if path.suffix == ".npz" else _read_safetensors
            try:
                found = dict(read(path))
            except OSError as error:
                raise StorageFailed(f"cannot read {path.name}: {error.strerror}") from error
            for stored, where in found.items():
                names = rename(stored) if rename is not None else (stored,)
                if names:
                    self._add(dict(zip(names, where.divided(len(names)), strict=True)))

    def join(self, other: Checkpoint) -> None:
        """Adds the tensors of another checkpoint.

        Raises:
            InvalidInput: if both have one of the same name.
        """
        self._add(other._tensors)

    def _add(self, tensors: dict[str, _Stored]) -> None:
        for name in tensors:
            if name in self._tensors:
                raise InvalidInput(f"two files of the checkpoint hold {name!r:.120}")
        self._tensors |= tensors

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    @property
    def bytes_total(self) -> int:
        """What all tensors take up as float32."""
        return sum(4 * math.prod(stored.shape) for stored in self._tensors.values())

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor.

        Raises:
            InvalidInput: if there is no such tensor.
        """
        try:
            return self._tensors[name].shape
        except KeyError:
            raise InvalidInput(
                f"the checkpoint has no tensor {name!r:.120}: its files do not fit its config"
            ) from None

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Returns a tensor, float32, finite, of exactly this shape.

        Raises:
            InvalidInput: if it is missing, of another shape, or holds NaN or infinity.
        """
        found = self.shape(name)
        if found != shape:
            raise InvalidInput(
                f"the checkpoint's {name} has the shape {found}, but its config says {shape}"
            )
        stored = self._tensors[name]
        values = self._load(stored)
        self.bytes_read += 4 * values.size
        self.on_read()
        if stored.kind == "BF16":
            wide = values.astype(np.uint32) << np.uint32(16)
            plain = wide.view(np.float32)
        else:
            plain = np.asarray(values, np.float32)
        if not np.isfinite(plain).all():
            raise InvalidInput(f"the checkpoint's {name} holds values that are no numbers")
        return plain

    def _load(self, stored: _Stored) -> NDArray[Any]:
        if stored.kind == "npz":
            with np.load(stored.path, allow_pickle=False) as archive:
                whole = np.asarray(archive[stored.member])
            return np.split(whole, stored.parts)[stored.part] if stored.parts > 1 else whole
        mapped = self._maps.get(stored.path)
        if mapped is None:
            mapped = np.memmap(stored.path, np.uint8, "r")
            self._maps[stored.path] = mapped
        kind = np.dtype(_TYPES[stored.kind])
        end = stored.offset + math.prod(stored.shape) * kind.itemsize
        return np.frombuffer(mapped[stored.offset : end].tobytes(), kind).reshape(stored.shape)


def _read_safetensors(path: Path) -> Iterator[tuple[str, _Stored]]:
    """Yields every tensor's place after checking that all lie inside the file, side by side."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or not 2 <= length <= min(size - 8, MAX_HEADER_BYTES):
            raise InvalidInput(f"{path.name} is no safetensors file, or only a part of one")
        try:
            header = json.loads(file.read(length))
            places = [
                (name, _place(path, facts, 8 + length))
                for name, facts in header.items()
                if name != "__metadata__"
            ]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise InvalidInput(f"{path.name} has a malformed header") from error
    end = 8 + length
    for name, (stored, stop) in sorted(places, key=lambda p: (p[1][0].offset, p[1][1])):
        if stored.offset != end:
            raise InvalidInput(f"{path.name} has overlapping tensors, or gaps, at {name!r:.120}")
        end = stop
    if end != size:
        raise InvalidInput(f"{path.name} is cut short: {size:,} bytes of {end:,}")
    for name, (stored, _) in places:
        yield name, stored


def _place(path: Path, facts: dict[str, Any], base: int) -> tuple[_Stored, int]:
    """Returns where one tensor of a header lies, and where it ends.

    Raises:
        ValueError, KeyError, TypeError: if the header does not say so consistently.
    """
    kind, (start, stop) = facts["dtype"], facts["data_offsets"]
    shape = tuple(facts["shape"])
    if any(type(n) is not int or n < 0 for n in (*shape, start, stop)):
        raise ValueError
    if stop - start != math.prod(shape) * np.dtype(_TYPES[kind]).itemsize:
        raise ValueError
    return _Stored(path, kind, shape, base + start), base + stop


def _read_npz(path: Path) -> Iterator[tuple[str, _Stored]]:
    """Yields the members of an archive of arrays; their headers alone are read."""
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as member:
                    version = np.lib.format.read_magic(member)
                    read = np.lib.format.read_array_header_1_0
                    if version != (1, 0):
                        read = np.lib.format.read_array_header_2_0
                    shape, _, kind = read(member)
                if kind.hasobject or kind.kind not in "fiub":
                    raise InvalidInput(f"{path.name} holds objects, which are never loaded")
                name = info.filename.removesuffix(".npy")
                yield name, _Stored(path, "npz", tuple(shape), 0, name)
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{path.name} is no npz archive, or only a part of one") from error
