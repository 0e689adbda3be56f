"""Small speech networks in the public formats: each token hums for a while, or is silent.

Names, types and shapes of inputs, outputs and files are those of the sources named in
`menura.engines.speech.neural`; what is inside is only enough to be measured.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TOKEN_S = 0.05
"""How long a token lasts at speed 1."""
SIGNS = 17
"""Tokens below this number are silent: pads, signs and blanks."""


class Graph:
    """Nodes in the making."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []

    def add(self, op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        name = out or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def number(self, value: Any, kind: Any) -> str:
        return self.add("Constant", value=numpy_helper.from_array(np.array(value, kind)))

    def integer(self, value: str) -> str:
        return self.add("Cast", value, to=TensorProto.INT64)

    def real(self, value: str) -> str:
        return self.add("Cast", value, to=TensorProto.FLOAT)


def hum(
    graph: Graph, ids: str, frames: str, hz: str, *, rate: int, noise: str, level: float
) -> tuple[str, str]:
    """Adds the sound of tokens; returns it, shape (frames,), and the frames of each token.

    Args:
        graph: gets the nodes.
        ids: int64 [1, n].
        frames: float scalar: how long a token lasts.
        hz: float scalar.
        rate: Hz.
        noise: float scalar: level of the noise, or "" for a graph that draws none.
        level: of a token that sounds.
    """
    flat = graph.add("Reshape", ids, graph.number([-1], np.int64))
    each = graph.integer(frames)
    total = graph.add("Mul", graph.add("Size", flat), each)
    places = graph.add("Range", graph.number(0, np.int64), total, graph.number(1, np.int64))
    heard = graph.add("Less", graph.number(SIGNS - 1, np.int64), flat)
    amplitude = graph.add("Gather", graph.real(heard), graph.add("Div", places, each))
    turn = graph.add("Mul", graph.real(places), graph.number(2 * np.pi / rate, np.float32))
    wave = graph.add("Sin", graph.add("Mul", turn, hz))
    wave = graph.add("Mul", wave, graph.add("Mul", amplitude, graph.number(level, np.float32)))
    if noise:
        drawn = graph.add("RandomNormalLike", wave)
        wave = graph.add("Add", wave, graph.add("Mul", graph.add("Mul", drawn, noise), amplitude))
    return wave, graph.add("Expand", graph.real(each), graph.add("Shape", flat))


def save(
    graph: Graph,
    path: Path,
    inputs: Mapping[str, tuple[int, Sequence[Any]]],
    outputs: Sequence[str],
) -> Path:
    """Writes a graph with these ports."""
    ports = [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()]
    made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "speech", ports, made),
        opset_imports=[helper.make_opsetid("", 15)],
        ir_version=8,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def scalar(graph: Graph, value: str, index: int = 0) -> str:
    return graph.add("Gather", value, graph.number(index, np.int64))


def write_kokoro(
    folder: Path,
    voices: Mapping[str, float],
    *,
    durations: bool = False,
    noise: float = 0.0,
    level: float = 0.3,
    inputs: Sequence[str] = ("input_ids", "style", "speed"),
    archive: bool = False,
) -> Path:
    """Writes a Kokoro: a voice hums at the frequency (Hz) that is given, times 1 + row / 1e4.

    Args:
        folder: gets onnx/model.onnx, voices and tokenizer.json.
        voices: frequency by name.
        durations: whether the graph tells them, as the timestamped exports do.
        noise: level of what the graph draws.
        level: of the hum; NaN is a damaged network.
        inputs: what the graph calls its inputs.
        archive: all voices in one npz.
    """
    graph = Graph()
    ids, style, speed = inputs
    row = graph.add("Reshape", style, graph.number([-1], np.int64))
    frames = graph.add("Div", graph.number(TOKEN_S * 24_000, np.float32), scalar(graph, speed))
    drawn = graph.number(noise, np.float32) if noise else ""
    wave, lengths = hum(
        graph, ids, frames, scalar(graph, row, 7), rate=24_000, noise=drawn, level=level
    )
    graph.add("Unsqueeze", wave, graph.number([0], np.int64), out="waveform")
    graph.add("Identity", lengths, out="durations")
    ports = {
        ids: (TensorProto.INT64, [1, "n"]),
        style: (TensorProto.FLOAT, [1, 256]),
        speed: (TensorProto.FLOAT, [1]),
    }
    outputs = ["waveform", "durations"] if durations else ["waveform"]
    save(graph, folder / "onnx/model.onnx", ports, outputs)
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')
    tables = {}
    for name, hz in voices.items():
        table = np.zeros((510, 1, 256), np.float32)
        table[:, 0, 7] = hz * (1 + np.arange(510) / 1e4)
        tables[name] = table
    if archive:
        np.savez(folder / "voices-v1.0.npz", **tables)
        return folder
    (folder / "voices").mkdir(exist_ok=True)
    for name, table in tables.items():
        table.astype("<f4").tofile(folder / f"voices/{name}.bin")
    return folder


