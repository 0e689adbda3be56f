"""Measures networks of the size of Kokoro's and Piper's, with random weights.

    .venv/bin/python benchmarks/neural_speech.py --seconds 10 --rounds 5 --threads 2

What is built is the part that turns frames into sound, where nearly all of the work is: Kokoro's
decoder with its iSTFT generator (hexgrad/Kokoro-82M, config.json; kokoro/istftnet.py) and Piper's
HiFi-GAN (rhasspy/piper, piper_train: qualities medium and high). Left out: Kokoro's ALBERT and
LSTMs, Piper's text encoder and flow, some tenth of the multiplications each. Weights are random:
speed does not hang on them. Prints the share of real time, the same if all cores had been free (by
the processor time used), and what the graph weighs; the networks take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from menura.runtime.session import Machine, open_session, run

PIPER: dict[str, dict[str, Any]] = {
    "piper medium": {
        "channels": 256,
        "rates": (8, 8, 4),
        "kernels": (16, 16, 8),
        "blocks": ((3, (1, 2)), (5, (2, 6)), (7, (3, 12))),
        "double": False,
    },
    "piper high": {
        "channels": 512,
        "rates": (8, 8, 2, 2),
        "kernels": (16, 16, 4, 4),
        "blocks": ((3, (1, 3, 5)), (7, (1, 3, 5)), (11, (1, 3, 5))),
        "double": True,
    },
}
PIPER_HOP, PIPER_RATE, PIPER_WIDTH = 256, 22_050, 192
KOKORO_BLOCKS = ((3, (1, 3, 5)), (7, (1, 3, 5)), (11, (1, 3, 5)))
KOKORO_FRAMES_HZ = 80


class Graph:
    """Nodes and random weights in the making."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(0)
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Returns the output of a new node."""
        name = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def weight(self, *shape: int) -> str:
        """Returns the name of a new table of random numbers."""
        name = f"w{len(self.weights)}"
        spread = 0.5 / np.sqrt(max(1, int(np.prod(shape[1:]))))
        values = self._rng.standard_normal(shape, np.float32) * np.float32(spread)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(self, x: str, wide: tuple[int, int], kernel: int, dilation: int = 1) -> str:
        """Adds a convolution from so many channels to so many that keeps the length."""
        pad = (kernel - 1) * dilation // 2
        weights = self.weight(wide[1], wide[0], kernel), self.weight(wide[1])
        return self.add("Conv", x, *weights, pads=[pad, pad], dilations=[dilation])

    def raised(self, x: str, wide: tuple[int, int], kernel: int, rate: int) -> str:
        """Adds a transposed convolution: `rate` times as many frames."""
        pad = (kernel - rate) // 2
        weights = self.weight(wide[0], wide[1], kernel), self.weight(wide[1])
        return self.add("ConvTranspose", x, *weights, strides=[rate], pads=[pad, pad])

    def snake(self, x: str, channels: int) -> str:
        """Adds the norm and the activation of Kokoro's blocks: x + sin(x)^2."""
        x = self.add("InstanceNormalization", x, self.weight(channels), self.weight(channels))
        wave = self.add("Sin", x)
        return self.add("Add", x, self.add("Mul", wave, wave))

    def block(
        self, x: str, channels: int, kernel: int, dilations: tuple[int, ...], kind: str
    ) -> str:
        """Adds a residual block: one convolution for each dilation, or two, or two with snakes."""
        for dilation in dilations:
            y = x
            for each in (dilation, 1) if kind != "single" else (dilation,):
                y = self.snake(y, channels) if kind == "snake" else self.add("LeakyRelu", y)
                y = self.conv(y, (channels, channels), kernel, each)
            x = self.add("Add", x, y)
        return x

    def save(self, path: Path, width: int, out: str) -> None:
        """Writes the graph."""
        port = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, width, "frames"])
        made = helper.make_tensor_value_info(out, TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "g", [port], [made], self.weights)
        opset = [helper.make_opsetid("", 15)]
        path.write_bytes(
            helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
        )


def write_piper(path: Path, size: dict[str, Any]) -> None:
    """Writes Piper's generator: frames of 192 numbers to sound."""
    graph, channels = Graph(), size["channels"]
    x = graph.conv("x", (PIPER_WIDTH, channels), 7)
    for rate, kernel in zip(size["rates"], size["kernels"], strict=True):
        x = graph.raised(graph.add("LeakyRelu", x), (channels, channels // 2), kernel, rate)
        channels //= 2
        kind = "double" if size["double"] else "single"
        parts = [graph.block(x, channels, k, dilations, kind) for k, dilations in size["blocks"]]
        x = graph.add("Sum", *parts)
    out = graph.add("Tanh", graph.conv(x, (channels, 1), 7))
    graph.save(path, PIPER_WIDTH, out)


def write_kokoro(path: Path) -> None:
    """Writes Kokoro's decoder and generator; its last step, an inverse FFT of 20, is left out."""
    graph = Graph()
    x = graph.conv("x", (514, 1024), 3)
    for _ in range(2):  # of five at half the frames: as much work as these
        y = graph.conv(graph.snake(x, 1024), (1024, 1024), 3)
        y = graph.conv(graph.snake(y, 1024), (1024, 1024), 3)
        x = graph.add("Add", x, y)
    x = graph.conv(x, (1024, 512), 1)
    channels = 512
    for rate, kernel, noise in ((10, 20, 7), (6, 12, 11)):
        x = graph.raised(graph.add("LeakyRelu", x), (channels, channels // 2), kernel, rate)
        channels //= 2
        x = graph.add("Add", x, graph.block(x, channels, noise, (1, 3, 5), "snake"))
        x = graph.add("Sum", *(graph.block(x, channels, k, d, "snake") for k, d in KOKORO_BLOCKS))
    graph.save(path, 514, graph.conv(x, (channels, 22), 7))


def main() -> None:
    """Prints one line for each network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    machine = Machine(threads=asked.threads, spin=False)  # waiting is no work
    with tempfile.TemporaryDirectory() as folder:
        sessions: dict[str, tuple[Any, Any]] = {}
        sizes: dict[str, float] = {}
        for name, size in [*PIPER.items(), ("kokoro", None)]:
            path = Path(folder) / f"{name.replace(' ', '-')}.onnx"
            if size is None:
                write_kokoro(path)
                shape = (1, 514, round(asked.seconds * KOKORO_FRAMES_HZ))
            else:
                write_piper(path, size)
                shape = (1, PIPER_WIDTH, round(asked.seconds * PIPER_RATE / PIPER_HOP))
            x = np.random.default_rng(1).standard_normal(shape, np.float32)
            sizes[name] = path.stat().st_size / 1e6
            sessions[name] = (open_session(path, machine), x)
        taken: dict[str, list[float]] = {name: [] for name in sessions}
        worked: dict[str, list[float]] = {name: [] for name in sessions}
        for session, x in sessions.values():
            run(session, {"x": x})
        for _ in range(asked.rounds):
            for name, (session, x) in sessions.items():
                started, begun = time.perf_counter(), time.process_time()
                run(session, {"x": x})
                taken[name].append(time.perf_counter() - started)
                worked[name].append((time.process_time() - begun) / asked.threads)
    print(f"{asked.seconds:g} s, {asked.threads} threads, load {os.getloadavg()[0]:.1f}")
    for name, times in taken.items():
        real, free = (asked.seconds / statistics.median(each) for each in (times, worked[name]))
        print(f"{name:<14} {real:5.1f}x real time, {free:5.1f}x if free, {sizes[name]:.0f} MB")


if __name__ == "__main__":
    main()
