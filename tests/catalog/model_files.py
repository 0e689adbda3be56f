"""Small models in the public layouts, and a hub without a network."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import onnx
from safetensors.numpy import save_file

from menura.catalog import transfer
from menura.catalog.hub import Listing, Remote

if TYPE_CHECKING:
    from pathlib import Path

    from menura.catalog.hub import Watched

COMMIT = "c" * 40
PIECE = 1 << 14


def write_musicgen(folder: Path, seed: int = 0) -> Path:
    """Writes the files of a MusicGen, as transformers names them; the network is a stub."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "musicgen", "audio_encoder": {"sampling_rate": 16_000}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')
    weights = np.random.default_rng(seed).standard_normal((64, 256)).astype(np.float32)
    save_file({"decoder.weight": weights}, folder / "model.safetensors")
    (folder / "README.md").write_text("not taken")
    return folder


def write_piper(folder: Path, rate: int = 16_000) -> Path:
    """Writes a Piper voice: a graph and its config."""
    folder.mkdir(parents=True, exist_ok=True)
    write_graph(folder / "en_US-lessac-medium.onnx")
    config = {"audio": {"sample_rate": rate}, "espeak": {"voice": "en-us"}}
    (folder / "en_US-lessac-medium.onnx.json").write_text(json.dumps(config))
    return folder


def write_graph(path: Path, location: str | None = None, offset: int = 0) -> Path:
    """Writes a graph that adds a table to its input; the table may lie in another file."""
    table = onnx.numpy_helper.from_array(np.ones(4, np.float32), "table")
    if location is not None:
        table.ClearField("raw_data")
        table.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", str(offset)), ("length", "16")):
            table.external_data.add(key=key, value=value)
    ports = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [4]) for name in "xy"]
    node = onnx.helper.make_node("Add", ["x", "table"], ["y"])
    graph = onnx.helper.make_graph([node], "g", ports[:1], ports[1:], [table])
    path.write_bytes(onnx.helper.make_model(graph).SerializeToString())
    return path


@dataclass
class FakeHub:
    """Has a folder as every repository; can break off, and lie about what it sends.

    Attributes:
        folder: its files.
        commit: what it says the main branch is at.
        breaks_after: bytes after which the network fails, once; None = never.
        lies: names of files of which it sends something else of the same size.
        fetched: (name, offset) of every transfer begun.
    """

    folder: Path
    commit: str = COMMIT
    breaks_after: int | None = None
    lies: set[str] = field(default_factory=set)
    fetched: list[tuple[str, int]] = field(default_factory=list)
    listed: list[tuple[str, str]] = field(default_factory=list)
    add: dict[str, int] = field(default_factory=dict)

    def listing(self, repository: str, revision: str) -> Listing:
        self.listed.append((repository, revision))
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        files = {
            name: Remote(name=name, size=path.stat().st_size, sha256=transfer.digest(path))
            for name, path in ((path.relative_to(self.folder).as_posix(), path) for path in paths)
        }
        files |= {name: Remote(name=name, size=n, sha256=None) for name, n in self.add.items()}
        return Listing(commit=self.commit, files=files)

    def fetch(self, repository: str, commit: str, remote: Remote, growing: Watched) -> None:
        assert commit == self.commit
        start = growing.tell()
        self.fetched.append((remote.name, start))
        data = (self.folder / remote.name).read_bytes()[start:]
        if remote.name in self.lies:
            data = bytes(len(data))
        for at in range(0, len(data), PIECE):
            sys.audit("fake_hub.piece", remote.name)
            if self.breaks_after is not None:
                self.breaks_after -= PIECE
                if self.breaks_after < 0:
                    self.breaks_after = None
                    growing.flush()
                    raise ConnectionResetError("reset by peer")
            growing.write(data[at : at + PIECE])
            growing.flush()
