"""Repeatable chance: a graph that draws noise is rewritten to take it from its caller.

ONNX has no seed that a caller can give: `RandomNormalLike` and its kin have one as an attribute,
and ONNX Runtime (1.31, tried on its CPU provider) makes the generator of such a node when the
graph is loaded, from that attribute, or else from a number of the whole process, and draws on from
run to run. So the first run after a load can be repeated, and no other one. Here each such node
becomes a few that read from a long table of noise, which is an input like any other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

NORMAL, UNIFORM, START = "menura_normal", "menura_uniform", "menura_start"
"""The inputs: noise with mean 0 and deviation 1, noise from 0 to 1, and where to begin in them."""

PERIOD = 2_097_143
"""Length of the tables: the largest prime below 2^21, so that it fits no shape. Kokoro's source
module draws most, 9 numbers for each of 24,000 frames a second: 9.7 s."""
STRIDE = 524_287
"""How far apart two nodes begin to read."""
OLDEST_OPSET = 11
"""The operator `Range` came with it."""
LIKE_OPSET = 15
"""The operator `CastLike` came with it."""

_TAKEN = frozenset({"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"})
_DRAWN = frozenset({*_TAKEN, "Bernoulli", "Multinomial"})


class Noise:
    """The noise of one performance: the same for the same seed.

    Args:
        seed: 0 or more.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._tables: dict[str, NDArray[np.float32]] = {}

    def feeds(self, wanted: Collection[str]) -> dict[str, NDArray[Any]]:
        """Returns the next noise for a graph, of which `wanted` are the inputs."""
        feeds: dict[str, NDArray[Any]] = {}
        for name in (NORMAL, UNIFORM):
            if name in wanted:
                if name not in self._tables:
                    draw = self._rng.standard_normal if name == NORMAL else self._rng.random
                    self._tables[name] = draw(PERIOD, np.float32)
                feeds[name] = self._tables[name]
        if START in wanted:
            feeds[START] = np.array(self._rng.integers(PERIOD), np.int64)
        return feeds


def draws(model: Any) -> bool:
    """Returns whether an ONNX model draws noise by itself."""
    graphs = [model.graph, *model.functions]
    return any(node.op_type in _DRAWN for graph in graphs for node in _nodes(graph))


def take_noise(model: Any) -> bool:
    """Rewrites an ONNX model, in place, to take its noise from inputs.

    Returns:
        Whether it draws none of its own any more; False if it is too old, or draws in a way that
        is not known here.
    """
    import onnx

    opset = max((each.version for each in model.opset_import if not each.domain), default=0)
    if opset < OLDEST_OPSET:
        return not draws(model)
    kinds = _rewrite(model.graph, opset, iter(range(1_000_000)))
    for name in sorted(kinds):
        typed = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None])
        model.graph.input.append(typed)
    if kinds:
        start = onnx.helper.make_tensor_value_info(START, onnx.TensorProto.INT64, [])
        model.graph.input.append(start)
    return not draws(model)


def _rewrite(graph: Any, opset: int, numbers: Iterator[int]) -> set[str]:
    """Rewrites a graph and those inside it; returns which tables they read."""
    kinds: set[str] = set()
    nodes: list[Any] = []
    for node in graph.node:
        for inner in _inner(node):
            kinds |= _rewrite(inner, opset, numbers)
        if node.op_type in _TAKEN and not node.domain:
            kinds.add(NORMAL if "Normal" in node.op_type else UNIFORM)
            nodes += _reading(node, next(numbers), opset)
        else:
            nodes.append(node)
    if kinds:
        kept = [type(node).FromString(node.SerializeToString()) for node in nodes]
        del graph.node[:]
        graph.node.extend(kept)
    return kinds


def _reading(node: Any, number: int, opset: int) -> list[Any]:
    """Returns the nodes that read what a node would draw, by ONNX's definition of it."""
    from onnx import TensorProto, helper, numpy_helper

    facts = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    nodes: list[Any] = []

    def add(op: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        name = f"menura_noise_{number}_{len(nodes)}"
        nodes.append(helper.make_node(op, inputs, [out or name], name=name, **attributes))
        return out or name

    def constant(value: Any, kind: Any) -> str:
        return add("Constant", value=numpy_helper.from_array(np.array(value, kind)))

    like = node.op_type.endswith("Like")
    normal = "Normal" in node.op_type
    if like:
        shape, count = add("Shape", node.input[0]), add("Size", node.input[0])
    else:
        shape = constant(facts["shape"], np.int64)
        count = constant(math.prod(facts["shape"]), np.int64)
    table = NORMAL if normal else UNIFORM
    places = add("Range", constant(0, np.int64), count, constant(1, np.int64))
    moved = add("Add", add("Add", places, START), constant(number * STRIDE, np.int64))
    read = add("Reshape", add("Gather", table, add("Mod", moved, add("Size", table))), shape)
    low = facts.get("mean", 0.0) if normal else facts.get("low", 0.0)
    width = facts.get("scale", 1.0) if normal else facts.get("high", 1.0) - low
    read = add("Mul", read, constant(width, np.float32))
    read = add("Add", read, constant(low, np.float32))
    if like and "dtype" not in facts and opset >= LIKE_OPSET:
        add("CastLike", read, node.input[0], out=node.output[0])
    else:
        add("Cast", read, out=node.output[0], to=facts.get("dtype", TensorProto.FLOAT))
    return nodes


def _nodes(graph: Any) -> Iterator[Any]:
    """Yields the nodes of a graph and of those inside it."""
    for node in graph.node:
        yield node
        for inner in _inner(node):
            yield from _nodes(inner)


def _inner(node: Any) -> Iterator[Any]:
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs
