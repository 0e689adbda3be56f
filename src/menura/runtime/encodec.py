"""The graphs of an EnCodec, from a checkpoint's tensors.

Defossez et al., High Fidelity Neural Audio Compression, 2022; layers and tensor names as in
transformers' modeling_encodec.py. Each half is cut where its LSTM is: what lies before and after
reaches only a few frames, so a long sound is worked on in pieces that overlap by that reach, and
the LSTM's state is handed from piece to piece. The result is that of one piece.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.graph import Graph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.checkpoint import Checkpoint
    from menura.runtime.geometry import CodecGeometry
    from menura.runtime.graph import WeightFile

NORM_EPSILON = 1e-5
"""Of torch's GroupNorm."""


class Encodec:
    """Writes the graphs of one checkpoint's codec, in float32.

    Args:
        checkpoint: its tensors, named as transformers' EncodecModel names them, after `prefix`.
        geometry: its sizes.
        weights: where the weights go.
        prefix: what the names begin with.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        geometry: CodecGeometry,
        weights: WeightFile,
        prefix: str = "audio_encoder.",
    ) -> None:
        self._checkpoint = checkpoint
        self._geometry = geometry
        self._weights = weights
        self._prefix = prefix

    @property
    def inner(self) -> int:
        """Channels at the rate of the codes."""
        return int(self._geometry.filters * 2 ** len(self._geometry.ratios))

    def write(self, folder: Path) -> None:
        """Writes the five graphs into `folder`.

        `unquantise.onnx`: `codes` (batch, quantizers in use, time) int64 -> `features` before the
        decoder's LSTM. `decoder-memory.onnx`, `encoder-memory.onnx`: `features` (batch, channels,
        time), `h`, `c` -> `out`, `h_out`, `c_out`. `synthesis.onnx`: `features` -> `samples`.
        `analysis.onnx`: `samples` (batch, channels, frames) -> `features` before the encoder's
        LSTM. `quantise.onnx`: `features` -> `codes` of all quantizers.

        Raises:
            InvalidInput: if the tensors do not fit the geometry.
        """
        self._write_unquantise(folder / "unquantise.onnx")
        self._write_memory(folder / "decoder-memory.onnx", "decoder.layers.1.lstm")
        self._write_synthesis(folder / "synthesis.onnx")
        position = self._write_analysis(folder / "analysis.onnx")
        self._write_memory(folder / "encoder-memory.onnx", f"encoder.layers.{position}.lstm")
        self._write_quantise(folder / "quantise.onnx", f"encoder.layers.{position + 2}")

    def _write_unquantise(self, path: Path) -> None:
        c = self._geometry
        g = Graph("codec: codes to features", self._weights)
        codes = g.input("codes", np.int64, ["batch", "quantizers", "time"])
        table = g.weight("codebooks", self._codebooks)
        count = g.op("Gather", [g.op("Shape", [codes]), g.constant(1)])
        starts = g.op(
            "Mul", [g.op("Range", [g.constant(0), count, g.constant(1)]), g.constant(c.codes)]
        )
        starts = g.op("Unsqueeze", [starts, g.constant([1])])
        found = g.op("Gather", [table, g.op("Add", [codes, starts])])
        summed = g.op("ReduceSum", [found, g.constant([1])], keepdims=0)
        x = g.op("Transpose", [summed], perm=[0, 2, 1])
        x = self._conv(g, x, "decoder.layers.0", (self.inner, c.width, c.kernel))
        g.output(x, "features", np.float32, ["batch", self.inner, "time"])
        g.save(path)

    def _codebooks(self) -> NDArray[np.float32]:
        c = self._geometry
        names = [f"quantizer.layers.{q}.codebook.embed" for q in range(c.quantizers)]
        return np.concatenate([self._tensor(name, (c.codes, c.width)) for name in names])

    def _write_memory(self, path: Path, at: str) -> None:
        """Writes the LSTM with its way around it, or nothing but the way if there is none."""
        layers, width = self._geometry.lstm_layers, self.inner
        g = Graph(f"codec: {at}", self._weights)
        features = g.input("features", np.float32, ["batch", width, "time"])
        states = [g.input(name, np.float32, [layers, "batch", width]) for name in ("h", "c")]
        steps = g.op("Transpose", [features], perm=[2, 0, 1])
        x, ends = steps, []
        for layer in range(layers):
            given = [
                g.op("Slice", [s, g.constant([layer]), g.constant([layer + 1]), g.constant([0])])
                for s in states
            ]
            kernels = [
                g.weight(f"{at}.{part}_l{layer}", lambda p=part, n=layer: self._gates(at, p, n))  # type: ignore[misc]
                for part in ("weight_ih", "weight_hh", "bias")
            ]
            outputs = [f"{at}.{layer}.{name}" for name in ("all", "h", "c")]
            g.ops("LSTM", [x, *kernels, "", *given], outputs, hidden_size=width)
            x = g.op("Squeeze", [outputs[0], g.constant([1])])
            ends.append(outputs[1:])
        out = g.op("Transpose", [g.op("Add", [x, steps])], perm=[1, 2, 0]) if layers else features
        g.output(out, "out", np.float32, ["batch", width, "time"])
        for index, name in enumerate(("h", "c")):
            end = g.op("Concat", [e[index] for e in ends], axis=0) if layers else states[index]
            g.output(end, f"{name}_out", np.float32, [layers, "batch", width])
        g.save(path)

    def _gates(self, at: str, part: str, layer: int) -> NDArray[np.float32]:
        """Returns an LSTM's parameter: torch's gates i, f, c, o as ONNX's i, o, f, c."""
        width = self.inner

        def ordered(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
            i, f, c, o = np.split(self._tensor(f"{at}.{name}_l{layer}", shape), 4)
            return np.concatenate([i, o, f, c])

        if part != "bias":
            return ordered(part, (4 * width, width))[np.newaxis]
        both = [ordered(name, (4 * width,)) for name in ("bias_ih", "bias_hh")]
        return np.concatenate(both)[np.newaxis]

    def _write_synthesis(self, path: Path) -> None:
        c = self._geometry
        g = Graph("codec: features to sound", self._weights)
        x = g.input("features", np.float32, ["batch", self.inner, "time"])
        position, wide = 2, self.inner
        for ratio in c.ratios:
            x = g.op("Elu", [x])
            x = self._conv_up(g, x, f"decoder.layers.{position + 1}", wide, ratio)
            position, wide = position + 2, wide // 2
            for layer in range(c.residual_layers):
                x = self._residual(g, x, f"decoder.layers.{position}", wide, layer)
                position += 1
        shape = (c.channels, c.filters, c.last_kernel)
        x = self._conv(g, g.op("Elu", [x]), f"decoder.layers.{position + 1}", shape)
        g.output(x, "samples", np.float32, ["batch", c.channels, "frames"])
        g.save(path)

    def _write_analysis(self, path: Path) -> int:
        """Writes the encoder up to its LSTM and returns that layer's number."""
        c = self._geometry
        g = Graph("codec: sound to features", self._weights)
        x = g.input("samples", np.float32, ["batch", c.channels, "frames"])
        x = self._conv(g, x, "encoder.layers.0", (c.filters, c.channels, c.kernel))
        position, wide = 1, c.filters
        for ratio in reversed(c.ratios):
            for layer in range(c.residual_layers):
                x = self._residual(g, x, f"encoder.layers.{position}", wide, layer)
                position += 1
            shape = (2 * wide, wide, 2 * ratio)
            name = f"encoder.layers.{position + 1}"
            x = self._conv(g, g.op("Elu", [x]), name, shape, stride=ratio)
            position, wide = position + 2, 2 * wide
        g.output(x, "features", np.float32, ["batch", self.inner, "time"])
        g.save(path)
        return position

    def _write_quantise(self, path: Path, at: str) -> None:
        """Writes the last convolution and the residual quantiser (section 3.2 of the paper)."""
        c = self._geometry
        g = Graph("codec: features to codes", self._weights)
        x = g.input("features", np.float32, ["batch", self.inner, "time"])
        x = self._conv(g, g.op("Elu", [x]), at, (c.width, self.inner, c.last_kernel))
        rest = g.op("Transpose", [x], perm=[0, 2, 1])
        table = g.weight("codebooks", self._codebooks)
        found = []
        for q in range(c.quantizers):
            bounds = [g.constant([q * c.codes]), g.constant([(q + 1) * c.codes]), g.constant([0])]
            book = g.op("Slice", [table, *bounds])
            # The nearest code has the largest 2 x.e - |e|^2.
            near = g.op("MatMul", [rest, g.op("Transpose", [book], perm=[1, 0])])
            size = g.op("ReduceSum", [g.op("Mul", [book, book]), g.constant([1])], keepdims=0)
            likeness = g.op("Sub", [g.op("Mul", [near, g.constant(2.0, np.float32)]), size])
            code = g.op("ArgMax", [likeness], axis=2, keepdims=0)
            rest = g.op("Sub", [rest, g.op("Gather", [book, code])])
            found.append(g.op("Unsqueeze", [code, g.constant([1])]))
        codes = g.op("Concat", found, axis=1)
        g.output(codes, "codes", np.int64, ["batch", c.quantizers, "time"])
        g.save(path)

    def _residual(self, g: Graph, x: str, at: str, wide: int, layer: int) -> str:
        c = self._geometry
        narrow = wide // c.compress
        dilation = c.dilation_growth**layer
        shape = (narrow, wide, c.residual_kernel)
        y = self._conv(g, g.op("Elu", [x]), f"{at}.block.1", shape, dilation=dilation)
        y = self._conv(g, g.op("Elu", [y]), f"{at}.block.3", (wide, narrow, 1))
        if c.shortcut:
            x = self._conv(g, x, f"{at}.shortcut", (wide, wide, 1))
        return g.op("Add", [x, y])

    def _conv(
        self,
        g: Graph,
        x: str,
        at: str,
        shape: tuple[int, int, int],
        *,
        stride: int = 1,
        dilation: int = 1,
    ) -> str:
        """Adds a convolution, padded as EncodecConv1d pads: what is left over goes to the right."""
        total = (shape[2] - 1) * dilation + 1 - stride
        left = total if self._geometry.causal else total - total // 2
        if total > 0 or stride > 1:
            x = self._padded(g, x, left, total - left, stride)
        kernels = self._kernels(g, at, shape, shape[0])
        y = g.op("Conv", [x, *kernels], strides=[stride], dilations=[dilation])
        return self._normed(g, y, at, shape[0])

    def _padded(self, g: Graph, x: str, left: int, right: int, stride: int) -> str:
        fixed: Any = g.constant([0, 0, left, 0, 0, right])
        if stride > 1:
            # Up to the next multiple of the stride: all layers then give ceil(length / stride).
            length = g.op("Gather", [g.op("Shape", [x]), g.constant([2])])
            over = g.op("Mod", [g.op("Neg", [length]), g.constant([stride])])
            over = g.op("Add", [over, g.constant([right])])
            fixed = g.op("Concat", [g.constant([0, 0, left, 0, 0]), over], axis=0)
        return g.op("Pad", [x, fixed], mode=self._geometry.padding)

    def _conv_up(self, g: Graph, x: str, at: str, wide: int, ratio: int) -> str:
        """Adds a transposed convolution, trimmed as EncodecConvTranspose1d trims."""
        c = self._geometry
        right = math.ceil(ratio * c.trim_right) if c.causal else ratio // 2
        kernels = self._kernels(g, at, (wide, wide // 2, 2 * ratio), wide // 2)
        if c.norm == "weight_norm":
            pads = [ratio - right, right]
            return g.op("ConvTranspose", [x, *kernels], strides=[ratio], pads=pads)
        # A norm over time counts what is trimmed after it.
        y = self._normed(g, g.op("ConvTranspose", [x, *kernels], strides=[ratio]), at, wide // 2)
        stop = g.constant([-right] if right else [2**31])
        return g.op("Slice", [y, g.constant([ratio - right]), stop, g.constant([2])])

    def _kernels(self, g: Graph, at: str, shape: tuple[int, ...], outputs: int) -> list[str]:
        return [
            g.weight(f"{at}.kernel", lambda: self._kernel(f"{at}.conv", shape)),
            g.weight(f"{at}.bias", lambda: self._tensor(f"{at}.conv.bias", (outputs,))),
        ]

    def _kernel(self, at: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Returns a kernel, with its weight norm (Salimans and Kingma, 2016) multiplied out."""
        names = [
            (f"{at}.parametrizations.weight.original0", f"{at}.parametrizations.weight.original1"),
            (f"{at}.weight_g", f"{at}.weight_v"),
        ]
        for length, direction in names:
            if f"{self._prefix}{direction}" in self._checkpoint:
                g = self._tensor(length, (shape[0], 1, 1))
                v = self._tensor(direction, shape)
                size = np.sqrt(np.sum(np.square(v, dtype=np.float64), axis=(1, 2), keepdims=True))
                return np.asarray(v * (g / np.maximum(size, 1e-30)), np.float32)
        return self._tensor(f"{at}.weight", shape)

    def _normed(self, g: Graph, x: str, at: str, channels: int) -> str:
        if self._geometry.norm == "weight_norm":
            return x
        # GroupNorm of one group: over all channels and all of time.
        axes: dict[str, Any] = {"axes": [1, 2], "keepdims": 1}
        apart = g.op("Sub", [x, g.op("ReduceMean", [x], **axes)])
        power = g.op("ReduceMean", [g.op("Mul", [apart, apart])], **axes)
        scale = g.op("Sqrt", [g.op("Add", [power, g.constant(NORM_EPSILON, np.float32)])])
        parts = [
            g.weight(
                f"{at}.norm.{part}",
                lambda p=part: self._tensor(f"{at}.norm.{p}", (channels,))[:, np.newaxis],  # type: ignore[misc]
            )
            for part in ("weight", "bias")
        ]
        return g.op("Add", [g.op("Mul", [g.op("Div", [apart, scale]), parts[0]]), parts[1]])

    def _tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        return self._checkpoint.tensor(f"{self._prefix}{name}", shape)
