"""The graphs of a codec language model: one step, and what its conditions become.

The step is the transformer of MusicGen (Copet et al., 2023; transformers,
modeling_musicgen.py) laid out for a CPU: the three projections of attention are one product, so
are the heads of all codebooks; self-attention is GroupQueryAttention over a cache that it writes in
place; guidance (Ho and Salimans, 2022) is one batch, the guided rows first, the others after them.

Rows without a condition have keys and values of exactly zero in cross-attention, whose projections
have no bias: nothing would be added to them, so only the guided rows are computed.

A melody model has no cross-attention: its conditions precede the sequence, and enter the step as
`extra`, with tokens whose embedding is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.runtime.graph import Graph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.checkpoint import Checkpoint
    from menura.runtime.geometry import DecoderGeometry
    from menura.runtime.graph import Rows, WeightFile
    from menura.runtime.quantizing import Weights

LM = "decoder.model.decoder"
EPSILON = 1e-5
"""Of every layer norm: torch's default, which the configs cannot change."""
STEP_BLOCK = 128
"""Inputs that share a scale. Packed, a block has 8 bytes beside its codes, and a step takes as long
as its weights take to read: against blocks of 32, a quarter more steps a second, and errors of the
logits a fifth larger (docs/lab-log.md)."""
NO_SINK = -1e30
"""Of every head: adds exactly nothing to a softmax."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Which step a graph makes; all share their weights.

    Attributes:
        guided: two rows per prompt, combined with `guidance`; or one.
        small_cache: the cache holds int8 with a scale per channel, or float32.
    """

    guided: bool
    small_cache: bool

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"step-{'guided' if self.guided else 'plain'}-{8 if self.small_cache else 32}.onnx"


VARIANTS = [Variant(guided=g, small_cache=s) for g in (True, False) for s in (True, False)]