def piper_config(speakers: Sequence[str] = (), **facts: Any) -> dict[str, Any]:
    """Returns a config; the map has the numbers that rhasspy/piper's own has for these symbols."""
    symbols = {"_": 0, "^": 1, "$": 2, " ": 3, "!": 4, ",": 8, ".": 10, ":": 11, ";": 12, "?": 13}
    ipa = (
        "abcdefhijklmnopqrstuvwxyzæçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐ"
    )
    symbols |= {char: 20 + i for i, char in enumerate(ipa)} | {"ˈ": 120, "ˌ": 121, "ː": 122}
    return {
        "audio": {"sample_rate": 16_000, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "phoneme_id_map": {symbol: [number] for symbol, number in symbols.items()},
        "num_symbols": 256,
        "num_speakers": max(1, len(speakers)),
        "speaker_id_map": {name: i for i, name in enumerate(speakers)},
    } | facts


def write_piper(folder: Path, speakers: Sequence[str] = (), **facts: Any) -> Path:
    """Writes a Piper voice: speaker n hums at 200 (n + 1) Hz, with noise as the scales say."""
    graph = Graph()
    frames = graph.add(
        "Mul", graph.number(TOKEN_S * 16_000, np.float32), scalar(graph, "scales", 1)
    )
    noise = graph.add("Mul", scalar(graph, "scales"), graph.number(0.01, np.float32))
    hz = graph.number(200, np.float32)
    if speakers:
        shifted = graph.add("Add", graph.real(scalar(graph, "sid")), graph.number(1, np.float32))
        hz = graph.add("Mul", hz, shifted)
    wave, _ = hum(graph, "input", frames, hz, rate=16_000, noise=noise, level=0.3)
    graph.add("Reshape", wave, graph.number([1, 1, 1, -1], np.int64), out="output")
    ports = {
        "input": (TensorProto.INT64, [1, "phonemes"]),
        "input_lengths": (TensorProto.INT64, [1]),
        "scales": (TensorProto.FLOAT, [3]),
    } | ({"sid": (TensorProto.INT64, [1])} if speakers else {})
    save(graph, folder / "tiny.onnx", ports, ["output"])
    (folder / "tiny.onnx.json").write_text(json.dumps(piper_config(speakers, **facts)))
    return folder


def write_vits(folder: Path, **reading: Any) -> Path:
    """Writes a VITS as transformers exports it, that reads English letters; hums at 300 Hz."""
    graph = Graph()
    ids = graph.add("Mul", "input_ids", "attention_mask")
    frames = graph.number(TOKEN_S * 16_000, np.float32)
    wave, _ = hum(
        graph, ids, frames, graph.number(300, np.float32), rate=16_000, noise="", level=0.3
    )
    graph.add("Unsqueeze", wave, graph.number([0], np.int64), out="waveform")
    ports = {name: (TensorProto.INT64, [1, "n"]) for name in ("input_ids", "attention_mask")}
    save(graph, folder / "onnx/model.onnx", ports, ["waveform"])
    config = {"model_type": "vits", "sampling_rate": 16_000, "num_speakers": 1}
    vocab = {"k": 0, " ": 1} | {c: 20 + i for i, c in enumerate("abcdefghijlmnopqrstuvwxyz'")}
    settings = {"add_blank": True, "language": "eng", "is_uroman": False, "phonemize": False}
    for name, facts in (
        ("config.json", config),
        ("vocab.json", vocab),
        ("tokenizer_config.json", settings | reading),
    ):
        (folder / name).write_text(json.dumps(facts))
    return folder
