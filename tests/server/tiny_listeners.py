"""Tiny models that recognise speech, with the files and graphs that onnx-asr expects; no weights.

The Whisper writes by a table, from its prompt alone: "hello" of English, "hallo" of German, which
everything is that nobody names, "translated" where it is told to translate. The CTC model
writes what a random matrix makes of the mel bands.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SPECIAL = [
    *("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>"),
    *("<|translate|>", "<|transcribe|>", "<|nospeech|>", "<|notimestamps|>"),
]
SAID = ["Ġhello", "Ġhallo", "Ġtranslated"]
TOKENS = SAID + SPECIAL
PIECES = ["▁he", "llo", "▁bird", "s", "▁sing", "ing", "▁at", "▁dawn", "<blk>"]
BANDS = 80
DURATIONS = 5


def write_whisper(folder: Path) -> Path:
    """Writes a Whisper as optimum names its files."""
    (folder / "onnx").mkdir(parents=True)
    _write(folder / "config.json", {"model_type": "whisper", "num_mel_bins": BANDS})
    _write(folder / "vocab.json", {token: at for at, token in enumerate(SAID)})
    _write(folder / "added_tokens.json", {t: TOKENS.index(t) for t in SPECIAL})
    _save(
        folder / "onnx/encoder_model.onnx",
        [helper.make_node("Transpose", ["input_features"], ["last_hidden_state"], perm=[0, 2, 1])],
        [("input_features", TensorProto.FLOAT, ["batch", BANDS, "frames"])],
        [("last_hidden_state", TensorProto.FLOAT, ["batch", "frames", BANDS])],
        {},
    )
    follows, lasting = _tables()
    _save(
        folder / "onnx/decoder_model_merged.onnx",
        [
            helper.make_node("Gather", ["follows", "input_ids"], ["next"]),
            helper.make_node("Gather", ["lasting", "input_ids"], ["each"]),
            helper.make_node("ReduceSum", ["each", "axis"], ["sum"], keepdims=1),
            helper.make_node("Add", ["next", "sum"], ["logits"]),
        ],
        [
            ("input_ids", TensorProto.INT64, ["batch", "length"]),
            ("encoder_hidden_states", TensorProto.FLOAT, ["batch", "frames", BANDS]),
        ],
        [("logits", TensorProto.FLOAT, ["batch", "length", len(TOKENS)])],
        {"follows": follows, "lasting": lasting, "axis": np.array([1])},
    )
    return folder


def write_ctc(folder: Path, mark: str = "") -> Path:
    """Writes a conformer with CTC as NeMo's exports name its files; `mark` as in `.int8`."""
    folder.mkdir(parents=True)
    config = {"model_type": "nemo-conformer-ctc", "features_size": BANDS, "subsampling_factor": 8}
    _write(folder / "config.json", config)
    lines = "".join(f"{piece} {at}\n" for at, piece in enumerate(PIECES))
    (folder / "vocab.txt").write_text(lines, encoding="utf-8")
    matrix = np.random.default_rng(1).standard_normal((BANDS, len(PIECES))).astype(np.float32)
    _save(
        folder / f"model{mark}.onnx",
        [
            helper.make_node("Slice", ["audio_signal", "from", "to", "axis", "step"], ["some"]),
            helper.make_node("Transpose", ["some"], ["turned"], perm=[0, 2, 1]),
            helper.make_node("MatMul", ["turned", "matrix"], ["scores"]),
            helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=-1),
        ],
        [
            ("audio_signal", TensorProto.FLOAT, ["batch", BANDS, "frames"]),
            ("length", TensorProto.INT64, ["batch"]),
        ],
        [("logprobs", TensorProto.FLOAT, ["batch", "steps", len(PIECES)])],
        {
            "matrix": matrix,
            "from": np.array([0]),
            "to": np.array([2**31 - 1]),
            "axis": np.array([2]),
            "step": np.array([8]),
        },
    )
    return folder


def write_tdt(folder: Path) -> Path:
    """Writes a transducer that jumps, as the int8 export of Parakeet names its files."""
    folder.mkdir(parents=True)
    config = {"model_type": "nemo-conformer-tdt", "features_size": BANDS, "subsampling_factor": 8}
    _write(folder / "config.json", config)
    lines = "".join(f"{piece} {at}\n" for at, piece in enumerate(PIECES))
    (folder / "vocab.txt").write_text(lines, encoding="utf-8")
    one, eight = np.array(1), np.array(8)
    _save(
        folder / "encoder-model.int8.onnx",
        [
            helper.make_node("Slice", ["audio_signal", "from", "to", "axis", "step"], ["outputs"]),
            helper.make_node("Sub", ["length", "one"], ["less"]),
            helper.make_node("Div", ["less", "eight"], ["steps"]),
            helper.make_node("Add", ["steps", "one"], ["encoded_lengths"]),
        ],
        [
            ("audio_signal", TensorProto.FLOAT, ["batch", BANDS, "frames"]),
            ("length", TensorProto.INT64, ["batch"]),
        ],
        [
            ("outputs", TensorProto.FLOAT, ["batch", BANDS, "steps"]),
            ("encoded_lengths", TensorProto.INT64, ["batch"]),
        ],
        {
            "one": one,
            "eight": eight,
            "from": np.array([0]),
            "to": np.array([2**31 - 1]),
            "axis": np.array([2]),
            "step": np.array([8]),
        },
    )
    scores = len(PIECES) + DURATIONS
    matrix = np.random.default_rng(2).standard_normal((BANDS, scores)).astype(np.float32)
    states = [
        ("states_1", TensorProto.FLOAT, [1, 1, 4]),
        ("states_2", TensorProto.FLOAT, [1, 1, 4]),
    ]
    _save(
        folder / "decoder_joint-model.int8.onnx",
        [
            helper.make_node("Transpose", ["encoder_outputs"], ["turned"], perm=[0, 2, 1]),
            helper.make_node("MatMul", ["turned", "matrix"], ["outputs"]),
            helper.make_node("Identity", ["input_states_1"], ["output_states_1"]),
            helper.make_node("Identity", ["input_states_2"], ["output_states_2"]),
        ],
        [
            ("encoder_outputs", TensorProto.FLOAT, [1, BANDS, 1]),
            ("targets", TensorProto.INT32, [1, 1]),
            ("target_length", TensorProto.INT32, [1]),
            *((f"input_{name}", kind, shape) for name, kind, shape in states),
        ],
        [
            ("outputs", TensorProto.FLOAT, [1, 1, scores]),
            *((f"output_{name}", kind, shape) for name, kind, shape in states),
        ],
        {"matrix": matrix},
    )
    return folder


def _tables() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns what follows a token, and what a token makes likelier from then on."""
    at = {token: i for i, token in enumerate(TOKENS)}
    follows = np.zeros((len(TOKENS), len(TOKENS)), np.float32)
    lasting = np.zeros_like(follows)
    follows[at["<|startoftranscript|>"], at["<|de|>"]] = 20
    follows[[at[t] for t in (*SAID, "<|de|>")], at["<|endoftext|>"]] = 10
    lasting[at["<|en|>"], at["Ġhello"]] = 1
    lasting[at["<|de|>"], at["Ġhallo"]] = 1
    lasting[at["<|translate|>"], at["Ġtranslated"]] = 5
    return follows, lasting


def _save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[tuple[str, int, list[str | int]]],
    outputs: Sequence[tuple[str, int, list[str | int]]],
    constants: dict[str, NDArray[np.generic]],
) -> None:
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