class Decoder:
    """Writes the graphs of one checkpoint's decoder.

    Args:
        checkpoint: its tensors, named as transformers' MusicgenForConditionalGeneration names them.
        geometry: its sizes.
        weights: where the weights go.
        precision: how matrices are stored.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        geometry: DecoderGeometry,
        weights: WeightFile,
        precision: Weights,
    ) -> None:
        self._checkpoint = checkpoint
        self._geometry = geometry
        self._weights = weights
        self._precision: Weights = precision

    def write_step(self, path: Path, variant: Variant) -> None:
        """Writes the graph of one step, or of several at once.

        Inputs: `tokens` (prompts, codebooks, time) int64, of which `vocabulary` is the start and
        padding and `vocabulary + 1` embeds as zero; `positions` (time,) int64; `lengths` (rows,)
        int32, the last position of each row; `total` (1,) int32, frames in the cache afterwards;
        per layer `past_key_N`, `past_value_N` (rows, heads, room, head width) and, of a small
        cache, `key_scale_N`, `value_scale_N` (heads * head width,). Then, with cross-attention,
        `cross_mask` (prompts, text) int32 and `cross_key_N`, `cross_value_N` (prompts, heads,
        text, head width); of a melody model `extra` (rows, time or 1, width). If guided,
        `guidance` (1,).

        Outputs: `logits` (prompts, codebooks, vocabulary) float32 after the last frame;
        `present_key_N`, `present_value_N`, to be bound to the buffers of the past.

        Raises:
            InvalidInput: if the tensors do not fit the geometry.
        """
        d = self._geometry
        g = Graph("decoder step", self._weights, self._precision, block=STEP_BLOCK)
        x = self._embedded(g, variant)
        y = self._norm(g, x, "layers.0.self_attn_layer_norm")
        zeros = ""
        for layer in range(d.layers):
            at = f"layers.{layer}"
            heard = self._self_attention(g, y, layer, variant)
            if d.melody:
                y, x = self._skip_norm(g, heard, x, f"{at}.final_layer_norm")
            else:
                y, x = self._skip_norm(g, heard, x, f"{at}.encoder_attn_layer_norm")
                if variant.guided:
                    y, rest = g.ops("Split", [y], [f"guided_{layer}", f"rest_{layer}"], axis=0)
                    zeros = zeros or self._zeros(g, rest)
                heard = self._cross_attention(g, y, layer)
                if variant.guided:
                    heard = g.op("Concat", [heard, zeros], axis=0)
                y, x = self._skip_norm(g, heard, x, f"{at}.final_layer_norm")
            inner = self._linear(g, y, f"{at}.fc1", d.ffn, d.width)
            if d.activation == "gelu":
                inner = g.op("Gelu", [inner], contrib=True)
            else:
                inner = g.op("Relu", [inner])
            out = self._linear(g, inner, f"{at}.fc2", d.width, d.ffn)
            last = layer == d.layers - 1
            following = "layer_norm" if last else f"layers.{layer + 1}.self_attn_layer_norm"
            y, x = self._skip_norm(g, out, x, following)
        g.output(
            self._logits(g, y, variant),
            "logits",
            np.float32,
            ["prompts", d.codebooks, d.vocabulary],
        )
        g.save(path)

    def write_conditions(self, path: Path) -> None:
        """Writes the graph that turns text states into what the step takes.

        With cross-attention: `states` (prompts, text, text width) -> `cross_key_N`,
        `cross_value_N` (prompts, heads, text, head width). Of a melody model: `states` and
        `chroma` (prompts, frames, 12) -> `text` and `melody`, each of the decoder's width.
        """
        d = self._geometry
        g = Graph("conditions", self._weights, self._precision)
        x = g.input("states", np.float32, ["prompts", "text", d.text_width])
        if d.melody or d.text_width != d.width:
            x = self._projected(g, x, "enc_to_dec_proj", d.text_width)
        if d.melody:
            g.output(x, "text", np.float32, ["prompts", "text", d.width])
            chroma = g.input("chroma", np.float32, ["prompts", "frames", d.chroma])
            y = self._projected(g, chroma, "audio_enc_to_dec_proj", d.chroma)
            g.output(y, "melody", np.float32, ["prompts", "frames", d.width])
        else:
            shape: list[int | str] = ["prompts", d.heads, "text", d.head_width]
            for layer in range(d.layers):
                for part, name in (("k", "key"), ("v", "value")):
                    rows = f"layers.{layer}.encoder_attn.{part}_proj"
                    y = self._linear(g, x, rows, d.width, d.width)
                    y = g.heads(y, d.heads, d.head_width)
                    g.output(y, f"cross_{name}_{layer}", np.float32, shape)
        g.save(path)

    def _rows(self, name: str, outputs: int, inputs: int) -> Rows:
        return lambda: self._checkpoint.tensor(f"{LM}.{name}.weight", (outputs, inputs))

    def _head(self, codebook: int) -> Rows:
        shape = (self._geometry.vocabulary, self._geometry.width)
        return lambda: self._checkpoint.tensor(f"decoder.lm_heads.{codebook}.weight", shape)

    def _linear(self, g: Graph, x: str, name: str, outputs: int, inputs: int) -> str:
        return g.linear(x, name, (outputs, inputs), [self._rows(name, outputs, inputs)])

    def _projected(self, g: Graph, x: str, name: str, inputs: int) -> str:
        """Adds a projection with a bias, in full precision: it is small, and all depends on it."""
        width = self._geometry.width
        rows = g.weight(name, lambda: self._checkpoint.tensor(f"{name}.weight", (width, inputs)).T)
        bias = g.weight(f"{name}.bias", lambda: self._checkpoint.tensor(f"{name}.bias", (width,)))
        return g.op("Add", [g.op("MatMul", [x, rows]), bias])

    def _vectors(self, g: Graph, name: str) -> list[str]:
        shape = (self._geometry.width,)

        def vector(full: str) -> NDArray[np.float32]:
            return self._checkpoint.tensor(full, shape)

        names = [f"{LM}.{name}.{part}" for part in ("weight", "bias")]
        return [g.weight(full, lambda full=full: vector(full)) for full in names]  # type: ignore[misc]

    def _norm(self, g: Graph, x: str, name: str) -> str:
        return g.op("LayerNormalization", [x, *self._vectors(g, name)], axis=-1, epsilon=EPSILON)

    def _skip_norm(self, g: Graph, new: str, x: str, name: str) -> tuple[str, str]:
        """Adds the sum of a branch and what it branched from; returns its norm and itself.

        As two nodes: SkipLayerNormalization takes 11 us for two rows of 1,024, these take 3
        (onnxruntime 1.31).
        """
        x = g.op("Add", [new, x])
        return self._norm(g, x, name), x

    def _embedded(self, g: Graph, variant: Variant) -> str:
        """Adds the sum of the codebooks' embeddings and the position, shape (rows, time, width)."""
        d = self._geometry
        tokens = g.input("tokens", np.int64, ["prompts", d.codebooks, "time"])
        rows = d.vocabulary + 2

        def tables() -> NDArray[np.float32]:
            stacked = np.zeros((d.codebooks * rows, d.width), np.float32)
            for k in range(d.codebooks):
                name = f"{LM}.embed_tokens.{k}.weight"
                stacked[k * rows : (k + 1) * rows - 1] = self._checkpoint.tensor(
                    name, (d.vocabulary + 1, d.width)
                )
            return stacked * np.float32(np.sqrt(d.width) if d.scale_embedding else 1.0)

        starts = g.constant(np.arange(d.codebooks)[:, np.newaxis] * rows)
        found = g.op("Gather", [g.weight("embeddings", tables), g.op("Add", [tokens, starts])])
        x = g.op("ReduceSum", [found, g.constant([1])], keepdims=0)
        if variant.guided:
            x = g.op("Concat", [x, x], axis=0)
        if d.melody:
            extra = g.input("extra", np.float32, ["rows", "extra time", d.width])
            x = g.op("Add", [x, extra])
        positions = g.input("positions", np.int64, ["time"])
        places = g.weight("positions.table", lambda: sinusoids(d.positions, d.width))
        return g.op("Add", [x, g.op("Gather", [places, positions])])

    def _self_attention(self, g: Graph, y: str, layer: int, variant: Variant) -> str:
        d = self._geometry
        at = f"layers.{layer}.self_attn"
        if layer == 0:
            g.input("lengths", np.int32, ["rows"])
            g.input("total", np.int32, [1])
        pieces = [self._rows(f"{at}.{part}_proj", d.width, d.width) for part in "qkv"]
        packed = g.linear(y, f"{at}.qkv", (3 * d.width, d.width), pieces)
        kind = np.int8 if variant.small_cache else np.float32
        shape: list[int | str] = ["rows", d.heads, "room", d.head_width]
        past = [g.input(f"past_{part}_{layer}", kind, shape) for part in ("key", "value")]
        inputs = [packed, "", "", *past, "lengths", "total"]
        quantised: dict[str, object] = {}
        if variant.small_cache:
            # A sink keeps attention off onnxruntime's tiled kernel, which over a cache in eight
            # bits takes 1.7 times as long for one column.
            inputs += ["", "", "", "", g.constant([NO_SINK] * d.heads, np.float32)]
            inputs += [
                g.input(f"{part}_scale_{layer}", np.float32, [d.width]) for part in ("key", "value")
            ]
            quantised = {
                "k_quant_type": "PER_CHANNEL",
                "v_quant_type": "PER_CHANNEL",
                "kv_cache_bit_width": 8,
            }
        present = [f"present_{part}_{layer}" for part in ("key", "value")]
        heard, *_ = g.ops(
            "GroupQueryAttention",
            inputs,
            [f"{at}.heard", *present],
            contrib=True,
            num_heads=d.heads,
            kv_num_heads=d.heads,
            do_rotary=0,
            **quantised,
        )
        for name in present:
            g.output(name, name, kind, shape)
        return self._linear(g, heard, f"{at}.out_proj", d.width, d.width)

    def _cross_attention(self, g: Graph, y: str, layer: int) -> str:
        d = self._geometry
        at = f"layers.{layer}.encoder_attn"
        if layer == 0:
            g.input("cross_bias", np.float32, ["prompts", 1, "time", "text"])
        query = self._linear(g, y, f"{at}.q_proj", d.width, d.width)
        shape: list[int | str] = ["prompts", d.heads, "text", d.head_width]
        both = [g.input(f"cross_{part}_{layer}", np.float32, shape) for part in ("key", "value")]
        heard = g.op(
            "MultiHeadAttention",
            [query, *both, "", "", "cross_bias"],
            contrib=True,
            num_heads=d.heads,
        )
        return self._linear(g, heard, f"{at}.out_proj", d.width, d.width)

    def _zeros(self, g: Graph, like: str) -> str:
        """Adds zeros of the shape of the rows without a condition."""
        return g.op("ConstantOfShape", [g.op("Shape", [like])])

    def _logits(self, g: Graph, y: str, variant: Variant) -> str:
        """Adds the heads of all codebooks after the last frame, and combines the rows."""
        d = self._geometry
        last = g.op("Slice", [y, g.constant([-1]), g.constant([2**31]), g.constant([1])])
        pieces = [self._head(k) for k in range(d.codebooks)]
        flat = g.linear(last, "lm_heads", (d.codebooks * d.vocabulary, d.width), pieces)
        shape = g.constant([-1, d.codebooks, d.vocabulary])
        if not variant.guided:
            return g.op("Reshape", [flat, shape])
        guided, rest = g.ops("Split", [flat], ["logits.guided", "logits.rest"], axis=0)
        strength = g.input("guidance", np.float32, [1])
        apart = g.op("Mul", [g.op("Sub", [guided, rest]), strength])
        return g.op("Reshape", [g.op("Add", [rest, apart]), shape])


def sinusoids(positions: int, width: int) -> NDArray[np.float32]:
    """Returns the position table, shape (positions, width): cosines, then sines.

    As tensor2tensor lays it out (Vaswani et al., 2017, section 3.5, has them interleaved).
    """
    half = width // 2
    step = np.float32(np.log(10000) / (half - 1))
    rates = np.exp(np.arange(half, dtype=np.float32) * -step)
    angles = np.arange(positions, dtype=np.float32)[:, np.newaxis] * rates
    table = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    return np.pad(table, ((0, 0), (0, width % 2))).astype(np.float32)
