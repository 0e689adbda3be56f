"""The graph of a T5 encoder, from a checkpoint's tensors.

Raffel et al., Exploring the Limits of Transfer Learning, JMLR 21, 2020: RMS norm without bias,
attention without scaling, one relative position bias for all layers. Tensor names as in
transformers' T5EncoderModel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.runtime.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.checkpoint import Checkpoint
    from menura.runtime.geometry import TextGeometry
    from menura.runtime.graph import Rows, WeightFile
    from menura.runtime.quantizing import Weights

MAX_TOKENS = 512
"""The longest text: what T5 was trained on."""


def write_text_encoder(
    path: Path,
    checkpoint: Checkpoint,
    geometry: TextGeometry,
    weights: WeightFile,
    *,
    precision: Weights,
    prefix: str = "text_encoder.",
) -> None:
    """Writes the graph `tokens` (1, time) int64 -> `states` (1, time, width) float32.

    Raises:
        InvalidInput: if the tensors do not fit the geometry.
    """
    g = Graph("text encoder", weights, precision, exact=True)
    width, inner = geometry.width, geometry.heads * geometry.head_width

    def rows(name: str, outputs: int, inputs: int) -> Rows:
        return lambda: checkpoint.tensor(f"{prefix}{name}.weight", (outputs, inputs))

    def norm(x: str, name: str) -> str:
        scale = g.weight(
            f"{prefix}{name}", lambda: checkpoint.tensor(f"{prefix}{name}.weight", (width,))
        )
        return g.op("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=geometry.epsilon)

    tokens = g.input("tokens", np.int64, [1, "time"])
    shared = "shared" if f"{prefix}shared.weight" in checkpoint else "encoder.embed_tokens"
    table = g.weight(f"{prefix}shared", rows(shared, geometry.vocabulary, width))
    x = g.op("Gather", [table, tokens])
    bias = _position_bias(g, checkpoint, geometry, tokens, prefix)
    for layer in range(geometry.layers):
        at = f"encoder.block.{layer}.layer"
        attention = f"{at}.0.SelfAttention"
        y = norm(x, f"{at}.0.layer_norm")
        q, k, v = (
            g.heads(
                g.linear(
                    y,
                    f"{attention}.{part}",
                    (inner, width),
                    [rows(f"{attention}.{part}", inner, width)],
                ),
                geometry.heads,
                geometry.head_width,
            )
            for part in "qkv"
        )
        scores = g.op("Add", [g.op("MatMul", [q, g.op("Transpose", [k], perm=[0, 1, 3, 2])]), bias])
        heard = g.op("MatMul", [g.op("Softmax", [scores], axis=-1), v])
        merged = g.op("Transpose", [heard], perm=[0, 2, 1, 3])
        merged = g.op("Reshape", [merged, g.constant([0, 0, inner])])
        out = g.linear(
            merged, f"{attention}.o", (width, inner), [rows(f"{attention}.o", width, inner)]
        )
        x = g.op("Add", [x, out])
        y = norm(x, f"{at}.1.layer_norm")
        x = g.op("Add", [x, _feed_forward(g, y, f"{at}.1.DenseReluDense", geometry, rows)])
    g.output(norm(x, "encoder.final_layer_norm"), "states", np.float32, [1, "time", width])
    g.save(path)


def _feed_forward(
    g: Graph, y: str, at: str, geometry: TextGeometry, rows: Callable[[str, int, int], Rows]
) -> str:
    """Adds the two dense layers: ReLU, or gated by a GELU as in T5 1.1."""
    width, ffn = geometry.width, geometry.ffn

    def dense(x: str, name: str, outputs: int, inputs: int) -> str:
        return g.linear(
            x, f"{at}.{name}", (outputs, inputs), [rows(f"{at}.{name}", outputs, inputs)]
        )

    if geometry.feed_forward == "gated-gelu":
        gate = g.op("FastGelu", [dense(y, "wi_0", ffn, width)], contrib=True)
        hidden = g.op("Mul", [gate, dense(y, "wi_1", ffn, width)])
    else:
        hidden = g.op("Relu", [dense(y, "wi", ffn, width)])
    return dense(hidden, "wo", width, ffn)


def _position_bias(
    g: Graph, checkpoint: Checkpoint, geometry: TextGeometry, tokens: str, prefix: str
) -> str:
    """Adds the bias of every pair of positions, shape (1, heads, time, time)."""

    def table() -> NDArray[np.float32]:
        name = f"{prefix}encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        learnt = checkpoint.tensor(name, (geometry.buckets, geometry.heads))
        return np.ascontiguousarray(learnt[position_buckets(geometry)].T)

    biases = g.weight("position_bias", table)
    time = g.op("Gather", [g.op("Shape", [tokens]), g.constant(1)])
    places = g.op("Range", [g.constant(0), time, g.constant(1)])
    across = g.op("Unsqueeze", [places, g.constant([0])])
    down = g.op("Unsqueeze", [places, g.constant([1])])
    distance = g.op("Add", [g.op("Sub", [across, down]), g.constant(MAX_TOKENS - 1)])
    bias = g.op("Gather", [biases, distance], axis=1)
    return g.op("Unsqueeze", [bias, g.constant([0])])


def position_buckets(geometry: TextGeometry) -> NDArray[np.int64]:
    """Returns the bucket of each distance from -(MAX_TOKENS - 1) to MAX_TOKENS - 1.

    Half of the buckets are for what follows; within a half, distances below half of it have
    buckets of their own and the others share them by logarithm (Raffel et al., section 2.1).
    """
    distance = np.arange(-(MAX_TOKENS - 1), MAX_TOKENS)
    half = geometry.buckets // 2
    exact = half // 2
    size = np.abs(distance)
    # In float32, as the networks were trained: a boundary falls between the same distances.
    ratio = np.log(np.maximum(size, 1).astype(np.float32) / np.float32(exact))
    scaled = ratio / np.float32(np.log(geometry.max_distance / exact)) * np.float32(half - exact)
    far = np.minimum(exact + scaled.astype(np.int64), half - 1)
    return np.where(distance > 0, half, 0) + np.where(size < exact, size, far)
